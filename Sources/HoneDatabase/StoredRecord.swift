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

  /// Was it written by an older version, and brought up when it was read? `hone db migrate` rewrites it.
  let isMigrated: Bool

  static let schemaFamily = "hone.record/"
  static let schemaVersion = 1

  public init(_ record: Record) throws {
    let schema = JSONValue.string("\(Self.schemaFamily)\(Self.schemaVersion)")
    let body = try JSONValue(encoding: record).setting("schema", to: schema)
    id = ContentAddress.of(body.canonical)
    text = body.setting("id", to: .string(id)).canonical
    self.record = record
    isMigrated = false
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
  init(line: some Collection<UInt8>, _ migration: RecordMigration = .current) throws {
    let bytes = Array(line)
    self = try bytes.withUnsafeBufferPointer { try Self.read($0, migration, TextPool()) }
  }

  /// - Parameter texts: shared by the lines of a journal that one thread reads.
  static func read(
    _ line: UnsafeBufferPointer<UInt8>, _ migration: RecordMigration, _ texts: TextPool
  ) throws -> StoredRecord {
    if migration.newest == Self.schemaVersion, let record = canonicalRecord(line, texts) {
      return record
    }
    return try StoredRecord(anyLine: Array(line), migration)
  }

  /// Any JSON that says the same, and every reason why a line is none.
  private init(anyLine bytes: [UInt8], _ migration: RecordMigration) throws {
    let json = try Self.parse(bytes)
    guard let schema = json["schema"]?.string, schema.hasPrefix(Self.schemaFamily),
      let version = Int(schema.dropFirst(Self.schemaFamily.count))
    else { throw LineError.unusable("no record: the field 'schema' is missing or foreign") }
    guard version <= migration.newest else { throw LineError.newer(schema) }
    guard let id = json["id"]?.string,
      id == ContentAddress.of(json.setting("id", to: nil).canonical)
    else {
      throw LineError.unreadable("the checksum does not match: the line was changed or damaged")
    }
    do {
      guard let current = try migration.migrated(json, from: version) else {
        throw LineError.unusable("there is no version \(version) of records")
      }
      let isOld = version < migration.newest
      let text = isOld ? Self.renamed(current, migration.newest) : json
      let address = isOld ? text["id"]?.string ?? id : id
      self.init(
        id: address, record: try current.decode(Record.self), text: text.canonical,
        isMigrated: isOld)
    } catch let error as LineError {
      throw error
    } catch {
      throw LineError.unusable(JSONValue.reason(of: error))
    }
  }

  /// With the schema's name and the id of what it has become.
  private static func renamed(_ json: JSONValue, _ version: Int) -> JSONValue {
    let body = json.setting("schema", to: .string("\(schemaFamily)\(version)"))
      .setting("id", to: nil)
    return body.setting("id", to: .string(ContentAddress.of(body.canonical)))
  }

  private init(id: String, record: Record, text: String, isMigrated: Bool = false) {
    self.id = id
    self.record = record
    self.text = text
    self.isMigrated = isMigrated
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
  private static func canonicalRecord(
    _ bytes: UnsafeBufferPointer<UInt8>, _ texts: TextPool
  ) -> StoredRecord? {
    guard let tokens = try? LineTokens(bytes, texts),
      let named = tokens.member("id", of: 0), let schema = tokens.member("schema", of: 0),
      let id = try? tokens.text(named), let version = try? tokens.text(schema),
      version == "\(schemaFamily)\(schemaVersion)",
      let body = without(tokens.tokens[named], bytes), ContentAddress.of(body) == id,
      let record = try? Record(from: LineDecoder(tokens: tokens, index: 0)),
      let text = String(validating: bytes, as: UTF8.self)
    else { return nil }
    return StoredRecord(id: id, record: record, text: text)
  }

  /// The line without its member `"id":"…",`.
  private static func without(_ id: LineTokens.Token, _ bytes: UnsafeBufferPointer<UInt8>)
    -> [UInt8]?
  {
    let (start, end) = (Int(id.start) - 6, Int(id.end) + 2)
    guard start > 0, end < bytes.count, bytes[end - 1] == UInt8(ascii: ",") else { return nil }
    return Array(bytes[..<start]) + bytes[end...]
  }
}
