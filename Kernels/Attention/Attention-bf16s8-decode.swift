// Attention-bf16s8-decode.swift: decoding where bfloat16 against a cache of bytes with a scale for each key and head. How: Attention+Decode.swift.

import CHoneKernel

extension AttentionBF16S8 {
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
      typealias Cache = S8PairHead
    }
  #else
    typealias Types = AttentionBF16S8
  #endif
}
