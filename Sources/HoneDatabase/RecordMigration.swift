// RecordMigration.swift: how records of older versions become records of this one, a step a version.

internal import HoneCore

/// Versions stand in folders (`schema/v1`) and in every document (`hone.record/1`). An older record is brought up step by step when it is read, and
/// rewritten by `hone db migrate`; a newer one is refused. There is one version so far, so the table of steps is empty.
struct RecordMigration: Sendable {
  /// From a record of one version to one of the next; the schema's name and the id are set afterwards.
  typealias Step = @Sendable (JSONValue) throws -> JSONValue

  /// Version → the step to the next one.
  var steps: [Int: Step]
  /// The version that results.
  var newest: Int

  static let current = RecordMigration(steps: [:], newest: StoredRecord.schemaVersion)

  /// nil where there is no way from that version.
  func migrated(_ json: JSONValue, from version: Int) throws -> JSONValue? {
    var result = json
    for step in version..<newest {
      guard let next = steps[step] else { return nil }
      result = try next(result)
    }
    return result
  }
}
