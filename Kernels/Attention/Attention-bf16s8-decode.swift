// Attention-bf16s8-decode.swift: decoding where bfloat16 against a cache of bytes with a scale for each key and head. How: Attention+Decode.swift.

import CHoneKernel

extension AttentionBF16S8 {
  static var decode: AttentionEntries {
    AttentionEntries(
      check: { DecodeAttention<Types>.check($0, $1) },
      workspace: { DecodeAttention<Types>.workspace($0, $1, $2) },
      run: { DecodeAttention<Types>.run($0, $1, $2, $3) })
  }

  #if HONE_VNNI
    /// By products of whole numbers (Attention+WordRows.swift).
    enum Types: AttentionTypes {
      typealias Outer = BF16Head
      typealias Cache = S8WordHead
    }
  #else
    typealias Types = AttentionBF16S8
  #endif
}
