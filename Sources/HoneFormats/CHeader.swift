// CHeader.swift: a served table as one C99 header without dependencies: a decision tree over shapes that any program may compile in.

internal import HoneCore

/// **Form:** for each group of problems that differ in their extents only, a struct of the configuration, a constant table, and a function
/// that descends a k-d tree over the binary logarithms of the extents: exact rows give themselves, others the nearest row, the first of equals.
/// Leading dimensions that follow another extent in every row are no arguments.
public enum CHeader: ForeignWriter {
  public static let name = "c-header"
  public static let summary =
    "C99 header (also C++): what is served, as a decision tree over shapes"
  public static let fileExtension = "h"
  public static let wantsServed = true

  public static func write(_ table: ForeignTable) throws -> [ForeignDocument] {
    let best = table.winners()
    var taken: Set<String> = []
    return CHeaderGroup.all(of: best).map { group in
      let text = group.text(device: table.device)
      let file = fileName(ForeignProblem(kernel: group.identifier), among: taken)
      taken.insert(file)
      var lost = best.notExpressed
      if !group.dropped.isEmpty {
        lost.append(
          "dimensions that follow another one in every row: \(group.dropped.joined(separator: ", "))"
        )
      }
      return ForeignDocument(name: file, text: text, notExpressed: lost)
    }
  }
}

/// Problems that differ in their extents only.
struct CHeaderGroup {
  var identifier: String
  var words: [ForeignField]
  var kernel: String
  var dimensions: [String]
  var dropped: [String]
  var rows: [ForeignRow]

  static func all(of table: ForeignTable) -> [CHeaderGroup] {
    struct Key: Hashable {
      var kernel: String
      var words: [ForeignField]
      var names: [String]
    }
    let groups = Dictionary(grouping: table.rows) { row in
      Key(
        kernel: row.problem.kernel, words: row.problem.fields.filter { $0.value.int == nil },
        names: row.problem.fields.filter { $0.value.int != nil }.map(\.name))
    }
    return groups.map { key, rows in
      CHeaderGroup(kernel: key.kernel, words: key.words, names: key.names, rows: rows)
    }.sorted { $0.identifier < $1.identifier }
  }

  private init(kernel: String, words: [ForeignField], names: [String], rows: [ForeignRow]) {
    self.kernel = kernel
    self.words = words
    let parts =
      ["hone", kernel]
      + words.map {
        ["types", "policy"].contains($0.name) ? $0.value.plain : $0.name + $0.value.plain
      }
    identifier = CName.identifier(parts.joined(separator: "_").lowercased())
    let extents = { (name: String) in rows.map { $0.problem[name]?.int ?? 0 } }
    dropped = names.filter { name in
      name.hasPrefix("ld") && names.contains { !$0.hasPrefix("ld") && extents($0) == extents(name) }
    }
    let kept = names.filter { [dropped] in !dropped.contains($0) }
    dimensions = kept
    self.rows = rows.sorted { one, other in
      kept.map { one.problem[$0]?.int ?? 0 }.lexicographicallyPrecedes(
        kept.map { other.problem[$0]?.int ?? 0 })
    }
  }

  func extents(_ row: ForeignRow) -> [Int] { dimensions.map { row.problem[$0]?.int ?? 0 } }
}
