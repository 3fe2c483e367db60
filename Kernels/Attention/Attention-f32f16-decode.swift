// Attention-f32f16-decode.swift: decoding where floats against a cache of binary16. How: Attention+Decode.swift.

import CHoneKernel

extension AttentionF32F16 {
  static var decode: AttentionEntries {
    AttentionEntries(
      check: { DecodeAttention<AttentionF32F16>.check($0, $1) },
      workspace: { DecodeAttention<AttentionF32F16>.workspace($0, $1, $2) },
      run: { DecodeAttention<AttentionF32F16>.run($0, $1, $2, $3) })
  }
}
