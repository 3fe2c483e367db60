// NearestNames.swift: what somebody may have meant who named something that does not exist.

/// Names in the order of their likeness to a word.
public enum NearestNames {
  /// At most `count` of `names`: those that hold the word first, then by edit distance, those that have nothing in common left out.
  public static func of(_ word: String, among names: [String], count: Int = 3) -> [String] {
    let wanted = word.lowercased()
    let ranked = names.map { name -> (distance: Double, name: String) in
      let lower = name.lowercased()
      if lower.contains(wanted) || wanted.contains(lower) { return (0, name) }
      let edits = distance(Array(wanted.utf8), Array(lower.utf8))
      return (Double(edits) / Double(max(wanted.utf8.count, lower.utf8.count, 1)), name)
    }
    return ranked.filter { $0.distance <= 0.7 }.sorted { $0 < $1 }.prefix(count).map(\.name)
  }

  /// Insertions, deletions and substitutions (Levenshtein 1966).
  static func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
    var row = Array(0...other.count)
    for (index, byte) in one.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in other.indices {
        let substituted = diagonal + (byte == other[column] ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(substituted, row[column] + 1, row[column + 1] + 1)
      }
    }
    return row[other.count]
  }
}
