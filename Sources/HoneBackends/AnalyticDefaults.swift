// AnalyticDefaults.swift: what the host's caches say about parameters before anything is measured.

internal import HoneCore
internal import HoneHost
internal import HoneOperations

/// Tables keyed by operation and parameter name; a parameter without a row keeps the default that its kernel declares.
enum AnalyticDefaults {
  typealias Rule = @Sendable (KernelRow, Problem, HostFacts) -> Int?

  private static let rules: [String: Rule] = [
    "gemm packed mc": { blocking($0, $1, $2).mc },
    "gemm packed kc": { blocking($0, $1, $2).kc },
    "gemm packed nc": { blocking($0, $1, $2).nc },
    "embedding-bag prefetch_distance": { _, problem, host in
      isWithinL2(problem, host) ? 0 : nil
    },
    // Rows without scales from memory: those of several lines are asked for twice; those of one line, or of very many, in longer bags with a test
    // for each, which slows the asking down to what Zen 4's L2 can take (decision 0062).
    "embedding-bag near_distance": { _, problem, host in
      let isAskedTwice =
        !problem.types.hasPrefix("u") && !isOneLine(problem) && !isTested(problem)
      return isAskedTwice && isFromMemory(problem, host) ? 16 : nil
    },
    "embedding-bag straight": { _, problem, host in
      isTested(problem) && isFromMemory(problem, host) ? 0 : nil
    },
    // Rows from memory that must be converted: two passes of 8 vectors, of which only the first asks ahead, were up to 1.2 times as fast as one
    // of 16 on Emerald Rapids (decision 0054); rows that are cached, and floats, which are added as they are read, lose a little, and bags
    // of a row or two a third: there each pass costs more than it saves.
    "embedding-bag block": { _, problem, host in
      problem.types != "f32" && isLong(problem) && isFromMemory(problem, host) ? 8 : nil
    },
  ]

  private static func isTested(_ problem: Problem) -> Bool {
    isLong(problem) && (isOneLine(problem) || problem["dim"] > 128)
  }

  private static func isOneLine(_ problem: Problem) -> Bool {
    problem["dim"] * (problem.types == "f32" ? 4 : 2) <= 64
  }

  /// Are there look-ups enough in a bag for two passes to pay, or a test of each row?
  private static func isLong(_ problem: Problem) -> Bool {
    problem["lookups"] >= 8 * problem["bags"]
  }

  private static func isFromMemory(_ problem: Problem, _ host: HostFacts) -> Bool {
    tableBytes(problem) > Double(host.lastLevelBytes)
  }

  private static func blocking(
    _ row: KernelRow, _ problem: Problem, _ host: HostFacts
  ) -> (mc: Int, kc: Int, nc: Int) {
    CacheModel.blocking(
      tileRows: row.tile.rows, tileColumns: row.tile.columns, elementBytes: 4, host: host,
      m: problem["m"], n: problem["n"], k: problem["k"])
  }

  /// A table that stays in the second-level cache has nothing to be asked for ahead.
  private static func isWithinL2(_ problem: Problem, _ host: HostFacts) -> Bool {
    tableBytes(problem) <= Double(host.l2Bytes)
  }

  private static func tableBytes(_ problem: Problem) -> Double {
    EmbeddingBagOperation().tableBytes(of: problem)
  }

  /// The dimension beyond which larger values of a tile size change nothing.
  private static let bounds: [String: String] = [
    "gemm mc": "m", "gemm nc": "n", "gemm kc": "k",
    "attention query_tile": "lq", "attention key_tile": "lk",
    "embedding-bag prefetch_distance": "lookups",
  ]

  static func value(
    of parameter: String, row: KernelRow, problem: Problem, host: HostFacts
  ) -> Int? {
    let rule =
      rules["\(row.operation) \(row.algorithm) \(parameter)"]
      ?? rules["\(row.operation) \(parameter)"]
    return rule.flatMap { $0(row, problem, host) }
  }

  static func boundingDimension(of parameter: String, _ operation: String) -> String? {
    bounds["\(operation) \(parameter)"]
  }
}
