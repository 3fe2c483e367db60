// Attention-f32s8-tiled.swift: prefill where floats against a cache of bytes with a scale for each key and head. How: Attention+Tiled.swift.

import CHoneKernel

enum AttentionF32S8: AttentionTypes {
  typealias Outer = F32Head
  typealias Cache = S8Head

  static var tiled: AttentionEntries {
    AttentionEntries(
      check: { TiledAttention<AttentionF32S8>.check($0, $1) },
      workspace: { TiledAttention<AttentionF32S8>.workspace($0, $1, $2) },
      run: { TiledAttention<AttentionF32S8>.run($0, $1, $2, $3) })
  }
}
