// Attention-bf16-tiled.swift: prefill where everything is bfloat16, sums are floats. How: Attention+Tiled.swift.

import CHoneKernel

enum AttentionBF16: AttentionTypes {
  typealias Outer = BF16Head
  typealias Cache = BF16Head

  static var tiled: AttentionEntries {
    AttentionEntries(
      check: { TiledAttention<AttentionBF16>.check($0, $1) },
      workspace: { TiledAttention<AttentionBF16>.workspace($0, $1, $2) },
      run: { TiledAttention<AttentionBF16>.run($0, $1, $2, $3) })
  }
}
