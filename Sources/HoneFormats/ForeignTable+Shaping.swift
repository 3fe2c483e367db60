// ForeignTable+Shaping.swift: what formats with less room than a table need: one row a configuration, the same columns in all rows.

internal import HoneCore

extension ForeignTable {
  /// Stands where a variant lacks a parameter that another one has: no parameter of Hone's is negative, none has this word.
  static let absentNumber = JSONValue.integer(-1)
  static let absentWord = JSONValue.string("none")

  /// Parameters as listed, else as they appear in the rows, names sorted.
  func withParameters() -> ForeignTable {
    guard parameters.isEmpty else { return self }
    var table = self
    let names = Set(rows.flatMap(\.configuration.keys)).sorted()
    table.parameters = names.map { name in
      ForeignParameter(name, Self.distinct(rows.compactMap { $0.configuration[name] }))
    }
    return table
  }

  /// Every row has every parameter; says so where something had to be filled in.
  func rectangular() -> ForeignTable {
    var table = withParameters()
    var filled = 0
    for index in table.parameters.indices {
      let name = table.parameters[index].name
      let isNumber = table.parameters[index].values.allSatisfy { $0.isNumber }
      let stand = isNumber ? Self.absentNumber : Self.absentWord
      for row in table.rows.indices where table.rows[row].configuration[name] == nil {
        table.rows[row].configuration[name] = stand
        filled += 1
        if !table.parameters[index].values.contains(stand) {
          table.parameters[index].values.append(stand)
        }
      }
    }
    if filled > 0 {
      table.notExpressed.append(
        "a parameter that a variant does not have is written as -1, or as 'none' where it is a word"
      )
    }
    return table
  }

  /// Undoes `rectangular` in what was read back.
  func withoutStandIns() -> ForeignTable {
    var table = self
    for row in table.rows.indices {
      table.rows[row].configuration = rows[row].configuration.filter {
        $0.value != Self.absentNumber && $0.value != Self.absentWord
      }
    }
    table.parameters = parameters.map { parameter in
      ForeignParameter(
        parameter.name,
        parameter.values.filter { $0 != Self.absentNumber && $0 != Self.absentWord })
    }
    return table
  }

  /// Parameters whose names a format keeps for itself get a free one, and the table says which.
  func renaming(_ reserved: Set<String>) -> ForeignTable {
    var table = self
    for index in parameters.indices where reserved.contains(parameters[index].name) {
      let name = parameters[index].name
      var free = "parameter_\(name)"
      while table.parameters.contains(where: { $0.name == free }) { free += "_" }
      table.parameters[index].name = free
      for row in table.rows.indices {
        table.rows[row].configuration[free] = table.rows[row].configuration.removeValue(
          forKey: name)
      }
      table.notExpressed.append(
        "the name of the parameter '\(name)', which is a field of the format: it is '\(free)' there"
      )
    }
    return table
  }

  /// Of several rows for a configuration of a problem the one with the most samples; says how many were dropped.
  func withoutRepeats() -> ForeignTable {
    struct Key: Hashable {
      var problem: ForeignProblem
      var configuration: [String: JSONValue]
    }
    var kept: [Key: Int] = [:]
    var table = self
    table.rows = []
    for row in rows {
      let key = Key(problem: row.problem, configuration: row.configuration)
      guard let index = kept[key] else {
        kept[key] = table.rows.count
        table.rows.append(row)
        continue
      }
      let other = table.rows[index]
      let isBetter = (row.seconds != nil ? 1 : 0, row.samples.count)
      if isBetter > (other.seconds != nil ? 1 : 0, other.samples.count) { table.rows[index] = row }
    }
    let dropped = rows.count - table.rows.count
    if dropped > 0 {
      table.notExpressed.append(
        "\(dropped) repeated measurements of a configuration: the one with the most samples is kept"
      )
    }
    return table
  }

  /// The fastest measured or chosen row of each problem; says how many others were dropped.
  func winners() -> ForeignTable {
    var best: [ForeignProblem: ForeignRow] = [:]
    for row in rows where row.isServable {
      let time = row.seconds ?? 0
      if let known = best[row.problem], (known.seconds ?? 0) <= time { continue }
      best[row.problem] = row
    }
    var table = self
    table.rows = problems.compactMap { best[$0] }
    let dropped = rows.count - table.rows.count
    if dropped > 0 {
      table.notExpressed.append("\(dropped) rows that are not the fastest of their problem")
    }
    return table
  }

  /// One table a problem.
  func byProblem() -> [ForeignTable] {
    let groups = Dictionary(grouping: rows, by: \.problem)
    return problems.map { problem in
      var table = self
      table.rows = groups[problem] ?? []
      return table
    }
  }

  static func distinct(_ values: [JSONValue]) -> [JSONValue] {
    var seen: Set<JSONValue> = []
    return values.filter { seen.insert($0).inserted }
  }
}

extension ForeignRow {
  /// A configuration that could be used: one that did not fail.
  var isServable: Bool {
    if case .failed = outcome { false } else { true }
  }
}
