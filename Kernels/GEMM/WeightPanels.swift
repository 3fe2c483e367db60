// WeightPanels.swift: the layout of weights that are packed once and read many times, and how they get there.
//
//     panel 0                                             panel 1 …       a panel: 4 vectors of columns, all of k
//     [units of group 0 | scales | zeros][group 1 …]      […]             a group: the steps of k that share a scale
//
// One thread reads its panels from the first byte to the last: a single stream, with the scales in it. Columns and steps beyond
// the matrix hold weights of 0. Types without scales have one group and nothing after its units.

import CHoneKernel
import CIntrinsics

struct WeightLayout {
  var n: Int
  var k: Int
  /// Steps of k in a group, whole units; `groups` of them cover k.
  var groupSteps: Int
  var groups: Int
  var hasGroupScales: Bool
  var hasZeros: Bool
  var unit: Int
  var unitBytes: Int
  /// From a group's start to its scales, and to the next group.
  var scalesAt: Int
  var zerosAt: Int
  /// A in bytes whose zero is not 0: behind the zero points, each column's sum of weights less their zero points, in 32 bits.
  var sumsAt: Int
  var hasSums: Bool
  /// C holds whole numbers: no scales.
  var isWhole: Bool
  var groupBytes: Int

  init<F: PackedFormat>(_ problem: hone_gemm, _ format: F.Type) {
    (n, k, unit) = (Int(problem.n), Int(problem.k), F.unit)
    hasGroupScales = problem.group > 0
    hasZeros = problem.zero_points != 0
    groupSteps = hasGroupScales ? Int(problem.group) : max(roundUp(k, F.unit), F.unit)
    groups = max(1, (k + groupSteps - 1) / groupSteps)
    unitBytes = panelColumns * F.columnBytes
    scalesAt = groupSteps / F.unit * unitBytes
    isWhole = problem.c_type == HONE_TYPE_S32
    hasSums = problem.a_type == HONE_TYPE_U8 || problem.a_zero_points != 0
    let hasScales = F.isScaled && !isWhole
    zerosAt = scalesAt + (hasScales ? panelColumns * (hasGroupScales ? 2 : 4) : 0)
    sumsAt = zerosAt + (hasZeros ? panelColumns : 0)
    groupBytes = roundUp(sumsAt + (hasSums ? panelColumns * 4 : 0), 64)
  }

  var panels: Int { (n + panelColumns - 1) / panelColumns }
  var panelBytes: Int { groups * groupBytes }
  /// Steps of k with those that fill the last group.
  var depth: Int { groups * groupSteps }
}

/// Is this a problem of weights at all: sizes that make sense, and a group that the formats know?
/// - Parameter bytes: the row takes A in bytes, and nothing else.
func weightsVerdict(_ problem: UnsafeRawPointer?, bytes: Bool = false) -> Int32 {
  let verdict = gemmVerdict(problem)
  guard verdict == HONE_KERNEL_OK, let problem else { return verdict }
  let p = problem.assumingMemoryBound(to: hone_gemm.self).pointee
  let isGroup = p.group == 0 || (p.group > 0 && p.group % 32 == 0)
  let isFlag = (0...1).contains(p.zero_points) && (0...1).contains(p.packed_b)
  // Sums of products of bytes fit 32 bits, and sizes in bytes 64.
  let fits = p.group <= 1 << 16 && p.n <= 1 << 40 && p.k <= 1 << 40
  if p.a_type == HONE_TYPE_F64 || p.c_type == HONE_TYPE_F64 {
    return Int32(HONE_KERNEL_UNSUPPORTED)
  }
  guard isGroup, isFlag, fits else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
  return bytesVerdict(p, bytes)
}

/// A in bytes where the row wants it so; sums that fit 32 bits, and nothing that would round a C of whole numbers.
private func bytesVerdict(_ p: hone_gemm, _ bytes: Bool) -> Int32 {
  let isByte = p.a_type == HONE_TYPE_U8 || p.a_type == HONE_TYPE_S8
  let isWhole = p.c_type == HONE_TYPE_S32
  guard (0...1).contains(p.a_row_scales), (0...1).contains(p.a_zero_points) else {
    return Int32(HONE_KERNEL_BAD_ARGUMENT)
  }
  guard isByte == bytes, bytes || !isWhole else { return Int32(HONE_KERNEL_UNSUPPORTED) }
  let isBare =
    p.alpha == 1 && p.beta == 0 && p.has_bias == 0 && p.has_residual == 0
    && p.activation == HONE_ACTIVATION_NONE
  let fits = !bytes || (p.group == 0 && p.k <= 1 << 16)
  return Int32(fits && (!isWhole || isBare) ? HONE_KERNEL_OK : HONE_KERNEL_UNSUPPORTED)
}

enum WeightPacking<F: PackedFormat> {
  static func bytes(_ problem: UnsafeRawPointer?) -> Int64 {
    guard weightsVerdict(problem, bytes: F.readsBytes) == HONE_KERNEL_OK, let problem else {
      return 0
    }
    let p = problem.assumingMemoryBound(to: hone_gemm.self).pointee
    let layout = WeightLayout(p, F.self)
    return Int64(layout.panels * layout.panelBytes)
  }

  static func pack(
    _ problem: UnsafeRawPointer?, _ packed: UnsafeMutableRawPointer?,
    _ team: UnsafePointer<hone_kernel_team>?
  ) -> Int32 {
    let verdict = weightsVerdict(problem, bytes: F.readsBytes)
    guard verdict == HONE_KERNEL_OK, let problem, let team else {
      return verdict == HONE_KERNEL_OK ? Int32(HONE_KERNEL_BAD_ARGUMENT) : verdict
    }
    let p = problem.assumingMemoryBound(to: hone_gemm.self).pointee
    if p.n == 0 || p.k == 0 { return Int32(HONE_KERNEL_OK) }
    guard let packed, p.b != nil, p.packed_b == 0,
      !F.isScaled || p.c_type == HONE_TYPE_S32 || p.b_scales != nil,
      p.zero_points == 0 || p.b_zeros != nil
    else {
      return Int32(HONE_KERNEL_BAD_ARGUMENT)
    }
    let layout = WeightLayout(p, F.self)
    let mine = share(
      of: layout.panels, unit: 1, index: Int(team.pointee.index), count: Int(team.pointee.count))
    for panel in mine {
      packPanel(p, layout, panel, packed + panel * layout.panelBytes)
    }
    return Int32(HONE_KERNEL_OK)
  }

  private static func packPanel(
    _ p: hone_gemm, _ layout: WeightLayout, _ panel: Int, _ base: UnsafeMutableRawPointer
  ) {
    let first = panel * panelColumns
    let columns = min(panelColumns, layout.n - first)
    for group in 0..<layout.groups {
      let target = base + group * layout.groupBytes
      let piece = PackingPiece<F>(p, layout, group, first)
      let steps = max(0, min(layout.groupSteps, layout.k - group * layout.groupSteps))
      piece.whole(steps / F.unit, columns, target)
      for unit in steps / F.unit..<layout.groupSteps / F.unit {
        for column in 0..<columns { piece.edge(unit, column, steps - unit * F.unit, target) }
      }
      for unit in 0..<layout.groupSteps / F.unit {
        for column in columns..<panelColumns { piece.edge(unit, column, 0, target) }
      }
      scales(p, layout, group, first, columns, target)
    }
  }

  /// Scales and zero points of a group; 0 for columns beyond n.
  private static func scales(
    _ p: hone_gemm, _ layout: WeightLayout, _ group: Int, _ first: Int, _ columns: Int,
    _ target: UnsafeMutableRawPointer
  ) {
    for at in layout.scalesAt..<layout.groupBytes {
      target.storeBytes(of: 0, toByteOffset: at, as: UInt8.self)
    }
    guard F.isScaled else { return }
    for column in 0..<columns {
      let at = group * layout.n + first + column
      if !layout.isWhole, let scales = p.b_scales {
        let bytes = layout.hasGroupScales ? 2 : 4
        (target + (layout.scalesAt + bytes * column)).copyMemory(
          from: scales + bytes * at, byteCount: bytes)
      }
      var zero = 0
      if layout.hasZeros, let zeros = p.b_zeros {
        zero = Int(Int8(truncatingIfNeeded: Int(zeros[at]) - F.usualZero))
        target.storeBytes(
          of: Int8(truncatingIfNeeded: zero), toByteOffset: layout.zerosAt + column, as: Int8.self)
      }
      guard layout.hasSums else { continue }
      let sum = columnSum(p, first + column) &- zero &* layout.k
      target.storeBytes(
        of: Int32(truncatingIfNeeded: sum), toByteOffset: layout.sumsAt + 4 * column, as: Int32.self
      )
    }
  }

  /// Of bytes.
  private static func columnSum(_ p: hone_gemm, _ column: Int) -> Int {
    guard let b = p.b else { return 0 }
    let (row, step) = p.trans_b != 0 ? (1, Int(p.ldb)) : (Int(p.ldb), 1)
    var sum = 0
    for l in 0..<Int(p.k) {
      sum &+= Int(b.loadUnaligned(fromByteOffset: l * row + column * step, as: Int8.self))
    }
    return sum
  }
}

/// The weights of one group and panel on their way from the plain matrix.
private struct PackingPiece<F: PackedFormat> {
  var source: UnsafeRawPointer
  /// Zero points of the panel's columns; null without.
  var zeros: UnsafePointer<UInt8>?
  /// Index of the first element, and distances from step to step and from column to column.
  var origin: Int
  var row: Int
  var step: Int
  var unitBytes: Int

  init(_ p: hone_gemm, _ layout: WeightLayout, _ group: Int, _ first: Int) {
    source = p.b.unsafelyUnwrapped
    (row, step) = p.trans_b != 0 ? (1, Int(p.ldb)) : (Int(p.ldb), 1)
    origin = group * layout.groupSteps * row + first * step
    zeros = layout.hasZeros ? p.b_zeros.map { $0 + (group * layout.n + first) } : nil
    unitBytes = layout.unitBytes
  }

  /// The first `units` units of the first `columns` columns. A line of B stored by columns is used up before the next column's;
  /// of B stored by rows, a step at a time.
  func whole(_ units: Int, _ columns: Int, _ target: UnsafeMutableRawPointer) {
    let run = row == 1 ? 64 / F.columnBytes : 1
    var first = 0
    while first < units {
      let end = min(first + run, units)
      for column in 0..<columns {
        var at = origin + first * F.unit * row + column * step
        var to = target + first * unitBytes + column * F.columnBytes
        for _ in first..<end {
          var word: UInt32 = 0
          for u in 0..<F.unit { word |= F.place(F.code(source, at + u * row), u) }
          store(word, to)
          at += F.unit * row
          to += unitBytes
        }
      }
      first = end
    }
  }

  /// A unit of which only the first `valid` steps exist: the others hold weights of 0.
  func edge(_ unit: Int, _ column: Int, _ valid: Int, _ target: UnsafeMutableRawPointer) {
    var zero = F.usualZero
    if valid > 0, let zeros { zero = Int(zeros[column]) }
    var word: UInt32 = 0
    for u in 0..<F.unit {
      let at = origin + (unit * F.unit + u) * row + column * step
      let code = u < valid ? F.code(source, at) : UInt32(truncatingIfNeeded: zero)
      word |= F.place(code, u)
    }
    store(word, target + unit * unitBytes + column * F.columnBytes)
  }

  @inline(__always)
  private func store(_ word: UInt32, _ to: UnsafeMutableRawPointer) {
    if F.columnBytes == 4 {
      to.storeBytes(of: word, as: UInt32.self)
    } else if F.columnBytes == 2 {
      to.storeBytes(of: UInt16(truncatingIfNeeded: word), as: UInt16.self)
    } else {
      to.storeBytes(of: UInt8(truncatingIfNeeded: word), as: UInt8.self)
    }
  }
}
