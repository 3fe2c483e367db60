// Attention-f32-tiled.swift: prefill where everything is float. How: Attention+Tiled.swift.

import CHoneKernel

enum AttentionF32: AttentionTypes {
  typealias Outer = F32Head
  typealias Cache = F32Head

  static var tiled: AttentionEntries {
    AttentionEntries(
      check: { TiledAttention<AttentionF32>.check($0, $1) },
      workspace: { TiledAttention<AttentionF32>.workspace($0, $1, $2) },
      run: { TiledAttention<AttentionF32>.run($0, $1, $2, $3) })
  }
}
