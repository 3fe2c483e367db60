// TunableOpResults.swift: the CSV files of PyTorch's TunableOp: validators, then one chosen solution a problem.

internal import HoneCore

/// **Form:** `Validator,KEY,VALUE` lines, then `GemmTunableOp_float_NT,nt_25088_4096_64_ld_25088_4096_25088,Gemm_Rocblas_21,0.0331` with the mean
/// in milliseconds; a file of untuned problems has the first two columns only. Names are those of a column-major BLAS call: of a row-major
/// product they hold `n_m_k`, the leading dimensions of B, A and C, and B's letter first.
public enum TunableOpResults: ForeignReader, ForeignWriter {
  public static let name = "tunableop"
  public static let summary = "CSV of PyTorch's TunableOp: the chosen solution a GEMM"
  public static let fileExtension = "csv"
  public static let wantsServed = true

  public static func recognises(_ source: ForeignSource) -> Bool {
    let head = source.head
    return head.hasPrefix("Validator,") || head.prefix { $0 != "," }.contains("TunableOp_")
  }

  private static let gemm = "GemmTunableOp"
  private static let batched = "GemmStridedBatchedTunableOp"

  /// Their word → Hone's.
  private static let types: [(theirs: String, ours: String)] = [
    ("float", "f32"), ("double", "f64"), ("BFloat16", "bf16"), ("Half", "f16"),
  ]

  /// What a solution of Hone's begins with; its configuration follows.
  private static let ownPrefix = "Hone;"
}

// MARK: - Reading

extension TunableOpResults {
  public static func read(_ source: ForeignSource) throws -> ForeignTable {
    var table = ForeignTable(tool: name)
    for line in source.lines {
      let cells = String(decoding: line.bytes, as: UTF8.self)
        .split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      if cells[0] == "Validator" {
        guard cells.count >= 3 else {
          throw source.error("a validator needs a name and a value", line: line.number)
        }
        table.environment[cells[1]] = cells[2...].joined(separator: ",")
      } else {
        table.rows.append(try row(cells, source, line.number))
      }
    }
    table.device = table.environment["GCN_ARCH_NAME"] ?? ""
    table.notExpressed.append(
      "what a solution does: TunableOp names it, and only its library knows it")
    return table.withParameters()
  }

  private static func row(_ cells: [String], _ source: ForeignSource, _ line: Int) throws
    -> ForeignRow
  {
    guard cells.count >= 2, !cells[0].isEmpty, !cells[1].isEmpty else {
      throw source.error("an operation and its problem are needed", line: line)
    }
    let problem = problem(cells[0], cells[1])
    var row = ForeignRow(problem: problem, configuration: [:], outcome: .chosen)
    if cells.count > 2 { row.configuration = configuration(cells[2]) }
    guard cells.count > 3, !cells[3].isEmpty else { return row }
    guard let milliseconds = Double(cells[3]), milliseconds.isFinite, milliseconds >= 0 else {
      throw source.error("'\(cells[3])' is no time in milliseconds", line: line)
    }
    // "Default" may stand with 0: it was not timed.
    if milliseconds > 0 { (row.outcome, row.seconds) = (.measured, milliseconds / 1e3) }
    return row
  }

  private static func configuration(_ solution: String) -> [String: JSONValue] {
    guard solution.hasPrefix(ownPrefix) else { return ["solution": .string(solution)] }
    let pairs = solution.dropFirst(ownPrefix.count).split(separator: ";").map { word in
      let pair = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(pair[0]), JSONValue(cell: pair.count == 2 ? pair[1] : ""))
    }
    return Dictionary(pairs) { first, _ in first }
  }

  /// A plain product is a "gemm" by Hone's names; what is not understood keeps its two words as they are.
  private static func problem(_ operation: String, _ parameters: String) -> ForeignProblem {
    let words = operation.split(separator: "_").map(String.init)
    let numbers = parameters.split(separator: "_").map(String.init)
    let verbatim = ForeignProblem(
      kernel: words.first ?? operation,
      fields: [.init("operation", .string(operation)), .init("problem", .string(parameters))])
    guard words.count == 3, words[0] == gemm || words[0] == batched,
      let shape = Shape(numbers, isBatched: words[0] == batched)
    else { return verbatim }
    let type = types.first { $0.theirs == words[1] }?.ours ?? words[1]
    return ForeignProblem(
      kernel: words[0] == gemm ? "gemm" : "gemm-batched",
      fields: [.init("types", .string(type))] + shape.fields)
  }

  /// `tn_8192_1_4096[_B_12][_ld_4096_4096_8192]`.
  private struct Shape {
    var fields: [ForeignField] = []

    init?(_ words: [String], isBatched: Bool) {
      guard words.count >= 4, words[0].count == 2, words[0].allSatisfy({ "nt".contains($0) }),
        let first = Int(words[1]), let second = Int(words[2]), let depth = Int(words[3])
      else { return nil }
      fields = [
        .init("m", .integer(second)), .init("n", .integer(first)), .init("k", .integer(depth)),
      ]
      var rest = words.dropFirst(4)
      if isBatched {
        guard rest.first == "B", let count = rest.dropFirst().first.flatMap({ Int($0) }) else {
          return nil
        }
        fields.append(.init("batch", .integer(count)))
        rest = rest.dropFirst(2)
      }
      guard let leading = Self.leading(rest) else { return nil }
      fields += leading
      fields.append(.init("transA", .string(String(words[0].suffix(1)))))
      fields.append(.init("transB", .string(String(words[0].prefix(1)))))
    }

    /// None where they are not said; nil where something else stands there.
    private static func leading(_ words: ArraySlice<String>) -> [ForeignField]? {
      if words.isEmpty { return [] }
      let numbers = words.dropFirst().compactMap { Int($0) }
      guard words.first == "ld", words.count == 4, numbers.count == 3 else { return nil }
      return [
        .init("lda", .integer(numbers[1])), .init("ldb", .integer(numbers[0])),
        .init("ldc", .integer(numbers[2])),
      ]
    }
  }
}

// MARK: - Writing

extension TunableOpResults {
  public static func write(_ table: ForeignTable) throws -> [ForeignDocument] {
    let best = table.winners()
    var lost = best.notExpressed
    let lines = best.rows.compactMap { row in
      names(of: row.problem).map { "\($0.operation),\($0.problem)" + suffix(row) }
    }
    if lines.count < best.rows.count {
      lost.append("\(best.rows.count - lines.count) problems that are no plain product")
    }
    guard !lines.isEmpty else {
      throw HoneError(
        .unusableData, "nothing in the table is a product that TunableOp has a name for",
        advice: "Export it as csv, t4 or kernel-tuner.")
    }
    lost += ["alpha and beta, policy and core count: TunableOp has no place for them"]
    if table.environment.isEmpty {
      lost.append("PyTorch loads a file only with the validators of its own versions: add them")
    }
    let validators = table.environment.sorted { $0.key < $1.key }.map {
      "Validator,\($0.key),\($0.value)"
    }
    let text = (validators + lines).map { $0 + "\n" }.joined()
    return [
      ForeignDocument(name: "tunableop_results0.csv", text: text, notExpressed: lost)
    ]
  }

  private static func suffix(_ row: ForeignRow) -> String {
    if row.configuration.isEmpty { return "" }
    let solution = row.configuration["solution"]?.plain ?? ownSolution(row.configuration)
    let time = row.seconds.map { "," + TimeUnit.milliseconds($0).canonical } ?? ""
    return ",\(solution)" + time
  }

  private static func ownSolution(_ configuration: [String: JSONValue]) -> String {
    let pairs = configuration.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.plain)" }
    return (ownPrefix + pairs.joined(separator: ";")).replacing(",", with: "_")
  }

  private static func names(of problem: ForeignProblem) -> (operation: String, problem: String)? {
    if let operation = problem["operation"]?.string, let words = problem["problem"]?.string {
      return (operation, words)
    }
    guard ["gemm", "gemm-batched"].contains(problem.kernel), let m = problem["m"]?.int,
      let n = problem["n"]?.int, let k = problem["k"]?.int, let type = problem["types"]?.string
    else { return nil }
    let letters = (problem["transB"]?.string ?? "n") + (problem["transA"]?.string ?? "n")
    let theirs = types.first { $0.ours == type }?.theirs ?? type
    let batch = problem["batch"]?.int
    var words = "\(letters)_\(n)_\(m)_\(k)" + (batch.map { "_B_\($0)" } ?? "")
    if let a = problem["lda"]?.int, let b = problem["ldb"]?.int, let c = problem["ldc"]?.int {
      words += "_ld_\(b)_\(a)_\(c)"
    }
    return ("\(batch == nil ? gemm : batched)_\(theirs)_\(letters.uppercased())", words)
  }
}
