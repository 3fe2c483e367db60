// Preset+StableDiffusion.swift: the UNet of Stable Diffusion 1.5 at 512 × 512: one call of its transformer blocks.

extension Presets {
  /// The prompt with and without guidance goes through the UNet together.
  private static let images = 2
  private static let heads = 8
  /// Tokens of the text encoder and the length of their vectors.
  private static let textTokens = 77
  private static let textChannels = 768

  /// Channels, tokens per image, and how many transformer blocks there are: down 2 and up 3 per level, 1 in the middle.
  private static let levels: [(channels: Int, tokens: Int, blocks: Double)] = [
    (320, 4096, 5), (640, 1024, 5), (1280, 256, 5), (1280, 64, 1),
  ]

  static let stableDiffusion15 = Workload(
    name: "sd15",
    summary: "Stable Diffusion 1.5 at 512 × 512: the transformer blocks of one UNet call.",
    source: """
      The published UNet configuration of Stable Diffusion 1.5 (block_out_channels 320, 640, 1280, 1280; 8 heads; \
      cross_attention_dim 768; 2 layers per block): 64 × 64 latents give 4096, 1024, 256 and 64 tokens. Two images a call \
      (classifier-free guidance). Weights are calls per UNet call. The 3 × 3 convolutions are left out: Hone has no convolution.
      """,
    entries: levels.flatMap(block))

  private static func block(channels: Int, tokens: Int, blocks: Double) -> [WorkloadEntry] {
    let rows = images * tokens
    let place = "\(channels) channels, \(tokens) tokens"
    func linear(_ rows: Int, _ outputs: Int, _ inputs: Int, _ calls: Double, _ what: String)
      -> WorkloadEntry
    {
      .linear(
        rows: rows, outputs: outputs, inputs: inputs, weight: calls * blocks,
        note: "\(place): \(what)")
    }
    func attention(_ lk: Int, _ what: String) -> WorkloadEntry {
      .attention(
        batch: images, heads: heads, kvHeads: heads, lq: tokens, lk: lk,
        headDim: channels / heads, weight: blocks, note: "\(place): \(what)")
    }
    return [
      // Into and out of the block (1 × 1 convolutions), Q, K, V and output of self-attention, Q and output of cross-attention.
      linear(rows, channels, channels, 8, "projections"),
      linear(images * textTokens, channels, textChannels, 2, "keys and values of the text"),
      linear(rows, 8 * channels, channels, 1, "feed-forward in (GEGLU)"),
      linear(rows, channels, 4 * channels, 1, "feed-forward out"),
      attention(tokens, "self-attention"),
      attention(textTokens, "cross-attention"),
    ]
  }
}
