// Attention+WordRows.swift: the inner loops of decoding with a cache of bytes in whole numbers: bytes become words, products are VNNI's.
//
// A query row is rounded to 16 bits with one scale, the weights of 32 keys with one scale; bytes are what they are. Products and sums are
// exact in 32 bits: 32767 · 128 times 512 elements, or 32 keys, stay below 2^31. An instruction multiplies 32 pairs, twice as many as in
// floats, and turns 32 bytes into words where floats take two for 16.
//
//   scores    sums[r][c] += query words[r] · key c
//   values    sums[r]    += weight words[r][j j+1] · (value j, value j+1)      then outputs += scale · sums, once for 32 keys

/// Keys whose weights share a scale.
let wordBlock = 32

#if HONE_VNNI
  import CHoneKernel
  import CIntrinsics

  /// Bytes that meet words of 16 bits.
  enum S8WordHead: DotHead {
    typealias Plain = S8Head
    @inline(__always) static var isWords: Bool { true }
    @inline(__always)
    static func load32(_ row: UnsafeRawPointer, _ d: Int, _ count: Int64) -> FloatVector {
      CIntrinsics_bytesToWords(row + d, count)
    }
    @inline(__always)
    static func addProducts(_ sum: FloatVector, _ x: FloatVector, _ y: FloatVector) -> FloatVector {
      CIntrinsics_addWords(sum, x, y)
    }
    @inline(__always)
    static func floats(_ sum: FloatVector) -> FloatVector { CIntrinsics_wordSums(sum) }
  }

  /// RB output rows and NC times 32 columns: SUMS = 2 RB NC. Weights of a block are words here.
  private enum WordValues<let RB: Int, let NC: Int, let SUMS: Int> {
    /// - Parameter factors: of row r of the block, RB of them `factorStride` apart.
    @inline(__always)
    static func add(
      _ block: ValueBlock, _ r: Int, _ factors: UnsafePointer<Float>, _ factorStride: Int
    ) {
      var d = 0
      while d + 32 * NC <= block.dim {
        addColumns(block, r, d, factors, factorStride, isWhole: true)
        d += 32 * NC
      }
      while d < block.dim {
        WordValues<RB, 1, SUMS>.addColumns(block, r, d, factors, factorStride, isWhole: false)
        d += 32
      }
    }

    /// An odd last row is its own neighbour: the weight beside its own is zero.
    @inline(__always)
    private static func addColumns(
      _ block: ValueBlock, _ r: Int, _ d: Int, _ factors: UnsafePointer<Float>,
      _ factorStride: Int, isWhole: Bool
    ) {
      var sums: InlineArray<SUMS, FloatVector> = zeros()
      var weights = UnsafeRawPointer(block.weights) + 4 * r * block.weightStride
      var (value, j) = (block.first + d, 0)
      while j < block.count {
        let next = value + (j + 1 < block.count ? block.stride : 0)
        for c in 0..<NC {
          let count = isWhole ? 32 : Int64(min(32, block.dim - d - 32 * c))
          let low = CIntrinsics_wordPairs(value + 32 * c, next + 32 * c, count, 0)
          let high = CIntrinsics_wordPairs(value + 32 * c, next + 32 * c, count, 1)
          for i in 0..<RB {
            let weight = CIntrinsics_everyWords(weights + 4 * i * block.weightStride)
            let at = 2 * (i * NC + c)
            sums[at] = CIntrinsics_addWords(sums[at], weight, low)
            sums[at + 1] = CIntrinsics_addWords(sums[at + 1], weight, high)
          }
        }
        value += 2 * block.stride
        weights += 4
        j += 2
      }
      for i in 0..<RB {
        let factor = FloatVector(repeating: factors[i * factorStride])
        for c in 0..<NC {
          let output = block.outputs + (r + i) * block.outputStride + d + 32 * c
          let (low, high) = (sums[2 * (i * NC + c)], sums[2 * (i * NC + c) + 1])
          for half in 0..<2 {
            let part = CIntrinsics_gatherColumns(low, high, Int64(half))
            let at = output + half * lanes
            storeVector(multiplyAdd(loadVector(at), factor, part), at)
          }
        }
      }
    }
  }

  extension CacheReader {
    /// A row of floats as words with one scale, which stands behind them, zeros up to 32 elements. A row that is not finite gets a scale
    /// that makes its scores NaN.
    func copyWords(_ row: UnsafeRawPointer, into copy: UnsafeMutablePointer<Float>) {
      let element = call.q.element
      var (top, check) = (FloatVector(repeating: 0), FloatVector(repeating: 0))
      var d = 0
      while d < call.dim {
        let x = element.load(row, d, count: min(lanes, call.dim - d))
        top = FloatVector(repeating: CIntrinsics_largestSize(top, x))
        check += x * 0
        d += lanes
      }
      let most = call.dim <= 512 ? Float(32767) : Float((1 << 24) / call.dim)
      let largest = top[0]
      let up = FloatVector(repeating: largest > 0 ? most / largest : 0)
      d = 0
      while d < layout.width {
        let count = min(lanes, call.dim - d)
        let x = count > 0 ? element.load(row, d, count: count) : FloatVector(repeating: 0)
        CIntrinsics_storeWords(UnsafeMutableRawPointer(copy) + 2 * d, x * up)
        d += lanes
      }
      copy[layout.width / 2] = largest / most * call.scale + check.sum()
    }

    /// The weights of a row as words, in place, and the scale of each block of them.
    func roundToWords(_ r: Int, _ padded: Int) {
      let row = scores + r * layout.scoreWidth
      var j = 0
      while j < padded {
        let first = loadVector(row + j)
        let second =
          j + lanes < padded ? loadVector(row + j + lanes) : FloatVector(repeating: 0)
        // v's scales may be negative.
        let top = CIntrinsics_largestSize(first, second)
        let up = FloatVector(repeating: top > 0 ? 32767 / top : 0)
        let words = UnsafeMutableRawPointer(row) + 2 * j
        CIntrinsics_storeWords(words, first * up)
        CIntrinsics_storeWords(words + 2 * lanes, second * up)
        factors[r * layout.factorStride + j / wordBlock] = top / 32767
        j += wordBlock
      }
    }

    @inline(never)
    func addWordValues(_ tile: CacheTile, _ slot: DecodeSlot) {
      let stride = layout.factorStride
      var j = 0
      while j < tile.count {
        let block = pairValues(tile, j, slot, most: wordBlock - j % wordBlock)
        askAhead(call.v, tile, j, keys: block.count)
        leadOn(call.v, tile, j, keys: block.count)
        let factors = factors + j / wordBlock
        var r = 0
        while r + 4 <= tile.rows {
          WordValues<4, 2, 16>.add(block, r, factors + r * stride, stride)
          r += 4
        }
        while r + 2 <= tile.rows {
          WordValues<2, 4, 16>.add(block, r, factors + r * stride, stride)
          r += 2
        }
        if r < tile.rows { WordValues<1, 4, 8>.add(block, r, factors + r * stride, stride) }
        j += block.count
      }
    }
  }
#else
  extension CacheReader {
    // No format of this build is words.
    func copyWords(_ row: UnsafeRawPointer, into copy: UnsafeMutablePointer<Float>) {}
    func roundToWords(_ r: Int, _ padded: Int) {}
    func addWordValues(_ tile: CacheTile, _ slot: DecodeSlot) {}
  }
#endif
