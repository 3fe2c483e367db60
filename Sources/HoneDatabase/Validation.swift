// Validation.swift: everything that should hold of a database, checked without trusting who wrote it.

internal import HoneCore

extension Database {
  /// All findings, in the order of the files: what reading found, records that contradict themselves or each other, and derived files
  /// that are not what the journals say. The database is valid where none of them is an error.
  public func validate() throws -> [Finding] {
    let layout = Layout(root: path)
    return try findings
      + classes.flatMap { records in
        try journalFindings(of: records.name, layout) + contests(in: records, layout)
          + hostFindings(of: records, layout) + bestFindings(of: records, layout)
      }
  }

  /// Each record on its line.
  private func journalFindings(of name: String, _ layout: Layout) throws -> [Finding] {
    try Self.journals(of: name, layout).flatMap { journal in
      journal.records.flatMap { stored in
        var reasons = Invariants.violations(of: stored.record)
        if stored.record.provenance.hardwareClass != name {
          reasons.append("it belongs to '\(stored.record.provenance.hardwareClass)'")
        }
        return reasons.map {
          Finding(.error, path: journal.path, "record \(stored.id.prefix(19))…: \($0)")
        }
      }
    }
  }

  /// One final serves one configuration a problem, core count and policy. A session may hold several finals of a row, one after the other:
  /// what it served at the same time comes from one.
  private func contests(in records: HardwareClassRecords, _ layout: Layout) -> [Finding] {
    let served = records.records.filter { $0.record.served }
    let sessions = Dictionary(grouping: served) {
      Serving(
        session: $0.record.provenance.session, key: BestRow.Key($0.record),
        time: $0.record.provenance.time)
    }
    return sessions.filter { Set($0.value.map(\.record.configuration)).count > 1 }
      .sorted { ($0.key.session, $0.key.key) < ($1.key.session, $1.key.key) }
      .map { serving, _ in
        Finding(
          .error, path: layout.journals(records.name),
          "a final of session \(serving.session) serves several configurations for: \(serving.key.problem)"
        )
      }
  }

  private struct Serving: Hashable {
    var session: String
    var key: BestRow.Key
    var time: String
  }

  private func hostFindings(of records: HardwareClassRecords, _ layout: Layout) -> [Finding] {
    let path = layout.hostDocument(records.name)
    guard let host = records.host else {
      let isReported = findings.contains { $0.path == path }
      return isReported ? [] : [Finding(.note, path: path, "is missing; the next tuning writes it")]
    }
    guard host.hardwareClass != records.name else { return [] }
    return [Finding(.error, path: path, "it describes '\(host.hardwareClass)'")]
  }

  private func bestFindings(of records: HardwareClassRecords, _ layout: Layout) throws -> [Finding]
  {
    let path = layout.best(records.name)
    let rebuild = "run `hone db rebuild`"
    guard let bytes = try Files.read(path) else {
      return [Finding(.note, path: path, "is missing; \(rebuild)")]
    }
    guard let table = try? JSONValue(parsing: bytes), table["schema"]?.string == BestTable.schema
    else { return [Finding(.error, path: path, "is no \(BestTable.schema); \(rebuild)")] }
    let expected = try BestTable.text(of: records)
    guard Array(expected.utf8) != bytes else { return [] }
    return [Finding(.note, path: path, "is not what the journals say; \(rebuild)")]
  }
}
