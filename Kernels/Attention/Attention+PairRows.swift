// Attention+PairRows.swift: the inner loops of decoding in bfloat16 by products of pairs: no conversion, half the multiply-adds.
//
// Scores take pairs along the head size, as K has them. Values take pairs of keys: two rows of V are brought together by two
// permutations for 32 columns, eight keys at a time, so that outputs are loaded and stored once for eight.

#if HONE_BF16
  import CHoneKernel
  import CIntrinsics

  /// bfloat16 that is multiplied in pairs.
  enum BF16PairHead: HeadFormat {
    @inline(__always) static var element: Element { .bf16 }
    @inline(__always) static var isPaired: Bool { true }
    @inline(__always)
    static func load(_ row: UnsafeRawPointer, _ d: Int) -> FloatVector { BF16Head.load(row, d) }
    @inline(__always)
    static func loadPartial(_ row: UnsafeRawPointer, _ d: Int, count: Int) -> FloatVector {
      BF16Head.loadPartial(row, d, count: count)
    }
    @inline(__always)
    static func loadPairs(_ row: UnsafeRawPointer, _ d: Int, _ count: Int64) -> FloatVector {
      CIntrinsics_loadPairs(row + 2 * d, count)
    }
  }

  /// RB query rows against four key rows. SUMS = 4 RB.
  private enum PairRows<let RB: Int, let SUMS: Int> {
    typealias Sums = InlineArray<SUMS, FloatVector>

    /// scores[r][0..<4] = scale · queries[r] · keys. Rows of queries are padded with zeros to 32 elements.
    @inline(__always)
    static func scores<F: HeadFormat>(
      _ format: F.Type, _ dim: Int, _ keys: FourRows, _ queries: UnsafePointer<Float>,
      _ queryStride: Int, scale: Float, into scores: UnsafeMutablePointer<Float>,
      _ scoreStride: Int
    ) {
      var sums: Sums = zeros()
      add(F.self, dim, keys.row0, 0, queries, queryStride, &sums)
      add(F.self, dim, keys.row1, 1, queries, queryStride, &sums)
      add(F.self, dim, keys.row2, 2, queries, queryStride, &sums)
      add(F.self, dim, keys.row3, 3, queries, queryStride, &sums)
      KeyRows<RB, SUMS>.storeSums(sums, scale: scale, into: scores, scoreStride)
    }

    @inline(__always)
    private static func add<F: HeadFormat>(
      _ format: F.Type, _ dim: Int, _ key: UnsafeRawPointer, _ c: Int,
      _ queries: UnsafePointer<Float>, _ stride: Int, _ sums: inout Sums
    ) {
      var d = 0
      while d < dim {
        let k = F.loadPairs(key, d, Int64(min(32, dim - d)))
        for r in 0..<RB {
          let q = loadVector(queries + r * stride + d / 2)
          sums[4 * r + c] = CIntrinsics_addPairs(sums[4 * r + c], q, k)
        }
        d += 32
      }
    }
  }

  /// RB output rows and NC times 32 columns: SUMS = 2 RB NC. Weights of a block are bfloat16 here.
  private enum PairValues<let RB: Int, let NC: Int, let SUMS: Int> {
    @inline(__always)
    static func add<F: HeadFormat>(_ format: F.Type, _ block: ValueBlock, _ r: Int) {
      var d = 0
      while d + 32 * NC <= block.dim {
        addColumns(F.self, block, r, d)
        d += 32 * NC
      }
      while d < block.dim {
        PairValues<RB, 1, SUMS>.addColumns(F.self, block, r, d)
        d += 32
      }
    }

    /// An odd last row is its own neighbour: the weight beside its own is zero.
    @inline(__always)
    private static func addColumns<F: HeadFormat>(
      _ format: F.Type, _ block: ValueBlock, _ r: Int, _ d: Int
    ) {
      var sums: InlineArray<SUMS, FloatVector> = zeros()
      let outputs = block.outputs + r * block.outputStride + d
      for i in 0..<RB {
        for v in 0..<2 * NC {
          sums[2 * i * NC + v] = loadVector(outputs + i * block.outputStride + v * lanes)
        }
      }
      var weights = UnsafeRawPointer(block.weights) + 4 * r * block.weightStride
      var (value, j) = (block.first, 0)
      while j < block.count {
        let next = value + (j + 1 < block.count ? block.stride : 0)
        for c in 0..<NC {
          let count = Int64(min(32, block.dim - d - 32 * c))
          let a = F.loadPairs(value, d + 32 * c, count)
          let b = F.loadPairs(next, d + 32 * c, count)
          let (low, high) = (CIntrinsics_pairHalf(a, b, 0), CIntrinsics_pairHalf(a, b, 1))
          for i in 0..<RB {
            let weight = CIntrinsics_everyPair(weights + 4 * i * block.weightStride)
            let at = 2 * (i * NC + c)
            sums[at] = CIntrinsics_addPairs(sums[at], weight, low)
            sums[at + 1] = CIntrinsics_addPairs(sums[at + 1], weight, high)
          }
        }
        value += 2 * block.stride
        weights += 4
        j += 2
      }
      for i in 0..<RB {
        for v in 0..<2 * NC {
          storeVector(sums[2 * i * NC + v], outputs + i * block.outputStride + v * lanes)
        }
      }
    }
  }

  extension CacheReader {
    /// A row of bfloat16 as it is, with zeros up to 32 elements.
    func copyPairs(_ row: UnsafeRawPointer, into copy: UnsafeMutablePointer<Float>) {
      var d = 0
      while d < call.dim {
        storeVector(CIntrinsics_loadPairs(row + 2 * d, Int64(min(32, call.dim - d))), copy + d / 2)
        d += 32
      }
    }

    @inline(never)
    func computePairScores(_ tile: CacheTile) {
      let (width, stride, scale) = (layout.width, layout.scoreWidth, call.scale)
      var j = 0
      while j < tile.count {
        let four = FourRows(
          call, call.k, tile.s, tile.h, tile.key + j, end: tile.key + tile.count)
        askAhead(call.k, tile, j, keys: 4)
        let target = scores + j
        var r = 0
        while r + 4 <= tile.rows {
          PairRows<4, 16>.scores(
            F.self, call.dim, four, queries + r * width, width, scale: scale,
            into: target + r * stride, stride)
          r += 4
        }
        while r < tile.rows {
          PairRows<1, 4>.scores(
            F.self, call.dim, four, queries + r * width, width, scale: scale,
            into: target + r * stride, stride)
          r += 1
        }
        j += 4
      }
    }

    /// Scores are weights in bfloat16 by now; those beyond the tile's last key are zero.
    @inline(never)
    func addPairValues(_ tile: CacheTile, _ slot: DecodeSlot) {
      var j = 0
      while j < tile.count {
        let block = pairValues(tile, j, slot, most: 16)
        askAhead(call.v, tile, j, keys: block.count)
        var r = 0
        while r + 4 <= tile.rows {
          PairValues<4, 2, 16>.add(F.self, block, r)
          r += 4
        }
        while r + 2 <= tile.rows {
          PairValues<2, 4, 16>.add(F.self, block, r)
          r += 2
        }
        if r < tile.rows { PairValues<1, 4, 8>.add(F.self, block, r) }
        j += block.count
      }
    }

    /// A pair of weights belongs to an even key and the next: a block ends before an even key or with the tile. Two keys in different
    /// pages are as far apart as they are.
    func pairValues(_ tile: CacheTile, _ j: Int, _ slot: DecodeSlot, most: Int) -> ValueBlock {
      let key = tile.key + j
      let first = call.row(call.v, tile.s, tile.h, key)
      var (count, stride) = (min(most, tile.count - j, call.run(key)), call.v.rowStride)
      if count == 1 && j + 1 < tile.count {
        (count, stride) = (2, call.row(call.v, tile.s, tile.h, key + 1) - first)
      } else if j + count < tile.count {
        count &= ~1
      }
      let weights = (UnsafeRawPointer(scores) + 2 * j).assumingMemoryBound(to: Float.self)
      return ValueBlock(
        first: first, stride: stride, count: count, dim: call.dim, weights: weights,
        weightStride: layout.scoreWidth, outputs: slot.outputs, outputStride: layout.width)
    }
  }
#else
  extension CacheReader {
    // No format of this build is paired.
    func copyPairs(_ row: UnsafeRawPointer, into copy: UnsafeMutablePointer<Float>) {}
    func computePairScores(_ tile: CacheTile) {}
    func addPairValues(_ tile: CacheTile, _ slot: DecodeSlot) {}
  }
#endif
