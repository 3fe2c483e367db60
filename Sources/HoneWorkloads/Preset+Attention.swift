// Preset+Attention.swift: attention alone, as published models call it: prefill, cross attention, decoding.

extension Presets {
  static let attention = Workload(
    name: "attention",
    summary:
      "Attention of Llama 3 8B, Stable Diffusion 1.5, BERT and ViT: prefill, cross, decoding; f32 and bf16.",
    source: """
      Heads and head sizes of the published configurations: meta-llama/Meta-Llama-3-8B (32 heads, 8 key-value heads of 128), Stable \
      Diffusion 1.5 at 512 × 512 (8 heads of 40, 80 and 160; 77 text tokens; two images), BERT base and large (12 and 16 heads of 64), \
      ViT-B/16 at 224 × 224 (12 heads of 64, 197 tokens). Lengths and batches of prompts, caches and sentences are ours. Weights \
      are 1: no model calls all of these. Caches are cold, as those of many layers are.
      """,
    entries: ["f32", "bf16"].flatMap { prompts($0) + images($0) + encoders($0) + caches($0) }
      + ["f32bf16", "f32s8", "bf16s8"].flatMap(caches) + serving)

  private static func prompts(_ types: String) -> [WorkloadEntry] {
    [128, 512, 1024, 2048, 4096].map {
      .attention(
        types: types, heads: 32, kvHeads: 8, lq: $0, lk: $0, headDim: 128, mask: "causal",
        note: "Llama 3 8B, prefill of \($0)")
    }
  }

  private static func images(_ types: String) -> [WorkloadEntry] {
    [(4096, 40), (1024, 80), (256, 160)].flatMap { tokens, dim in
      [tokens, 77].map {
        .attention(
          types: types, batch: 2, heads: 8, kvHeads: 8, lq: tokens, lk: $0, headDim: dim,
          note: "SD 1.5, \($0 == 77 ? "cross" : "self"), \(tokens) tokens")
      }
    }
  }

  private static func encoders(_ types: String) -> [WorkloadEntry] {
    [("BERT base", 8, 12, 128), ("BERT large", 4, 16, 384), ("ViT-B/16", 8, 12, 197)].map {
      .attention(
        types: types, batch: $0.1, heads: $0.2, kvHeads: $0.2, lq: $0.3, lk: $0.3, headDim: 64,
        note: $0.0)
    }
  }

  private static func caches(_ types: String) -> [WorkloadEntry] {
    [(1, 1024), (1, 8192), (1, 32768), (4, 2048), (16, 2048)].map { batch, keys in
      .attention(
        types: types, batch: batch, heads: 32, kvHeads: 8, lq: 1, lk: keys, headDim: 128,
        operands: .cold, note: "Llama 3 8B, decoding \(batch) against \(keys)")
    }
  }

  /// What a server adds: pages, sequences of different lengths, chunks of a prompt.
  private static let serving: [WorkloadEntry] = [
    .attention(
      types: "bf16", batch: 16, heads: 32, kvHeads: 8, lq: 1, lk: 2048, headDim: 128,
      options: ["page": "16", "lengths": "padded"], operands: .cold,
      note: "Llama 3 8B, decoding 16 from a paged cache"),
    .attention(
      types: "bf16", heads: 32, kvHeads: 8, lq: 512, lk: 4096, headDim: 128, mask: "causal",
      options: ["page": "16"], note: "Llama 3 8B, a chunk of 512 behind 3584"),
    .attention(
      types: "bf16", batch: 8, heads: 12, kvHeads: 12, lq: 384, lk: 384, headDim: 64,
      options: ["lengths": "packed"], note: "BERT base, sentences of 192 to 384 without padding"),
  ]
}
