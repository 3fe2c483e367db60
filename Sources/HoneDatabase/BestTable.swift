// BestTable.swift: best.json: derived from the journals, the same bytes whoever derives it.

internal import HoneCore

/// The document that a plain JSON reader loads: one row a line, sorted, so that a difference between two versions reads as a story.
enum BestTable {
  static let schema = "hone.best/1"

  static func text(hardwareClass: String, rows: [BestRow]) throws -> String {
    let head = "{\"hardwareClass\":\(JSONValue.string(hardwareClass).canonical),\"rows\":["
    let lines = try rows.map { "\n" + (try $0.json().canonical) }
    return head + lines.joined(separator: ",") + "\n],\"schema\":\"\(schema)\"}\n"
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
      let text = try text(hardwareClass: hardwareClass, rows: records.best)
      try Files.replace(layout.best(hardwareClass), with: Array(text.utf8))
    }
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
