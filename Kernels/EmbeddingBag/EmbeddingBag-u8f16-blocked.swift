// EmbeddingBag-u8f16-blocked.swift: rows of bytes, scale and bias as binary16. The algorithm is BlockedBags.swift, the elements EmbeddingBag+Rows.swift.

typealias U8F16Rows = ByteRows<HalfScale>
