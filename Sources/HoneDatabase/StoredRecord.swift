// StoredRecord.swift: a record together with its content address and its JSON, as it stands in a journal.

public import HoneCore

/// A line of a journal. `json` has everything that was on the line, also fields that this version does not know.
public struct StoredRecord: Hashable, Sendable {
  /// "sha256:…" over the canonical JSON without the field `id`: name and checksum at once.
  public let id: String
  public let record: Record
  public let json: JSONValue

  /// The only version there is so far: a record of a version before it would be migrated here.
  static let schemaFamily = "hone.record/"
  static let schemaVersion = 1

  public init(_ record: Record) throws {
    let schema = JSONValue.string("\(Self.schemaFamily)\(Self.schemaVersion)")
    let body = try JSONValue(encoding: record).setting("schema", to: schema)
    id = ContentAddress.of(body.canonical)
    json = body.setting("id", to: .string(id))
    self.record = record
  }

  /// What is wrong with a line.
  enum LineError: Error {
    /// Damaged: no JSON, or not what was written.
    case unreadable(String)
    /// Somebody wrote it so, but this version cannot use it.
    case unusable(String)
    case newer(String)

    var reason: String {
      switch self {
      case .unreadable(let reason), .unusable(let reason): reason
      case .newer(let schema):
        "written by a newer Hone (\(schema)), which this one cannot read: update Hone"
      }
    }
  }

  /// Reads one line without its line break. Throws `LineError`.
  init(line: some Collection<UInt8>) throws {
    let json = try Self.parse(line)
    guard let schema = json["schema"]?.string, schema.hasPrefix(Self.schemaFamily),
      let version = Int(schema.dropFirst(Self.schemaFamily.count))
    else { throw LineError.unreadable("no record: the field 'schema' is missing or foreign") }
    guard version <= Self.schemaVersion else { throw LineError.newer(schema) }
    guard version == Self.schemaVersion else {
      throw LineError.unusable("there is no version \(version) of records")
    }
    guard let id = json["id"]?.string,
      id == ContentAddress.of(json.setting("id", to: nil).canonical)
    else {
      throw LineError.unreadable("the checksum does not match: the line was changed or damaged")
    }
    self.id = id
    self.json = json
    do {
      record = try json.decode(Record.self)
    } catch {
      throw LineError.unusable(JSONValue.reason(of: error))
    }
  }

  private static func parse(_ line: some Collection<UInt8>) throws -> JSONValue {
    do {
      return try JSONValue(parsing: line)
    } catch {
      throw LineError.unreadable("no JSON: \(error)")
    }
  }

  /// The line, with its line break.
  var line: String { json.canonical + "\n" }
}
