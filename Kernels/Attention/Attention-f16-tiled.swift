// Attention-f16-tiled.swift: prefill where everything is binary16, sums are floats. How: Attention+Tiled.swift.

import CHoneKernel

enum AttentionF16: AttentionTypes {
  typealias Outer = F16Head
  typealias Cache = F16Head

  static var tiled: AttentionEntries {
    AttentionEntries(
      check: { TiledAttention<AttentionF16>.check($0, $1) },
      workspace: { TiledAttention<AttentionF16>.workspace($0, $1, $2) },
      run: { TiledAttention<AttentionF16>.run($0, $1, $2, $3) })
  }
}
