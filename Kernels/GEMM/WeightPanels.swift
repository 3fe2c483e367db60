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
  var groupBytes: Int

  init<F: PackedFormat>(_ problem: hone_gemm, _ format: F.Type) {
    (n, k, unit) = (Int(problem.n), Int(problem.k), F.unit)
    hasGroupScales = problem.group > 0
    hasZeros = problem.zero_points != 0
    groupSteps = hasGroupScales ? Int(problem.group) : max(roundUp(k, F.unit), F.unit)
    groups = max(1, (k + groupSteps - 1) / groupSteps)
    unitBytes = panelColumns * F.columnBytes
    scalesAt = groupSteps / F.unit * unitBytes
    zerosAt = scalesAt + (F.isScaled ? panelColumns * (hasGroupScales ? 2 : 4) : 0)
    groupBytes = roundUp(zerosAt + (hasZeros ? panelColumns : 0), 64)
  }

  var panels: Int { (n + panelColumns - 1) / panelColumns }
  var panelBytes: Int { groups * groupBytes }
  /// Steps of k with those that fill the last group.
  var depth: Int { groups * groupSteps }
}

/// Is this a problem of weights at all: sizes that make sense, and a group that the formats know?
func weightsVerdict(_ problem: UnsafeRawPointer?) -> Int32 {
  let verdict = gemmVerdict(problem)
  guard verdict == HONE_KERNEL_OK, let problem else { return verdict }
  let p = problem.assumingMemoryBound(to: hone_gemm.self).pointee
  let isGroup = p.group == 0 || (p.group > 0 && p.group % 32 == 0)
  let isFlag = (0...1).contains(p.zero_points) && (0...1).contains(p.packed_b)
  // Sums of products of bytes fit 32 bits, and sizes in bytes 64.
  let fits = p.group <= 1 << 16 && p.n <= 1 << 40 && p.k <= 1 << 40
  guard isGroup, isFlag, fits else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
  return Int32(HONE_KERNEL_OK)
}

enum WeightPacking<F: PackedFormat> {
  static func bytes(_ problem: UnsafeRawPointer?) -> Int64 {
    guard weightsVerdict(problem) == HONE_KERNEL_OK, let problem else { return 0 }
    let p = problem.assumingMemoryBound(to: hone_gemm.self).pointee
    let layout = WeightLayout(p, F.self)
    return Int64(layout.panels * layout.panelBytes)
  }

  static func pack(
    _ problem: UnsafeRawPointer?, _ packed: UnsafeMutableRawPointer?,
    _ team: UnsafePointer<hone_kernel_team>?
  ) -> Int32 {
    let verdict = weightsVerdict(problem)
    guard verdict == HONE_KERNEL_OK, let problem, let team else {
      return verdict == HONE_KERNEL_OK ? Int32(HONE_KERNEL_BAD_ARGUMENT) : verdict
    }
    let p = problem.assumingMemoryBound(to: hone_gemm.self).pointee
    if p.n == 0 || p.k == 0 { return Int32(HONE_KERNEL_OK) }
    guard let packed, p.b != nil, p.packed_b == 0, !F.isScaled || p.b_scales != nil,
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
    for byte in 0..<layout.panelBytes / 8 {
      base.storeBytes(of: 0, toByteOffset: 8 * byte, as: UInt64.self)
    }
    for group in 0..<layout.groups {
      let target = base + group * layout.groupBytes
      for column in 0..<panelColumns {
        let j = panel * panelColumns + column
        if j < layout.n {
          packColumn(p, layout, group, j, column, target)
        } else {
          clearColumn(layout, column, target)
        }
      }
    }
  }

  /// One column of a group: its weights, zeros behind the end of k, its scale and zero point.
  private static func packColumn(
    _ p: hone_gemm, _ layout: WeightLayout, _ group: Int, _ j: Int, _ column: Int,
    _ target: UnsafeMutableRawPointer
  ) {
    let source = p.b.unsafelyUnwrapped
    let (row, step) = p.trans_b != 0 ? (1, Int(p.ldb)) : (Int(p.ldb), 1)
    let first = group * layout.groupSteps
    let at = group * layout.n + j
    let zero = layout.hasZeros ? Int(p.b_zeros.unsafelyUnwrapped[at]) : F.usualZero
    for i in 0..<layout.groupSteps {
      let unit = target + i / F.unit * layout.unitBytes
      if first + i < layout.k {
        let index = (first + i) * row + j * step
        F.put(unit, column: column, step: i % F.unit, from: source, index)
      } else {
        F.putZero(unit, column: column, step: i % F.unit, zero: zero)
      }
    }
    guard F.isScaled, let scales = p.b_scales else { return }
    if layout.hasGroupScales {
      let scale = scales.loadUnaligned(fromByteOffset: 2 * at, as: UInt16.self)
      target.storeBytes(of: scale, toByteOffset: layout.scalesAt + 2 * column, as: UInt16.self)
    } else {
      let scale = scales.loadUnaligned(fromByteOffset: 4 * at, as: UInt32.self)
      target.storeBytes(of: scale, toByteOffset: layout.scalesAt + 4 * column, as: UInt32.self)
    }
    if layout.hasZeros {
      let stored = Int8(truncatingIfNeeded: zero - F.usualZero)
      target.storeBytes(of: stored, toByteOffset: layout.zerosAt + column, as: Int8.self)
    }
  }

  /// A column beyond n: weights of 0 at a scale of 0.
  private static func clearColumn(
    _ layout: WeightLayout, _ column: Int, _ target: UnsafeMutableRawPointer
  ) {
    for i in 0..<layout.groupSteps {
      let unit = target + i / F.unit * layout.unitBytes
      F.putZero(unit, column: column, step: i % F.unit, zero: F.usualZero)
    }
  }
}
