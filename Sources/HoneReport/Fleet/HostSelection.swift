// HostSelection.swift: which hosts of which databases a report is about, by the names that people type.

internal import HoneCore
public import HoneDatabase

/// A database and what it is called in a report.
public struct NamedDatabase: Sendable {
  public var name: String
  public var database: Database

  public init(name: String, database: Database) {
    self.name = name
    self.database = database
  }

  /// "new=DIR" → ("new", "DIR"); a plain folder is called by its last component.
  public static func split(_ argument: String) -> (name: String, path: String) {
    if let sign = argument.firstIndex(of: "="), sign != argument.startIndex,
      !argument[..<sign].contains("/")
    {
      return (String(argument[..<sign]), String(argument[argument.index(after: sign)...]))
    }
    let last = argument.split(separator: "/").last.map(String.init) ?? argument
    return (last, argument)
  }
}

/// Finds hosts by name in databases.
public struct HostSelection: Sendable {
  private let databases: [NamedDatabase]

  public init(_ databases: [NamedDatabase]) { self.databases = databases }

  /// - Parameter words: hardware classes, random identifiers of machines, beginnings of either, patterns with `*`, "all", each perhaps with a
  ///   database's name and a colon in front. None: all hosts.
  /// - Throws: `HoneError` (usage) that names the nearest names; (unusable data) where there is nothing at all.
  public func hosts(
    _ words: [String], wanted: [WantedProblem]? = nil
  ) throws -> [FleetHost] {
    let all = candidates
    guard !all.isEmpty else {
      throw HoneError(
        .unusableData,
        "there are no records in \(databases.map(\.database.path).joined(separator: ", "))",
        advice: "Run `hone tune` to make some, or name another database with --db.")
    }
    var chosen: [Candidate] = []
    for word in words.isEmpty ? ["all"] : words {
      let matches = Self.matches(word, all)
      guard !matches.isEmpty else { throw unknown(word, all) }
      for match in matches where !chosen.contains(match) { chosen.append(match) }
    }
    return chosen.map { candidate in
      FleetHost(
        databases[candidate.database].database.classes[candidate.index],
        database: databases[candidate.database].name, machine: candidate.machine, wanted: wanted)
    }
  }

  private struct Candidate: Hashable {
    var database: Int
    var index: Int
    /// nil: the whole class.
    var machine: String?
    var databaseName: String
    var name: String
  }

  /// Hardware classes first, then machines.
  private var candidates: [Candidate] {
    var classes: [Candidate] = []
    var machines: [Candidate] = []
    for (position, named) in databases.enumerated() {
      for (index, known) in named.database.classes.enumerated() where !known.records.isEmpty {
        classes.append(
          Candidate(
            database: position, index: index, machine: nil, databaseName: named.name,
            name: known.name))
        for machine in Set(known.records.map(\.record.provenance.host)).sorted() {
          machines.append(
            Candidate(
              database: position, index: index, machine: machine, databaseName: named.name,
              name: machine))
        }
      }
    }
    return classes + machines
  }

  private static func matches(_ word: String, _ all: [Candidate]) -> [Candidate] {
    let classes = all.filter { $0.machine == nil }
    if word == "all" || word == "*" { return classes }
    if let colon = word.firstIndex(of: ":") {
      let database = word[..<colon]
      let within = all.filter { $0.databaseName == database }
      if !within.isEmpty { return matches(String(word[word.index(after: colon)...]), within) }
    }
    let exact = all.filter { $0.name == word }
    if !exact.isEmpty { return exact }
    if word.contains("*") {
      return classes.filter { ResultFilter.matches(Array($0.name.utf8), Array(word.utf8)) }
    }
    let begun = all.filter { $0.name.hasPrefix(word) }
    return Set(begun.map(\.name)).count == 1 ? begun : []
  }

  private func unknown(_ word: String, _ all: [Candidate]) -> HoneError {
    let names = all.map(\.name).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    let begun = names.filter { $0.hasPrefix(word) }
    guard begun.count < 2 else {
      return HoneError(
        .usage, "'\(word)' begins the names of several hosts: \(Self.list(begun))",
        advice: "Write more of the one that you mean, or '\(word)*' for all of them.")
    }
    let near = NearestNames.of(word, among: names)
    return HoneError(
      .usage, "there is no host '\(word)' in the database",
      advice: near.isEmpty
        ? "There are: \(Self.list(names))." : "Did you mean: \(near.joined(separator: ", "))?")
  }

  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(8).joined(separator: ", ")
    return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
  }
}
