// Attention+PairRows.swift: the inner loops of decoding in bfloat16 by products of pairs: no conversion, half the multiply-adds.
//
// Scores take pairs along the head size, as K has them. Values take pairs of keys: two rows of V are brought together by two
// permutations for 32 columns, eight keys at a time, so that outputs are loaded and stored once for eight.

#if HONE_BF16
  import CHoneKernel
  import CIntrinsics

  /// bfloat16 that is multiplied in pairs.
  enum BF16PairHead: DotHead {
    typealias Plain = BF16Head
    @inline(__always) static var isPaired: Bool { true }
    @inline(__always)
    static func load32(_ row: UnsafeRawPointer, _ d: Int, _ count: Int64) -> FloatVector {
      CIntrinsics_loadPairs(row + 2 * d, count)
    }
    @inline(__always)
    static func addProducts(_ sum: FloatVector, _ x: FloatVector, _ y: FloatVector) -> FloatVector {
      CIntrinsics_addPairs(sum, x, y)
    }
  }

  /// RB output rows and NC times 32 columns: SUMS = 2 RB NC. Weights of a block are bfloat16 here.
  private enum PairValues<let RB: Int, let NC: Int, let SUMS: Int> {
    @inline(__always)
    static func add<F: HeadFormat>(_ format: F.Type, _ block: ValueBlock, _ r: Int) {
      var d = 0
      while d + 32 * NC <= block.dim {
        addColumns(F.self, block, r, d, isWhole: true)
        d += 32 * NC
      }
      while d < block.dim {
        PairValues<RB, 1, SUMS>.addColumns(F.self, block, r, d, isWhole: false)
        d += 32
      }
    }

    /// An odd last row is its own neighbour: the weight beside its own is zero.
    @inline(__always)
    private static func addColumns<F: HeadFormat>(
      _ format: F.Type, _ block: ValueBlock, _ r: Int, _ d: Int, isWhole: Bool
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
          let count = isWhole ? 32 : Int64(min(32, block.dim - d - 32 * c))
          let a = F.load32(value, d + 32 * c, count)
          let b = F.load32(next, d + 32 * c, count)
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

    /// Scores are weights in bfloat16 by now; those beyond the tile's last key are zero.
    @inline(never)
    func addPairValues(_ tile: CacheTile, _ slot: DecodeSlot) {
      var j = 0
      while j < tile.count {
        let block = pairValues(tile, j, slot, most: 16)
        askAhead(call.v, tile, j, keys: block.count)
        leadOn(call.v, tile, j, keys: block.count)
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
    func addPairValues(_ tile: CacheTile, _ slot: DecodeSlot) {}
  }
#endif
