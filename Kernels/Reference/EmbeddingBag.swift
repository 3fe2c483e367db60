// EmbeddingBag.swift: the oracle of embedding-bag: one bag in Double, by the definition.

public import CHoneKernel

/// What a bag must be.
public struct ExpectedBag: Sendable {
  /// One value a column.
  public var values: [Double]
  /// For each column the sum (for a maximum: the largest) of the magnitudes of its terms; a scaled element counts |q · scale| + |bias|.
  public var magnitudes: [Double]
  /// Look-ups of the bag.
  public var length: Int
}

extension Reference {
  /// The joined row of one bag, before it is rounded to the output's type.
  public static func embeddingBag(
    _ p: hone_embedding_bag, _ type: BagRowType, bag: Int
  ) -> ExpectedBag {
    let dim = Int(p.dim)
    let (start, end) = borders(p, bag)
    var result = ExpectedBag(
      values: [Double](repeating: 0, count: dim), magnitudes: [Double](repeating: 0, count: dim),
      length: max(0, end - start))
    guard end > start, let table = p.table else { return result }
    let mean = p.pooling == HONE_POOL_MEAN ? 1 / Double(end - start) : 1
    for look in start..<end {
      let index = integer(p.indices, look, p.index_bytes)
      let row = type.row(
        table + index * Int(p.table_stride) * type.strideUnit, dim, first: p.scales_first != 0)
      let weight = (p.weights.map { Double($0[look]) } ?? 1) * mean
      if p.pooling == HONE_POOL_MAX {
        result.takeLargest(row, isFirst: look == start)
      } else {
        result.add(row, times: weight)
      }
    }
    return result
  }

  /// The look-ups of a bag, by the way in which the problem tells them.
  private static func borders(_ p: hone_embedding_bag, _ bag: Int) -> (Int, Int) {
    if p.pooling == HONE_POOL_NONE { return (bag, bag + 1) }
    if p.bag_form == HONE_BAGS_LENGTHS {
      let start = (0..<bag).reduce(0) { $0 + integer(p.offsets, $1, p.index_bytes) }
      return (start, start + integer(p.offsets, bag, p.index_bytes))
    }
    let isLast = p.bag_form == HONE_BAGS_STARTS && bag + 1 == Int(p.bags)
    let end = isLast ? Int(p.index_count) : integer(p.offsets, bag + 1, p.index_bytes)
    return (integer(p.offsets, bag, p.index_bytes), end)
  }

  private static func integer(_ p: UnsafeRawPointer?, _ index: Int, _ bytes: Int32) -> Int {
    guard let p else { return 0 }
    return bytes == 4
      ? Int(p.loadUnaligned(fromByteOffset: index * 4, as: Int32.self))
      : Int(p.loadUnaligned(fromByteOffset: index * 8, as: Int64.self))
  }
}

extension ExpectedBag {
  fileprivate mutating func add(_ row: (values: [Double], magnitudes: [Double]), times: Double) {
    for d in values.indices {
      values[d] += times * row.values[d]
      magnitudes[d] += abs(times) * row.magnitudes[d]
    }
  }

  fileprivate mutating func takeLargest(
    _ row: (values: [Double], magnitudes: [Double]), isFirst: Bool
  ) {
    for d in values.indices {
      let (old, new) = (values[d], row.values[d])
      values[d] = isFirst || new.isNaN ? new : old.isNaN ? old : max(old, new)
      magnitudes[d] = isFirst ? row.magnitudes[d] : max(magnitudes[d], row.magnitudes[d])
    }
  }
}
