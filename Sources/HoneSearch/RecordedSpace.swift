// RecordedSpace.swift: a completely measured space from a file, to judge strategies without running anything.

public import HoneCore

/// The recorded answers of every valid configuration of a space.
///
/// The file is CSV with a header: the parameters, then `value,value_std,status,compile_ms,bench_ms`. `value` is minimised; `status`
/// is `ok` or names a failure, which has no value but costs an evaluation. The rows are the valid set.
public struct RecordedSpace: Sendable {
  public var name: String
  public var tree: SpaceTree
  /// By the number of the point; nil for a failure.
  public var values: [Double?]
  /// Relative standard deviation of a repeat, by the number of the point; 0.01 where none was recorded.
  public var deviations: [Double]

  /// The lowest value. A recorded space has at least one.
  public var optimum: Double { values.compactMap { $0 }.min() ?? .nan }

  static let trailingColumns = ["value", "value_std", "status", "compile_ms", "bench_ms"]

  public init(name: String, csv: String) throws(HoneError) {
    let rows = try Self.rows(of: csv, name: name)
    let parameters = rows.header.enumerated().map { column, title in
      Self.parameter(title, rows.lines.map { $0[column] })
    }
    tree = try SpaceTree(Self.space(name, parameters, rows))
    guard tree.count == rows.lines.count else {
      throw Self.error(name, "it lists a configuration twice", advice: "Remove the repeated rows.")
    }
    self.name = name
    values = Array(repeating: nil, count: tree.count)
    deviations = Array(repeating: 0.01, count: tree.count)
    for (number, fields) in rows.lines.enumerated() {
      try read(fields, parameters, line: number + 2)
    }
    guard values.contains(where: { $0 != nil }) else {
      throw Self.error(name, "no configuration in it has a value", advice: "Record it again.")
    }
  }

  private mutating func read(_ fields: [Substring], _ parameters: [Parameter], line: Int)
    throws(HoneError)
  {
    let indices = zip(parameters, fields).compactMap { $0.values.firstIndex(of: Self.value($1)) }
    guard let index = tree.index(of: Point(branch: 0, indices: indices)) else { return }
    guard fields[parameters.count + 2] == "ok" else { return }
    guard let value = Double(fields[parameters.count]), value.isFinite else {
      throw Self.error(
        name, "line \(line) is ok but has no value", advice: "Give a number, or another status.")
    }
    values[index] = value
    if let deviation = Double(fields[parameters.count + 1]), deviation >= 0, value > 0 {
      deviations[index] = deviation / value
    }
  }
}

extension RecordedSpace {
  /// The parameters' titles, and the fields of each line.
  private struct Rows {
    var header: [Substring]
    var lines: [[Substring]]
  }

  private static func rows(of csv: String, name: String) throws(HoneError) -> Rows {
    let lines = csv.split { $0.isNewline }.map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    guard let header = lines.first, header.count > trailingColumns.count,
      header.suffix(trailingColumns.count).elementsEqual(trailingColumns, by: { $0 == $1 })
    else {
      throw error(
        name, "its header does not end in \(trailingColumns.joined(separator: ","))",
        advice: "Give the parameters' columns first, then these.")
    }
    let titles = header.dropLast(trailingColumns.count)
    guard Set(titles).count == titles.count else {
      throw error(name, "two of its columns have the same name", advice: "Rename one.")
    }
    if let wrong = lines.firstIndex(where: { $0.count != header.count }) {
      throw error(
        name, "line \(wrong + 1) has \(lines[wrong].count) fields, its header \(header.count)",
        advice: "Make the file complete.")
    }
    guard lines.count > 1 else {
      throw error(name, "it has no rows", advice: "Record it again.")
    }
    return Rows(header: Array(titles), lines: Array(lines.dropFirst()))
  }

  private static func value(_ field: Substring) -> ParameterValue {
    Int(field).map { .int($0) } ?? .text(String(field))
  }

  /// Numbers in ascending order are ordinal; words, in the order in which they appear, are categorical.
  private static func parameter(_ title: Substring, _ column: [Substring]) -> Parameter {
    var seen: Set<Substring> = []
    let distinct = column.filter { seen.insert($0).inserted }
    let numbers = distinct.compactMap { field in Double(field).map { (number: $0, field: field) } }
    guard numbers.count == distinct.count else {
      return Parameter(String(title), distinct.map(value), kind: .categorical)
    }
    return Parameter(
      String(title), numbers.sorted { $0.number < $1.number }.map { value($0.field) })
  }

  /// A prefix of values is valid where some row begins with it. A full factorial needs no constraints.
  private static func space(_ name: String, _ parameters: [Parameter], _ rows: Rows) -> Space {
    var constraints: [Constraint] = []
    let combinations = parameters.reduce(1.0) { $0 * Double($1.values.count) }
    if combinations > Double(rows.lines.count) {
      let values = rows.lines.map { $0.prefix(parameters.count).map(value) }
      for length in stride(from: 2, through: parameters.count, by: 1) {
        let prefixes = Set(values.map { Array($0.prefix(length)) })
        constraints.append(
          Constraint("recorded", over: parameters.prefix(length).map(\.name)) {
            prefixes.contains($0)
          })
      }
    }
    return Space([
      Branch(
        backend: "recorded", variant: name, parameters: parameters, constraints: constraints,
        defaults: parameters.map { _ in 0 })
    ])
  }

  private static func error(_ name: String, _ message: String, advice: String) -> HoneError {
    HoneError(
      .unusableData, "the recorded space \(name) cannot be used: \(message)", advice: advice)
  }
}
