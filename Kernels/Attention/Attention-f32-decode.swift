// Attention-f32-decode.swift: decoding where everything is float. How: Attention+Decode.swift.

import CHoneKernel

extension AttentionF32 {
  static var decode: AttentionEntries {
    AttentionEntries(
      check: { DecodeAttention<AttentionF32>.check($0, $1) },
      workspace: { DecodeAttention<AttentionF32>.workspace($0, $1, $2) },
      run: { DecodeAttention<AttentionF32>.run($0, $1, $2, $3) })
  }
}
