// Attention-bf16-pairs.swift: prefill in bfloat16 by products of pairs: twice the multiply-adds of floats in each instruction.
//
// The loops are those of Attention+Tiled.swift. Products are exact, sums are floats; weights are rounded to bfloat16 before they
// meet V, and come from a shorter polynomial (2⁻¹⁸). Operands below 2⁻¹²⁶ count as zero (the instruction's own rule).
// Workspace beside that of the queries: V of a key tile in pairs, and K where it cannot be read in place.

#if HONE_BF16
  import CHoneKernel
  import CIntrinsics

  enum PairAttention {
    typealias Types = AttentionBF16

    /// Bytes from one copied row of K, or pair of rows of V, to the next: a line more than a row, as in AttentionTiling.
    private static func stride(_ dim: Int) -> Int { roundUp(4 * dim, 64) + 64 }

    private static func floats(_ tiling: AttentionTiling, _ call: AttentionCall) -> Int {
      let copied = (isInPlace(call, tiling) ? 1 : 2) * tiling.keyTile / 2 * stride(call.dim)
      return roundUp(tiling.blockFloats(call) + copied / 4, 16)
    }

    /// A last pair of an odd row would take an element of the next.
    private static func isInPlace(_ call: AttentionCall, _ tiling: AttentionTiling) -> Bool {
      call.p.block_size == 0 && call.dim & 1 == 0 && !tiling.packsKeys
    }

    static func check(_ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?) -> Int32 {
      guard AttentionTiling(pairs: parameters) != nil else {
        return Int32(HONE_KERNEL_BAD_ARGUMENT)
      }
      let answer = checkAttention(problem, .bf16)
      guard answer == HONE_KERNEL_OK, let problem else { return answer }
      // Fewer queries leave most lanes empty: they are decoded.
      let queries = problem.assumingMemoryBound(to: hone_attention.self).pointee.lq
      let pays = queries > 4 && CIntrinsics_pairsAreFast() != 0
      return Int32(pays ? HONE_KERNEL_OK : HONE_KERNEL_UNPROFITABLE)
    }

    static func workspace(
      _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?, _ threads: UInt32
    ) -> Int64 {
      guard let tiling = AttentionTiling(pairs: parameters),
        let call = AttentionCall(sizes: problem, Types.self)
      else { return 0 }
      return Int64(4 * floats(tiling, call)) * Int64(threads)
    }

    static func run(
      _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?,
      _ workspace: UnsafeMutableRawPointer?, _ team: UnsafePointer<hone_kernel_team>?
    ) -> Int32 {
      guard let tiling = AttentionTiling(pairs: parameters),
        let call = AttentionCall(problem, team, Types.self), let team = team?.pointee, let workspace
      else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
      let own = floats(tiling, call) * Int(team.index)
      let block = QueryBlock(call, tiling, workspace.assumingMemoryBound(to: Float.self) + own)
      tiling.shareBlocks(call, team) {
        block.meet(
          PairProducts.self, $0, next: $1, load: { load(call, $0, $1, $2) },
          keyTile: { keys(block, $0, $1, $2, $3) })
      }
      return Int32(HONE_KERNEL_OK)
    }

    // MARK: Operands

    private static func keys(
      _ block: QueryBlock, _ s: Sequence, _ h: Int, _ key: Int, _ count: Int
    ) -> KeyTile {
      let (call, dim) = (block.call, block.call.dim)
      let stride = stride(dim)
      let values = UnsafeMutableRawPointer(block.copies)
      for j in 0..<(count + 1) / 2 {
        let first = call.row(call.v, s, h, key + 2 * j)
        // A last row without a neighbour has weight 0 beside it: its own elements are as good as zeros, and finite where they are.
        let second = 2 * j + 1 < count ? call.row(call.v, s, h, key + 2 * j + 1) : first
        CIntrinsics_pairRows(values + j * stride, first, second, Int64(dim))
      }
      if isInPlace(call, block.tiling) {
        return KeyTile(
          keys: call.row(call.k, s, h, key), keyStride: call.k.rowStride, values: values,
          valueStride: stride)
      }
      let copies = values + block.tiling.keyTile / 2 * stride
      for j in 0..<count {
        copyRow(call.row(call.k, s, h, key + j), dim, into: copies + j * (stride / 2))
      }
      return KeyTile(
        keys: copies, keyStride: stride / 2, values: values, valueStride: stride)
    }

    /// A row of 16-bit elements, with a zero behind the last one where their number is odd.
    private static func copyRow(
      _ row: UnsafeRawPointer, _ dim: Int, into copy: UnsafeMutableRawPointer
    ) {
      copy.copyMemory(from: row, byteCount: 2 * dim)
      if dim & 1 == 1 { copy.storeBytes(of: 0, toByteOffset: 2 * dim, as: UInt16.self) }
    }

    /// Pairs of query elements to their lanes, not scaled; the lanes beyond the last get zeros.
    private static func load(
      _ call: AttentionCall, _ tile: LaneTile, _ width: Int, _ part: TilePart
    ) {
      let whole = call.dim / 2
      for lane in 0..<width {
        let row = call.queryRow(call.q, part.s, part.h, part.query + lane)
        let isFirst = lane & 7 == 0 && lane + 8 <= part.queries
        var p = 0
        if lane & ~7 + 8 <= part.queries {
          while p + 8 <= whole {
            if isFirst {
              turn(row + 4 * p, call.q.rowStride, tile.queries + p * width + lane, width)
            }
            p += 8
          }
        }
        while p < whole {
          let pair =
            lane < part.queries ? row.loadUnaligned(fromByteOffset: 4 * p, as: UInt32.self) : 0
          tile.queries[p * width + lane] = Float(bitPattern: pair)
          p += 1
        }
        guard call.dim & 1 == 1 else { continue }
        let last =
          lane < part.queries ? row.loadUnaligned(fromByteOffset: 4 * p, as: UInt16.self) : 0
        tile.queries[p * width + lane] = Float(bitPattern: UInt32(last))
      }
    }

    /// Eight words of each of eight rows, turned.
    @inline(__always)
    private static func turn(
      _ rows: UnsafeMutableRawPointer, _ stride: Int, _ lanes: UnsafeMutablePointer<Float>,
      _ width: Int
    ) {
      CIntrinsics_turnWords8(rows, Int64(stride), lanes, Int64(width))
    }
  }

  extension AttentionBF16 {
    static var pairs: AttentionEntries {
      AttentionEntries(
        check: { PairAttention.check($0, $1) }, workspace: { PairAttention.workspace($0, $1, $2) },
        run: { PairAttention.run($0, $1, $2, $3) })
    }
  }
#endif
