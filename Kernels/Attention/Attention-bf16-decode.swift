// Attention-bf16-decode.swift: decoding where everything is bfloat16, sums are floats. How: Attention+Decode.swift.

import CHoneKernel

extension AttentionBF16 {
  static var decode: AttentionEntries {
    AttentionEntries(
      check: { DecodeAttention<Types>.check($0, $1) },
      workspace: { DecodeAttention<Types>.workspace($0, $1, $2) },
      run: { DecodeAttention<Types>.run($0, $1, $2, $3) })
  }

  #if HONE_BF16
    /// By products of pairs (Attention+PairRows.swift).
    enum Types: AttentionTypes {
      typealias Outer = BF16Head
      typealias Cache = BF16PairHead
    }
  #else
    typealias Types = AttentionBF16
  #endif
}
