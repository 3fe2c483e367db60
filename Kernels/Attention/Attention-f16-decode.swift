// Attention-f16-decode.swift: decoding where everything is binary16, sums are floats. How: Attention+Decode.swift.

import CHoneKernel

extension AttentionF16 {
  static var decode: AttentionEntries {
    AttentionEntries(
      check: { DecodeAttention<AttentionF16>.check($0, $1) },
      workspace: { DecodeAttention<AttentionF16>.workspace($0, $1, $2) },
      run: { DecodeAttention<AttentionF16>.run($0, $1, $2, $3) })
  }
}
