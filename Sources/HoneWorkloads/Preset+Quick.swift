// Preset+Quick.swift: a first look at a machine: all three operations, tuned within two minutes on two cores.

extension Presets {
  static let quick = Workload(
    name: "quick",
    summary: "A first look: one problem for each way in which the three operations are limited.",
    source: """
      Chosen for Hone: a cache-resident square GEMM, a decode projection (4096 × 4096, as in Llama 3 8B) that reads its weights \
      from memory, a layer of a recommendation MLP (256-512 at batch 256, as in DLRM), embedding tables inside and far \
      outside the last-level cache, and attention in prefill and decode.
      """,
    entries: [
      .init(
        .init(
          operation: "gemm", types: "f32", shape: ["m": 512, "n": 512, "k": 512],
          attributes: ["transA": "n", "transB": "n"]), note: "square, in cache"),
      .linear(rows: 1, outputs: 4096, inputs: 4096, note: "decode projection, one token"),
      .linear(rows: 256, outputs: 256, inputs: 512, operands: .warm, note: "MLP layer, batch 256"),
      .embeddingBag(
        rows: 100_000, dim: 64, bags: 512, perBag: 20, distribution: "zipf", operands: .warm,
        note: "table of 26 MB, skewed rows"),
      .embeddingBag(
        rows: 1_000_000, dim: 64, bags: 512, perBag: 20, distribution: "uniform",
        note: "table of 256 MB, random rows"),
      .attention(
        heads: 8, kvHeads: 8, lq: 512, lk: 512, headDim: 64, mask: "causal",
        note: "prefill, 512 tokens"),
      .attention(
        heads: 32, kvHeads: 8, lq: 1, lk: 2048, headDim: 128, operands: .cold,
        note: "decode, 2048 tokens of context, grouped queries"),
    ])
}
