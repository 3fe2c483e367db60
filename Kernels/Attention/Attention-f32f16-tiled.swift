// Attention-f32f16-tiled.swift: prefill where floats against a cache of binary16. How: Attention+Tiled.swift.

import CHoneKernel

enum AttentionF32F16: AttentionTypes {
  typealias Outer = F32Head
  typealias Cache = F16Head

  static var tiled: AttentionEntries {
    AttentionEntries(
      check: { TiledAttention<AttentionF32F16>.check($0, $1) },
      workspace: { TiledAttention<AttentionF32F16>.workspace($0, $1, $2) },
      run: { TiledAttention<AttentionF32F16>.run($0, $1, $2, $3) })
  }
}
