// WorkloadEntry+Shapes.swift: short ways to write the entries of presets. All matrices are row-major.

public import HoneCore

extension WorkloadEntry {
  /// A layer of a network: `rows` inputs of length `inputs` times a weight matrix that is stored as outputs × inputs.
  public static func linear(
    rows: Int, outputs: Int, inputs: Int, weight: Double = 1,
    operands: MeasurementPolicy.Operands = .cold, note: String
  ) -> WorkloadEntry {
    let problem = Problem(
      operation: "gemm", types: "f32", shape: ["m": rows, "n": outputs, "k": inputs],
      attributes: ["transA": "n", "transB": "t"])
    return WorkloadEntry(problem, weight: weight, operands: operands, note: note)
  }

  /// `bags` bags of `perBag` indices each into a table of `rows` rows of `dim` numbers.
  public static func embeddingBag(
    types: String = "f32", rows: Int, dim: Int, bags: Int, perBag: Int, distribution: String,
    weight: Double = 1, operands: MeasurementPolicy.Operands = .cold, note: String
  ) -> WorkloadEntry {
    let problem = Problem(
      operation: "embedding-bag", types: types,
      shape: ["rows": rows, "dim": dim, "bags": bags, "lookups": bags * perBag],
      attributes: ["pooling": "sum", "distribution": distribution])
    return WorkloadEntry(problem, weight: weight, operands: operands, note: note)
  }

  /// Attention of `lq` queries over `lk` keys and values; several heads of queries share one of keys where `kvHeads` < `heads`.
  /// - Parameter options: further attributes of the problem: "window", "page" …
  public static func attention(
    types: String = "f32", batch: Int = 1, heads: Int, kvHeads: Int, lq: Int, lk: Int,
    headDim: Int, mask: String = "none", options: [String: String] = [:], weight: Double = 1,
    operands: MeasurementPolicy.Operands = .warm, note: String
  ) -> WorkloadEntry {
    let problem = Problem(
      operation: "attention", types: types,
      shape: [
        "batch": batch, "heads": heads, "kvHeads": kvHeads, "lq": lq, "lk": lk, "headDim": headDim,
      ], attributes: options.merging(["mask": mask]) { option, _ in option })
    return WorkloadEntry(problem, weight: weight, operands: operands, note: note)
  }
}
