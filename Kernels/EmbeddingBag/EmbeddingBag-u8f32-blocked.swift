// EmbeddingBag-u8f32-blocked.swift: rows of bytes, scale and bias as floats. The algorithm is BlockedBags.swift, the elements EmbeddingBag+Rows.swift.

typealias U8F32Rows = ByteRows<FloatScale>
