// BestTable.swift: best.json: derived from the journals, the same bytes whoever derives it.

internal import CHone.Internals
internal import Glibc
internal import HoneCore

/// The document that a plain JSON reader loads: one row a line, sorted, so that a difference between two versions reads as a story.
enum BestTable {
  static let schema = "hone.best/1"

  static func text(of known: HardwareClassRecords) throws -> String {
    let conditions = try TransferRegret.conditionsJSON(of: known).map { "\n" + $0.canonical }
    let head =
      "{\"hardwareClass\":\(JSONValue.string(known.name).canonical),\"otherConditions\":["
      + conditions.joined(separator: ",") + (conditions.isEmpty ? "" : "\n") + "],\"rows\":["
    let lines = try known.best.map { "\n" + (try $0.json().canonical) }
    let transfers = try TransferRegret.json(of: known).map { "\n" + $0.canonical }
    return head + lines.joined(separator: ",") + "\n],\"schema\":\"\(schema)\",\"transfers\":["
      + transfers.joined(separator: ",") + (transfers.isEmpty ? "" : "\n") + "]}\n"
  }

  /// Writers take turns, so that a table never replaces one that knew more.
  static func rebuild(in path: String, hardwareClass: String) throws {
    let layout = Layout(root: path)
    try Files.alone(in: layout.folder(hardwareClass)) {
      var findings: [Finding] = []
      let records = try Database.read(hardwareClass, layout, &findings)
      guard records.isComplete else {
        throw HoneError(
          .unusableData,
          "\(layout.best(hardwareClass)) is left as it is: \(hardwareClass) has records of a newer Hone",
          advice: "Update Hone to derive it.", context: ["path": layout.best(hardwareClass)])
      }
      let path = layout.best(hardwareClass)
      try Files.replace(path, with: Array(try text(of: records).utf8))
      try writeIndex(beside: path)
    }
  }

  /// What libhone reads instead of a table that takes longer to parse than programs like to wait; for smaller ones there is none.
  private static func writeIndex(beside path: String) throws {
    let reason = hone_index_write(path, 1 << 20)
    guard reason != 0 else { return }
    throw HoneError(
      .unusableData,
      "cannot write the index beside \(path): \(String(cString: strerror(reason)))",
      advice: "Readers do without; they take longer to open the database.",
      context: ["path": path])
  }
}

extension Database {
  /// Rebuilds every best.json from the journals; returns their paths.
  public static func rebuild(path: String) throws -> [String] {
    let layout = Layout(root: path)
    return try Database(path: path).classes.map {
      try BestTable.rebuild(in: path, hardwareClass: $0.name)
      return layout.best($0.name)
    }
  }
}
