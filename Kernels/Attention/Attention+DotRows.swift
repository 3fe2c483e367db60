// Attention+DotRows.swift: scores of decoding by dot products of narrow numbers as they are stored: pairs of bfloat16, bytes that became words.

#if HONE_BF16
  import CHoneKernel
  import CIntrinsics

  /// RB query rows against four key rows. SUMS = 4 RB. Vectors hold 32 elements.
  private enum DotRows<let RB: Int, let SUMS: Int> {
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
      for i in 0..<SUMS { sums[i] = F.floats(sums[i]) }
      KeyRows<RB, SUMS>.storeSums(sums, scale: scale, into: scores, scoreStride)
    }

    @inline(__always)
    private static func add<F: HeadFormat>(
      _ format: F.Type, _ dim: Int, _ key: UnsafeRawPointer, _ c: Int,
      _ queries: UnsafePointer<Float>, _ stride: Int, _ sums: inout Sums
    ) {
      var d = 0
      while d + 128 <= dim {
        for u in 0..<4 {
          let k = F.load32(key, d + 32 * u, 32)
          add(F.self, k, c, queries + d / 2 + u * lanes, stride, &sums)
        }
        d += 128
      }
      while d < dim {
        let k = F.load32(key, d, Int64(min(32, dim - d)))
        add(F.self, k, c, queries + d / 2, stride, &sums)
        d += 32
      }
    }

    @inline(__always)
    private static func add<F: HeadFormat>(
      _ format: F.Type, _ key: FloatVector, _ c: Int, _ queries: UnsafePointer<Float>,
      _ stride: Int, _ sums: inout Sums
    ) {
      for r in 0..<RB {
        sums[4 * r + c] = F.addProducts(sums[4 * r + c], loadVector(queries + r * stride), key)
      }
    }
  }

  extension CacheReader {
    @inline(never)
    func computeDotScores(_ tile: CacheTile) {
      let (width, stride) = (layout.width, layout.scoreWidth)
      // Words are scaled with the keys' scales.
      let scale = F.isWords ? 1 : call.scale
      var j = 0
      while j < tile.count {
        let four = FourRows(
          call, call.k, tile.s, tile.h, tile.key + j, end: tile.key + tile.count)
        askAhead(call.k, tile, j, keys: 4)
        leadOn(call.k, tile, j, keys: 4)
        let target = scores + j
        var r = 0
        while r + 4 <= tile.rows {
          DotRows<4, 16>.scores(
            F.self, call.dim, four, queries + r * width, width, scale: scale,
            into: target + r * stride, stride)
          r += 4
        }
        while r < tile.rows {
          DotRows<1, 4>.scores(
            F.self, call.dim, four, queries + r * width, width, scale: scale,
            into: target + r * stride, stride)
          r += 1
        }
        j += 4
      }
    }
  }
#else
  extension CacheReader {
    // No format of this build has dot products.
    func computeDotScores(_ tile: CacheTile) {}
  }
#endif
