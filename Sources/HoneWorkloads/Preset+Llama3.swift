// Preset+Llama3.swift: Llama 3 8B: prefill of two prompt lengths and decoding for three batch sizes.

extension Presets {
  private static let hidden = 4096
  private static let intermediate = 14336
  private static let heads = 32
  private static let kvHeads = 8
  private static let headDim = 128
  private static let vocabulary = 128_256
  private static let layers = 32.0
  /// Tokens of context that a decoding step attends to.
  private static let context = 2048

  static let llama3x8B = Workload(
    name: "llama3-8b",
    summary: "Llama 3 8B: prefill of 128 and 512 tokens, decoding for 1, 4 and 16 sequences.",
    source: """
      The published configuration of meta-llama/Meta-Llama-3-8B: hidden 4096, intermediate 14336, 32 heads and 8 key-value heads \
      of 128, vocabulary 128256, 32 layers. Query, key and value projections are one GEMM, gate and up another. \
      Weights are calls per forward pass. In f32, so the weights are twice the size of the published bf16 (the output matrix is \
      2.1 GB). The context of 2048 tokens in decoding is ours.
      """,
    entries: prefill.flatMap(promptPass) + [1, 4, 16].flatMap(decodePass))

  private static let prefill = [128, 512]

  private static func projections(tokens: Int, _ phase: String) -> [WorkloadEntry] {
    let qkv = (heads + 2 * kvHeads) * headDim
    return [
      .linear(rows: tokens, outputs: qkv, inputs: hidden, weight: layers, note: "\(phase), QKV"),
      .linear(
        rows: tokens, outputs: hidden, inputs: heads * headDim, weight: layers,
        note: "\(phase), attention output"),
      .linear(
        rows: tokens, outputs: 2 * intermediate, inputs: hidden, weight: layers,
        note: "\(phase), gate and up"),
      .linear(
        rows: tokens, outputs: hidden, inputs: intermediate, weight: layers,
        note: "\(phase), down"),
    ]
  }

  /// Only the last token of a prompt needs the output matrix; that GEMM is the one of decoding a single sequence.
  private static func promptPass(tokens: Int) -> [WorkloadEntry] {
    projections(tokens: tokens, "prefill \(tokens)") + [
      .attention(
        heads: heads, kvHeads: kvHeads, lq: tokens, lk: tokens, headDim: headDim, mask: "causal",
        weight: layers, note: "prefill \(tokens), attention")
    ]
  }

  private static func decodePass(sequences: Int) -> [WorkloadEntry] {
    let phase = "decode \(sequences)"
    return projections(tokens: sequences, phase) + [
      .linear(rows: sequences, outputs: vocabulary, inputs: hidden, note: "\(phase), lm_head"),
      .attention(
        batch: sequences, heads: heads, kvHeads: kvHeads, lq: 1, lk: context, headDim: headDim,
        weight: layers, operands: .cold, note: "\(phase), attention"),
    ]
  }
}
