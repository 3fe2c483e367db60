// PairTile.swift: a few rows of A in bfloat16 against a block of a panel of weights in bfloat16.
//
// Per vector of weights one load and MR instructions of two products a lane; MR * 4 sums, one vector of weights and MR broadcasts
// are alive.

#if HONE_BF16
  import CIntrinsics

  /// MR rows, ACC = 4 * MR sums.
  enum PairTile<let MR: Int, let ACC: Int> {
    /// - Parameters:
    ///   - x: the first of the rows, `rowBytes` apart, from step 0 on.
    ///   - units: the part of the panel, in units of two steps.
    @inline(never)
    static func multiply(
      _ x: UnsafeRawPointer, _ rowBytes: Int, _ stream: WeightStream, _ units: Range<Int>,
      _ target: TileTarget
    ) {
      var sums: InlineArray<ACC, FloatVector> = zeros()
      var x = x + 4 * units.lowerBound
      var unit = stream.panel + units.lowerBound * stream.layout.unitBytes
      let end = stream.panel + units.upperBound * stream.layout.unitBytes
      var next = stream.upcoming
      while unit < end {
        next.askFour()
        for v in 0..<panelVectors {
          let weights = CIntrinsics_loadWords(unit + v * lanes * 4)
          for i in 0..<MR {
            let two = (x + i * rowBytes).assumingMemoryBound(to: Int32.self).pointee
            let at = i * panelVectors + v
            sums[at] = CIntrinsics_dotBF16(sums[at], weights, CIntrinsics_everyWord(two))
          }
        }
        x += 4
        unit += stream.layout.unitBytes
      }
      RegisterTile<MR, 4, ACC>.store(sums, target)
    }
  }

  func pairTile(
    _ rows: Int, _ x: UnsafeRawPointer, _ rowBytes: Int, _ stream: WeightStream,
    _ units: Range<Int>, _ target: TileTarget
  ) {
    switch rows {
    case 1: PairTile<1, 4>.multiply(x, rowBytes, stream, units, target)
    case 2: PairTile<2, 8>.multiply(x, rowBytes, stream, units, target)
    case 3: PairTile<3, 12>.multiply(x, rowBytes, stream, units, target)
    case 4: PairTile<4, 16>.multiply(x, rowBytes, stream, units, target)
    case 5: PairTile<5, 20>.multiply(x, rowBytes, stream, units, target)
    default: PairTile<6, 24>.multiply(x, rowBytes, stream, units, target)
    }
  }
#endif
