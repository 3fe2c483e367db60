// KernelLauncherWisdom.swift: wisdom files of Kernel Launcher: JSON lines, a header and then one best configuration a line.

internal import HoneCore

/// **Form:** the first line has `version` "1.0", `key`, `objective` and `tunable_parameters` (names); each further line has `config` (the
/// values in that order), `problem_size` (up to three extents are used), the objective's value in milliseconds, and
/// `environment` with `device_name`. A bad line spoils only itself.
public enum KernelLauncherWisdom: ForeignReader, ForeignWriter {
  public static let name = "kernel-launcher"
  public static let summary =
    "wisdom of Kernel Launcher (JSON lines): the best configuration a problem size"
  public static let fileExtension = "wisdom"
  public static let wantsServed = true

  public static func recognises(_ source: ForeignSource) -> Bool {
    let first = source.head.prefix { $0 != "\n" }
    return source.firstByte == UInt8(ascii: "{") && first.contains("\"tunable_parameters\"")
  }

  private static let axes = ["x", "y", "z"]
}

// MARK: - Reading

extension KernelLauncherWisdom {
  private struct Header {
    var key: String
    var objective: String
    var names: [String]
    var problem: ForeignProblem?
  }

  public static func read(_ source: ForeignSource) throws -> ForeignTable {
    let lines = source.lines
    guard let first = lines.first else { throw source.error("the file is empty") }
    let header = try header(try parse(first, source), source, first.number)
    var table = ForeignTable(tool: name)
    for line in lines.dropFirst() {
      do {
        table.rows.append(try row(try parse(line, source), header, source, line.number))
      } catch let error as HoneError {
        table.notExpressed.append("a line that cannot be used: \(error.message)")
      }
    }
    let devices = Set(table.rows.compactMap(\.device))
    if devices.count == 1, let device = devices.first { table.device = device }
    table.parameters = header.names.map { name in
      ForeignParameter(
        name, ForeignTable.distinct(table.rows.compactMap { $0.configuration[name] }))
    }
    if header.objective != "time" {
      table.notExpressed.append("the objective \(header.objective): its values are not kept")
    }
    return header.problem == nil ? table : table.withoutStandIns()
  }

  private static func parse(
    _ line: (number: Int, bytes: ArraySlice<UInt8>), _ source: ForeignSource
  ) throws -> JSONValue {
    do {
      return try JSONValue(parsing: line.bytes)
    } catch let error as JSONSyntaxError {
      throw source.error("\(error.reason) at column \(error.offset + 1)", line: line.number)
    }
  }

  private static func header(_ json: JSONValue, _ source: ForeignSource, _ line: Int) throws
    -> Header
  {
    guard json["version"]?.string == "1.0" else {
      throw source.error("the header's version is not \"1.0\"", line: line)
    }
    let names = try source.names(json["tunable_parameters"], "tunable_parameters")
    return Header(
      key: json["key"]?.string ?? source.stem, objective: json["objective"]?.string ?? "time",
      names: names, problem: ProblemNote.problem(json[ProblemNote.key]))
  }

  private static func row(
    _ json: JSONValue, _ header: Header, _ source: ForeignSource, _ line: Int
  ) throws -> ForeignRow {
    guard let values = json["config"]?.array, values.count == header.names.count else {
      throw source.error("'config' has not \(header.names.count) values", line: line)
    }
    let extents = json["problem_size"]?.array ?? []
    let known = header.problem?.fields.filter { $0.value.int == nil } ?? []
    let names = header.problem?.fields.filter { $0.value.int != nil }.map(\.name) ?? axes
    let fields = extents.enumerated().map { index, extent in
      ForeignField(index < names.count ? names[index] : "axis\(index + 1)", extent)
    }
    var row = ForeignRow(
      problem: ForeignProblem(kernel: header.problem?.kernel ?? header.key, fields: fields + known),
      configuration: Dictionary(zip(header.names, values)) { first, _ in first }, outcome: .chosen)
    row.device = json["environment"]?["device_name"]?.string
    row.time = json["environment"]?["date"]?.string
    let time = header.objective == "time" ? json["time"]?.double : nil
    if let seconds = time.flatMap({ TimeUnit.seconds($0, "ms") }), seconds > 0 {
      (row.outcome, row.seconds) = (.measured, seconds)
    }
    return row
  }
}

// MARK: - Writing

extension KernelLauncherWisdom {
  public static func write(_ table: ForeignTable) throws -> [ForeignDocument] {
    let best = table.winners()
    let keys = ForeignTable.distinct(best.rows.map { Self.key($0.problem) })
    var taken: Set<String> = []
    return keys.map { key in
      var part = best
      part.rows = best.rows.filter { Self.key($0.problem) == key && $0.seconds != nil }
      let untimed = best.rows.count { Self.key($0.problem) == key && $0.seconds == nil }
      part = part.rectangular()
      let file = fileName(ForeignProblem(kernel: key.plain), among: taken)
      taken.insert(file)
      var lost = part.notExpressed
      if untimed > 0 { lost.append("\(untimed) rows without a time") }
      if part.problems.contains(where: { $0.fields.count(where: { $0.value.int != nil }) > 3 }) {
        lost.append("Kernel Launcher compares the first three extents of a problem only")
      }
      return ForeignDocument(name: file, text: text(part, key.plain), notExpressed: lost)
    }.filter { !$0.text.isEmpty }
  }

  /// Problems that differ in their extents only share a file.
  private static func key(_ problem: ForeignProblem) -> JSONValue {
    let words = problem.fields.filter { $0.value.int == nil }.map(\.value.plain)
    return .string(([problem.kernel] + words).joined(separator: "_"))
  }

  private static func text(_ table: ForeignTable, _ key: String) -> String {
    // The one with the most extents names them all.
    guard let problem = table.problems.max(by: { $0.fields.count < $1.fields.count }) else {
      return ""
    }
    let names = table.parameters.map(\.name)
    let header = JSONValue.object([
      "version": .string("1.0"), "key": .string(key), "objective": .string("time"),
      "tunable_parameters": .array(names.map { .string($0) }),
      ProblemNote.key: ProblemNote.json(problem),
    ])
    let lines = table.rows.map { row in
      var environment: [String: JSONValue] = ["device_name": .string(row.device ?? table.device)]
      environment["date"] = row.time.map { .string($0) }
      return JSONValue.object([
        "config": .array(names.map { row.configuration[$0] ?? .null }),
        "problem_size": .array(row.problem.fields.map(\.value).filter { $0.int != nil }),
        "time": TimeUnit.milliseconds(row.seconds ?? 0), "environment": .object(environment),
      ])
    }
    return ([header] + lines).map { $0.canonical + "\n" }.joined()
  }
}
