// StoredRecord.swift: a record together with its content address and its JSON, as it stands in a journal.

public import HoneCore

/// A line of a journal, with everything that was on it, also fields that this version does not know.
public struct StoredRecord: Hashable, Sendable {
  /// "sha256:…" over the canonical JSON without the field `id`: name and checksum at once.
  public let id: String
  public let record: Record
  /// Canonical JSON; what is written when the record moves to another journal.
  public let text: String

  /// Parsed anew at each call.
  public var json: JSONValue { (try? JSONValue(parsing: text.utf8)) ?? .null }

  /// The only version there is so far: a record of a version before it would be migrated here.
  static let schemaFamily = "hone.record/"
  static let schemaVersion = 1

  public init(_ record: Record) throws {
    let schema = JSONValue.string("\(Self.schemaFamily)\(Self.schemaVersion)")
    let body = try JSONValue(encoding: record).setting("schema", to: schema)
    id = ContentAddress.of(body.canonical)
    text = body.setting("id", to: .string(id)).canonical
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
    let bytes = Array(line)
    if let record = Self.canonicalRecord(bytes) {
      self = record
    } else {
      try self.init(anyLine: bytes)
    }
  }

  /// Any JSON that says the same, and every reason why a line is none.
  private init(anyLine bytes: [UInt8]) throws {
    let json = try Self.parse(bytes)
    guard let schema = json["schema"]?.string, schema.hasPrefix(Self.schemaFamily),
      let version = Int(schema.dropFirst(Self.schemaFamily.count))
    else { throw LineError.unusable("no record: the field 'schema' is missing or foreign") }
    guard version <= Self.schemaVersion else { throw LineError.newer(schema) }
    guard version == Self.schemaVersion else {
      throw LineError.unusable("there is no version \(version) of records")
    }
    guard let id = json["id"]?.string,
      id == ContentAddress.of(json.setting("id", to: nil).canonical)
    else {
      throw LineError.unreadable("the checksum does not match: the line was changed or damaged")
    }
    do {
      self.init(id: id, record: try json.decode(Record.self), text: json.canonical)
    } catch {
      throw LineError.unusable(JSONValue.reason(of: error))
    }
  }

  private init(id: String, record: Record, text: String) {
    self.id = id
    self.record = record
    self.text = text
  }

  private static func parse(_ line: [UInt8]) throws -> JSONValue {
    do {
      return try JSONValue(parsing: line)
    } catch {
      throw LineError.unreadable("no JSON: \(error)")
    }
  }

  /// The line, with its line break.
  var line: String { text + "\n" }
}

// MARK: - The usual line

extension StoredRecord {
  /// What a writer wrote and nobody touched: where the bytes without the member `id` have the hash that it names, they are the canonical JSON
  /// that was hashed, and one pass over them is enough. nil where that is not so, for whatever reason.
  private static func canonicalRecord(_ bytes: [UInt8]) -> StoredRecord? {
    guard let line = try? JSONValue.decode(Line.self, from: bytes),
      line.schema == "\(schemaFamily)\(schemaVersion)"
    else { return nil }
    let member = Array("\"id\":\"\(line.id)\",".utf8)
    guard let range = bytes.firstRange(of: member) else { return nil }
    let body = bytes[..<range.lowerBound] + bytes[range.upperBound...]
    guard ContentAddress.of(body) == line.id,
      let text = String(validating: bytes, as: UTF8.self)
    else { return nil }
    return StoredRecord(id: line.id, record: line.record, text: text)
  }

  private struct Line: Decodable {
    var schema: String
    var id: String
    var record: Record

    private enum CodingKeys: String, CodingKey { case schema, id }

    init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: CodingKeys.self)
      schema = try fields.decode(String.self, forKey: .schema)
      id = try fields.decode(String.self, forKey: .id)
      record = try Record(from: decoder)
    }
  }
}
