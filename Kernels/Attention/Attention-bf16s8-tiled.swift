// Attention-bf16s8-tiled.swift: prefill where bfloat16 against a cache of bytes with a scale for each key and head. How: Attention+Tiled.swift.

import CHoneKernel

enum AttentionBF16S8: AttentionTypes {
  typealias Outer = BF16Head
  typealias Cache = S8Head

  static var tiled: AttentionEntries {
    AttentionEntries(
      check: { TiledAttention<AttentionBF16S8>.check($0, $1) },
      workspace: { TiledAttention<AttentionBF16S8>.workspace($0, $1, $2) },
      run: { TiledAttention<AttentionBF16S8>.run($0, $1, $2, $3) })
  }
}
