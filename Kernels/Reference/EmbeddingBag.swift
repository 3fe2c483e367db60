// EmbeddingBag.swift: the oracle of embedding-bag: one bag in Double, by the definition.

public import CHoneKernel

extension Reference {
  /// The pooled row of one bag (f32 table), and for each element the sum of the magnitudes of its terms.
  /// - Returns: dim values, dim magnitudes, and the bag's length.
  public static func embeddingBag(
    _ p: hone_embedding_bag, bag: Int
  ) -> (values: [Double], magnitudes: [Double], length: Int) {
    let dim = Int(p.dim)
    let start = integer(p.offsets, bag, p.index_bytes)
    let end =
      bag + 1 < Int(p.bags) ? integer(p.offsets, bag + 1, p.index_bytes) : Int(p.index_count)
    var values = [Double](repeating: 0, count: dim)
    var magnitudes = values
    guard end > start, let table = floats(p.table) else { return (values, magnitudes, 0) }
    let mean = p.pooling == HONE_POOL_MEAN ? 1 / Double(end - start) : 1
    for look in start..<end {
      let row = table + integer(p.indices, look, p.index_bytes) * Int(p.table_stride)
      let weight = (p.weights.map { Double($0[look]) } ?? 1) * mean
      for d in 0..<dim {
        values[d] += weight * Double(row[d])
        magnitudes[d] += abs(weight * Double(row[d]))
      }
    }
    return (values, magnitudes, end - start)
  }

  private static func integer(_ p: UnsafeRawPointer?, _ index: Int, _ bytes: Int32) -> Int {
    guard let p else { return 0 }
    return bytes == 4
      ? Int(p.loadUnaligned(fromByteOffset: index * 4, as: Int32.self))
      : Int(p.loadUnaligned(fromByteOffset: index * 8, as: Int64.self))
  }
}
