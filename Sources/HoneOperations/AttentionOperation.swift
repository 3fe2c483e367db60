// AttentionOperation.swift: the operation "attention": softmax(scale · Q Kᵀ + mask) V.

internal import CHoneKernel
public import HoneCore
internal import KernelReference

/// Scaled dot-product attention with grouped heads. Keys and values are the operands that are constant in use (the cache).
public struct AttentionOperation: Operation {
  public let name = "attention"
  public let summary = "O = softmax(Q·Kᵀ / √headDim + mask) · V for each batch and head"
  /// Q and O, K and V where they differ. s8: bytes with a scale for each key and head.
  public let types = ["f32", "bf16", "f16", "f32bf16", "f32f16", "f32s8", "bf16s8"]
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
    AttributeSpec(
      "window", "keys before its own that a query sees; none: all of them",
      allowed: ["none", "128", "256", "512", "1024", "2048", "4096", "8192"], default: "none",
      isLeftOut: true),
    AttributeSpec(
      "softcap", "c: logits x become c · tanh(x / c)", allowed: ["none", "20", "30", "50"],
      default: "none", isLeftOut: true),
    AttributeSpec(
      "alibi", "whether logits fall with the distance of key and query", allowed: ["no", "yes"],
      default: "no", isLeftOut: true),
    AttributeSpec(
      "bias", "whether lq × lk numbers are added to the logits of every head",
      allowed: ["no", "yes"], default: "no", isLeftOut: true),
    AttributeSpec(
      "lengths",
      "full; padded: keys of lk down to lk / 2 in a full batch; packed: such sequences, one after the other",
      allowed: ["full", "padded", "packed"], default: "full", isLeftOut: true),
    AttributeSpec(
      "page", "keys of a block of a paged cache; none: a contiguous one",
      allowed: ["none", "16", "32", "64", "128", "256"], default: "none", isLeftOut: true),
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
    if problem.attributes["page"] != nil && problem.attributes["lengths"] == "packed" {
      throw HoneError(
        .usage, "attention: packed sequences have no pages",
        advice: "Choose lengths=padded for a paged cache.")
    }
  }

  public func title(of problem: Problem) -> String {
    var text = problem["batch"] == 1 ? "" : "b\(problem["batch"]) "
    text += "h\(problem["heads"])"
    if problem["kvHeads"] != problem["heads"] { text += "/\(problem["kvHeads"])" }
    text += " \(problem["lq"])x\(problem["lk"])x\(problem["headDim"])"
    if let mask = problem.attributes["mask"], mask != "none" { text += " \(mask)" }
    if problem.attributes["layout"] == "bshd" { text += " bshd" }
    for name in ["window", "softcap", "page", "lengths"] {
      if let value = problem.attributes[name] { text += " \(name) \(value)" }
    }
    for name in ["alibi", "bias"] where problem.attributes[name] == "yes" { text += " " + name }
    return text
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
    setOptions(&p, problem)
    return p
  }

  private static func number(_ problem: Problem, _ name: String) -> Int {
    problem.attributes[name].flatMap { Int($0) } ?? 0
  }

  private static func setOptions(_ p: inout hone_attention, _ problem: Problem) {
    let storage = storage(of: problem.types)
    let isLeftOut = ["window", "softcap", "alibi", "bias", "lengths", "page"].allSatisfy {
      problem.attributes[$0] == nil
    }
    guard !isLeftOut || storage.cache.isScaled else { return }
    p.mask += Int32(HONE_MASK_WITH_OPTIONS)
    let window = number(problem, "window")
    (p.window_left, p.window_right) = (window > 0 ? Int64(window) - 1 : -1, -1)
    p.softcap = Float(number(problem, "softcap"))
    p.bias_row_stride = p.lk
    p.block_size = Int64(number(problem, "page"))
    if p.block_size > 0 {
      p.table_stride = (p.lk + p.block_size - 1) / p.block_size
      p.block_count = p.batch * p.table_stride
      let byHead = problem.attributes["layout"] != "bshd"
      let key = strides(heads: p.kv_heads, length: p.block_size, dim: p.head_dim, byHead: byHead)
      (p.k_batch_stride, p.k_head_stride, p.k_row_stride) = key
      (p.v_batch_stride, p.v_head_stride, p.v_row_stride) = key
    }
    let rows = p.block_size > 0 ? p.block_size : p.lk
    (p.scale_batch_stride, p.scale_head_stride, p.scale_row_stride) = (p.kv_heads * rows, rows, 1)
    if problem.attributes["lengths"] == "packed" {
      setPacked(&p, problem)
    }
  }

  /// Sequences one after the other: the row stride leads from one to the next.
  private static func setPacked(_ p: inout hone_attention, _ problem: Problem) {
    let batch = problem["batch"]
    func rows(_ longest: Int64) -> Int64 {
      (0..<batch).reduce(0) { $0 + Int64(length($1, of: problem, Int(longest))) }
    }
    let byHead = problem.attributes["layout"] != "bshd"
    let query = strides(heads: p.heads, length: rows(p.lq), dim: p.head_dim, byHead: byHead)
    let key = strides(heads: p.kv_heads, length: rows(p.lk), dim: p.head_dim, byHead: byHead)
    (p.q_batch_stride, p.q_head_stride, p.q_row_stride) = (0, query.1, query.2)
    (p.o_batch_stride, p.o_head_stride, p.o_row_stride) = (0, query.1, query.2)
    (p.k_batch_stride, p.k_head_stride, p.k_row_stride) = (0, key.1, key.2)
    (p.v_batch_stride, p.v_head_stride, p.v_row_stride) = (0, key.1, key.2)
    (p.scale_batch_stride, p.scale_head_stride) = (0, rows(p.lk))
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
