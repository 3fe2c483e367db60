// PanelTile.swift: rows of A against a block of a panel of floats, while the weights that come next are asked for.

import CIntrinsics

#if HONE_REGISTERS_32
  /// Rows of the tallest tile.
  let panelRows = 6

  /// `rows` (1 … panelRows) rows of the block, a panel wide; its alpha is 1.
  func panelProduct(_ rows: Int, _ block: DirectProblem, _ upcoming: UpcomingWeights) {
    switch rows {
    case 1: PanelTile<1, 4>.multiply(block, upcoming)
    case 2: PanelTile<2, 8>.multiply(block, upcoming)
    case 3: PanelTile<3, 12>.multiply(block, upcoming)
    case 4: PanelTile<4, 16>.multiply(block, upcoming)
    case 5: PanelTile<5, 20>.multiply(block, upcoming)
    default: PanelTile<6, 24>.multiply(block, upcoming)
    }
  }

  /// MR rows, four vectors of columns, ACC = 4 * MR sums.
  enum PanelTile<let MR: Int, let ACC: Int> {
    @inline(never)
    static func multiply(_ block: DirectProblem, _ upcoming: UpcomingWeights) {
      var sums: InlineArray<ACC, FloatVector> = zeros()
      var (x, y, p) = (block.x.base, block.y.base, block.k)
      let xRow = block.x.row
      var next = upcoming
      while p > 0 {
        x = CIntrinsics_anyAddress(x)
        next.ask()
        var row: InlineArray<4, FloatVector> = zeros()
        for v in 0..<panelVectors { row[v] = loadVector(y + v * lanes) }
        for i in 0..<MR {
          let factor = FloatVector(repeating: x[i * xRow])
          for v in 0..<panelVectors {
            sums[i * 4 + v] = multiplyAdd(sums[i * 4 + v], factor, row[v])
          }
        }
        x += 1
        y += panelColumns
        p -= 1
      }
      let target = TileTarget(c: block.c, ldc: block.cRow, alpha: 1, beta: block.beta)
      RegisterTile<MR, 4, ACC>.store(sums, target)
    }
  }
#endif
