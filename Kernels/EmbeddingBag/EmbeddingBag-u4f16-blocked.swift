// EmbeddingBag-u4f16-blocked.swift: rows of nibbles, scale and bias as binary16. The algorithm is BlockedBags.swift, the elements EmbeddingBag+Rows.swift.

typealias U4F16Rows = NibbleRows<HalfScale>
