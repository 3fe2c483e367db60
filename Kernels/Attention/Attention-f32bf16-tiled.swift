// Attention-f32bf16-tiled.swift: prefill where floats against a cache of bfloat16. How: Attention+Tiled.swift.

import CHoneKernel

enum AttentionF32BF16: AttentionTypes {
  typealias Outer = F32Head
  typealias Cache = BF16Head

  static var tiled: AttentionEntries {
    AttentionEntries(
      check: { TiledAttention<AttentionF32BF16>.check($0, $1) },
      workspace: { TiledAttention<AttentionF32BF16>.workspace($0, $1, $2) },
      run: { TiledAttention<AttentionF32BF16>.run($0, $1, $2, $3) })
  }
}
