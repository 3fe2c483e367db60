// PerMTable.swift: per-M tables as vLLM and SGLang keep them for fused MoE kernels: a JSON file a problem, one configuration a number of rows.

internal import HoneCore

/// **Form:** `{"1": {"BLOCK_SIZE_M": 16, …}, "64": {…}}`; the key is M, readers take the nearest. Everything else stands in the file's name:
/// `E=8,N=14336,device_name=NVIDIA_H100,dtype=fp8_w8a8,block_shape=[128,128].json`. There are no times, no versions (newer files have `triton_version`).
public enum PerMTable: ForeignReader, ForeignWriter {
  public static let name = "per-m"
  public static let summary = "per-M JSON as vLLM keeps it: a configuration for each number of rows"
  public static let fileExtension = "json"
  public static let wantsServed = true

  public static func recognises(_ source: ForeignSource) -> Bool {
    let isKnownName = source.stem.contains("device_name=")
    let content = source.head.drop { $0 == "{" || $0.isWhitespace }
    let beginsWithNumber = content.first == "\"" && (content.dropFirst().first?.isNumber ?? false)
    return source.firstByte == UInt8(ascii: "{") && (isKnownName || beginsWithNumber)
  }

  /// The member of a file's name that says which extent the keys are, where it is not M.
  private static let over = "over"
}

// MARK: - Reading

extension PerMTable {
  public static func read(_ source: ForeignSource) throws -> ForeignTable {
    guard let members = try source.json().object else { throw source.error("it is no object") }
    var words = nameWords(source.stem)
    var table = ForeignTable(tool: name)
    table.device = take("device_name", &words)?.replacing("_", with: " ") ?? ""
    let axis = take(over, &words) ?? (words.contains { $0.name == "operation" } ? "m" : "M")
    let kernel = take("operation", &words) ?? (words.isEmpty ? source.stem : "fused_moe")
    let rest = words.map { ForeignField($0.name, JSONValue(cell: $0.value)) }
    for (key, entry) in members.sorted(by: { (Int($0.key) ?? -1) < (Int($1.key) ?? -1) }) {
      guard let extent = Int(key), extent >= 0 else {
        table.environment[key] = entry.plain
        continue
      }
      guard let configuration = entry.object else {
        throw source.error("the entry '\(key)' is no object of parameters", nearKey: key)
      }
      let fields = [ForeignField(axis, .integer(extent))] + rest
      table.rows.append(
        ForeignRow(
          problem: ForeignProblem(kernel: kernel, fields: fields), configuration: configuration,
          outcome: .chosen))
    }
    return table.withParameters()
  }

  private static func take(
    _ name: String, _ words: inout [(name: String, value: String)]
  ) -> String? {
    words.firstIndex { $0.name == name }.map { words.remove(at: $0).value }
  }

  /// `E=8,N=4,block_shape=[128,128]` → pairs; a comma inside brackets separates nothing.
  private static func nameWords(_ stem: String) -> [(name: String, value: String)] {
    var parts: [String] = [""]
    var depth = 0
    for character in stem {
      if character == "[" { depth += 1 }
      if character == "]" { depth = max(0, depth - 1) }
      if character == ",", depth == 0 {
        parts.append("")
      } else {
        parts[parts.count - 1].append(character)
      }
    }
    return parts.compactMap { part in
      let pair = part.split(separator: "=", maxSplits: 1)
      return pair.count == 2 ? (String(pair[0]), String(pair[1])) : nil
    }
  }
}

// MARK: - Writing

extension PerMTable {
  /// The extents that such tables run over, the first that a problem has.
  private static let axes = ["m", "M", "bags", "lq"]

  public static func write(_ table: ForeignTable) throws -> [ForeignDocument] {
    let best = table.winners()
    var groups: [String: [ForeignRow]] = [:]
    for row in best.rows {
      guard let axis = axis(of: row.problem) else {
        throw HoneError(
          .unusableData,
          "\(row.problem.kernel) has none of the dimensions that a per-M table may run over: \(axes.joined(separator: ", "))",
          advice: "Export it as csv, t4 or kernel-tuner.")
      }
      groups[stem(row.problem, axis, table.device), default: []].append(row)
    }
    return groups.sorted { $0.key < $1.key }.map { stem, rows in
      var lost = best.notExpressed + ["times, samples and where they come from"]
      if Set(rows.map(extent)).count < rows.count {
        lost.append("problems of \(stem) that differ in a leading dimension only")
      }
      return ForeignDocument(name: "\(stem).json", text: text(rows), notExpressed: lost)
    }
  }

  private static func axis(of problem: ForeignProblem) -> String? {
    axes.first { problem[$0]?.int != nil }
  }

  private static func extent(of row: ForeignRow) -> Int {
    axis(of: row.problem).flatMap { row.problem[$0]?.int } ?? 0
  }

  /// Leading dimensions follow the shape and stay out of the name; so does a slash, which no file's name may have.
  private static func stem(_ problem: ForeignProblem, _ axis: String, _ device: String) -> String {
    var words: [(String, String)] = []
    if problem.kernel != "fused_moe" { words.append(("operation", problem.kernel)) }
    for field in problem.fields where field.name != axis && !field.name.hasPrefix("ld") {
      words.append((field.name, field.value.plain))
    }
    if !["m", "M"].contains(axis) { words.append((over, axis)) }
    words.append(("device_name", device.replacing(" ", with: "_")))
    return words.map { "\($0.0)=\($0.1)" }.joined(separator: ",").replacing("/", with: "_")
  }

  private static func text(_ rows: [ForeignRow]) -> String {
    let byExtent = Dictionary(rows.map { (extent(of: $0), $0) }) { one, other in
      (one.seconds ?? 0) <= (other.seconds ?? 0) ? one : other
    }
    let lines = byExtent.sorted { $0.key < $1.key }.map { extent, row in
      "  \"\(extent)\": \(JSONValue.object(row.configuration).canonical)"
    }
    return "{\n" + lines.joined(separator: ",\n") + "\n}\n"
  }
}
