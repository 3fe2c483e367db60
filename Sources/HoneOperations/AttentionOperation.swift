// AttentionOperation.swift: the operation "attention": softmax(scale · Q Kᵀ + mask) V.

internal import CHoneKernel
public import HoneCore

/// Scaled dot-product attention with grouped heads. Keys and values are the operands that are constant in use (the cache).
public struct AttentionOperation: Operation {
  public let name = "attention"
  public let summary = "O = softmax(Q·Kᵀ / √headDim + mask) · V for each batch and head"
  public let types = ["f32"]
  public let constantOperands = ["K", "V"]

  public init() {}

  public let dimensions: [DimensionSpec] = [
    DimensionSpec("batch", "sequences") { _ in 1 },
    DimensionSpec("heads", "query heads"),
    DimensionSpec("kvHeads", "key/value heads; divides heads") { $0["heads"] },
    DimensionSpec("lq", "queries in a sequence"),
    DimensionSpec("lk", "keys in a sequence") { $0["lq"] },
    DimensionSpec("headDim", "elements of one head's row"),
  ]

  public let attributes: [AttributeSpec] = [
    AttributeSpec(
      "mask",
      "none; causal: the last query sees every key (a cache); causal-top-left: query i sees keys ≤ i",
      allowed: ["none", "causal", "causal-top-left"], default: "none"),
    AttributeSpec(
      "layout", "order of the dimensions in memory: batch, heads, sequence, head size",
      allowed: ["bhsd", "bshd"], default: "bhsd"),
  ]

  public func validate(_ problem: Problem) throws {
    try refuseHuge(problem, "Q", ["batch", "heads", "lq", "headDim"])
    try refuseHuge(problem, "K", ["batch", "kvHeads", "lk", "headDim"])
    let (heads, groups) = (problem["heads"], problem["kvHeads"])
    guard groups > 0 ? heads % groups == 0 : heads == 0 else {
      throw HoneError(
        .usage, "attention: heads=\(heads) is not a multiple of kvHeads=\(groups)",
        advice: "Choose a kvHeads that divides heads.")
    }
  }

  public func title(of problem: Problem) -> String {
    var text = problem["batch"] == 1 ? "" : "b\(problem["batch"]) "
    text += "h\(problem["heads"])"
    if problem["kvHeads"] != problem["heads"] { text += "/\(problem["kvHeads"])" }
    text += " \(problem["lq"])x\(problem["lk"])x\(problem["headDim"])"
    if let mask = problem.attributes["mask"], mask != "none" { text += " \(mask)" }
    if problem.attributes["layout"] == "bshd" { text += " bshd" }
    return text
  }

  public func cost(of problem: Problem) -> Cost {
    let heads = Double(problem["batch"]) * Double(problem["heads"])
    let groups = Double(problem["batch"]) * Double(problem["kvHeads"])
    let dim = Double(problem["headDim"])
    let (lq, lk) = (Double(problem["lq"]), Double(problem["lk"]))
    return Cost(
      flops: 4 * heads * dim * Self.visiblePairs(problem),
      bytes: 4 * dim * (2 * heads * lq + 2 * groups * lk))
  }

  /// (query, key) pairs that the mask lets through, in one head.
  static func visiblePairs(_ problem: Problem) -> Double {
    let (lq, lk) = (problem["lq"], problem["lk"])
    guard let mask = problem.attributes["mask"], mask != "none" else {
      return Double(lq) * Double(lk)
    }
    // Query i sees min(lk, i + shift + 1) keys, none where that is negative: a triangle and a rectangle.
    let shift = mask == "causal" ? lk - lq : 0
    let first = max(0, -shift)
    let full = min(lq, max(first, lk - shift))
    let triangle = Double(full - first) * Double(first + full + 2 * shift + 1) / 2
    return triangle + Double(lq - full) * Double(lk)
  }

  public func constantBytes(of problem: Problem) -> Int {
    8 * problem["batch"] * problem["kvHeads"] * problem["lk"] * problem["headDim"]
  }

  public func withSizes<R>(of problem: Problem, _ body: (UnsafeRawPointer) -> R) -> R {
    var sizes = Self.sizes(of: problem)
    return body(&sizes)
  }

  public func makeOperands(
    for problem: Problem, seed: UInt64, copies: Int, pages: String
  ) throws -> any Operands {
    try AttentionOperands(problem: problem, seed: seed, copies: copies, pages: pages)
  }

  static func sizes(of problem: Problem) -> hone_attention {
    var p = hone_attention()
    p.struct_size = UInt64(MemoryLayout<hone_attention>.size)
    p.batch = Int64(problem["batch"])
    p.heads = Int64(problem["heads"])
    p.kv_heads = Int64(problem["kvHeads"])
    p.lq = Int64(problem["lq"])
    p.lk = Int64(problem["lk"])
    p.head_dim = Int64(problem["headDim"])
    let byHead = problem.attributes["layout"] != "bshd"
    let query = strides(heads: p.heads, length: p.lq, dim: p.head_dim, byHead: byHead)
    let key = strides(heads: p.kv_heads, length: p.lk, dim: p.head_dim, byHead: byHead)
    (p.q_batch_stride, p.q_head_stride, p.q_row_stride) = query
    (p.o_batch_stride, p.o_head_stride, p.o_row_stride) = query
    (p.k_batch_stride, p.k_head_stride, p.k_row_stride) = key
    (p.v_batch_stride, p.v_head_stride, p.v_row_stride) = key
    p.scale = 1 / Float(max(problem["headDim"], 1)).squareRoot()
    p.mask = masks[problem.attributes["mask"] ?? "none"] ?? 0
    return p
  }

  private static let masks: [String: Int32] = [
    "none": Int32(HONE_MASK_NONE), "causal": Int32(HONE_MASK_CAUSAL_BOTTOM_RIGHT),
    "causal-top-left": Int32(HONE_MASK_CAUSAL_TOP_LEFT),
  ]

  private static func strides(
    heads: Int64, length: Int64, dim: Int64, byHead: Bool
  ) -> (Int64, Int64, Int64) {
    byHead
      ? (heads * length * dim, length * dim, dim) : (heads * length * dim, dim, heads * dim)
  }
}
