// Attention-f32bf16-decode.swift: decoding where floats against a cache of bfloat16. How: Attention+Decode.swift.

import CHoneKernel

extension AttentionF32BF16 {
  static var decode: AttentionEntries {
    AttentionEntries(
      check: { DecodeAttention<AttentionF32BF16>.check($0, $1) },
      workspace: { DecodeAttention<AttentionF32BF16>.workspace($0, $1, $2) },
      run: { DecodeAttention<AttentionF32BF16>.run($0, $1, $2, $3) })
  }
}
