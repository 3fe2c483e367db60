// EmbeddingBag+Block.swift: the inner loop: one bag's look-ups summed for a block of columns held in registers.

/// `NV` vectors of columns, summed over the rows of one bag. Registers: NV sums and 1 weight; rows are read by the
/// multiply-add itself.
enum BagBlock<let NV: Int> {
  /// `ahead`: does this pass prefetch?
  @inline(__always)
  static func sum<Index>(
    _ bags: Bags<Index>, _ lookups: Range<Int>, column: Int,
    into output: UnsafeMutablePointer<Float>, _ prefetch: RowPrefetch, ahead: Bool
  ) {
    var sums: InlineArray<NV, FloatVector> = zeros()
    var i = lookups.lowerBound
    if ahead {
      let end = min(lookups.upperBound, prefetch.end)
      while i < end {
        add(bags, i, column, &sums)
        prefetch(bags, i)
        i += 1
      }
    }
    while i < lookups.upperBound {
      add(bags, i, column, &sums)
      i += 1
    }
    let scale = FloatVector(repeating: bags.scale(lookups.count))
    for v in 0..<NV { storeVector(sums[v] * scale, output + column + v * lanes) }
  }

  @inline(__always)
  private static func add<Index>(
    _ bags: Bags<Index>, _ i: Int, _ column: Int, _ sums: inout InlineArray<NV, FloatVector>
  ) {
    let row = bags.row(i) + column
    let weight = FloatVector(repeating: bags.weights[i &* bags.weightStep])
    for v in 0..<NV { sums[v] = multiplyAdd(sums[v], weight, loadVector(row + v * lanes)) }
  }
}

/// Bags whose rows are shorter than one vector: four columns at a time, then one.
enum NarrowBag {
  static func sum<Index>(
    _ bags: Bags<Index>, _ lookups: Range<Int>, into output: UnsafeMutablePointer<Float>,
    _ prefetch: RowPrefetch
  ) {
    var next = lookups.lowerBound
    while next < min(lookups.upperBound, prefetch.end) {
      prefetch(bags, next)
      next += 1
    }
    let scale = bags.scale(lookups.count)
    var column = 0
    while column + 4 <= bags.dim {
      var sum = SIMD4<Float>(repeating: 0)
      for i in lookups {
        let row = UnsafeRawPointer(bags.row(i) + column).loadUnaligned(as: SIMD4<Float>.self)
        sum += row * bags.weights[i &* bags.weightStep]
      }
      UnsafeMutableRawPointer(output + column).storeBytes(of: sum * scale, as: SIMD4<Float>.self)
      column += 4
    }
    while column < bags.dim {
      var sum: Float = 0
      for i in lookups { sum += bags.row(i)[column] * bags.weights[i &* bags.weightStep] }
      output[column] = sum * scale
      column += 1
    }
  }
}
