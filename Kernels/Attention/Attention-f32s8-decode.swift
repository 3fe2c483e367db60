// Attention-f32s8-decode.swift: decoding where floats against a cache of bytes with a scale for each key and head. How: Attention+Decode.swift.

import CHoneKernel

extension AttentionF32S8 {
  static var decode: AttentionEntries {
    AttentionEntries(
      check: { DecodeAttention<AttentionF32S8>.check($0, $1) },
      workspace: { DecodeAttention<AttentionF32S8>.workspace($0, $1, $2) },
      run: { DecodeAttention<AttentionF32S8>.run($0, $1, $2, $3) })
  }
}
