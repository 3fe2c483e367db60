// ByteRows.swift: A that comes in bytes, copied as signed bytes, with what its scales and zero points add to the sums.
//
//     A[i][l] = (q[i][l] - zero[i]) * scale[i];   u8 is stored as q - 128, and its zero as much lower

import CHoneKernel

extension RoundedRows {
  /// This thread's rows of a problem whose A is u8 or s8.
  func fill(bytesOf p: hone_gemm, _ team: hone_kernel_team) {
    guard let a = p.a else { return }
    let shift: Int32 = p.a_type == HONE_TYPE_U8 ? 128 : 0
    let (row, step) = p.trans_a != 0 ? (1, Int(p.lda)) : (Int(p.lda), 1)
    for i in share(of: Int(p.m), unit: 1, index: Int(team.index), count: Int(team.count)) {
      let target = bytes + i * RoundedRows.depth(layout)
      sums[i] = copy(a + i * row, step, Int(p.k), flip: UInt8(truncatingIfNeeded: shift), target)
      let at = p.a_row_scales != 0 ? i : 0
      scales[i] = Float(p.alpha) * (p.a_scales.map { $0[at] } ?? 1)
      zeros[i] = (p.a_zero_points != 0 ? p.a_zeros.map { $0[at] } ?? 0 : 0) &- shift
    }
  }

  /// A row and zeros behind it; returns the sum of what was stored.
  private func copy(
    _ source: UnsafeRawPointer, _ step: Int, _ k: Int, flip: UInt8,
    _ target: UnsafeMutablePointer<Int8>
  ) -> Int32 {
    let source = source.assumingMemoryBound(to: UInt8.self)
    var sum: Int32 = 0
    if step == 1 {
      for l in 0..<k {
        let value = Int8(bitPattern: source[l] ^ flip)
        target[l] = value
        sum &+= Int32(value)
      }
    } else {
      for l in 0..<k {
        let value = Int8(bitPattern: source[l * step] ^ flip)
        target[l] = value
        sum &+= Int32(value)
      }
    }
    for l in k..<RoundedRows.depth(layout) { target[l] = 0 }
    return sum
  }
}
