// EmbeddingBag-u4f32-blocked.swift: rows of nibbles, scale and bias as floats. The algorithm is BlockedBags.swift, the elements EmbeddingBag+Rows.swift.

typealias U4F32Rows = NibbleRows<FloatScale>
