// WeightTile.swift: a few rows of A against a panel of packed weights, which become floats in registers on their way.
//
// Per vector of weights one to three instructions of conversion and MR multiply-adds; a group's sums are scaled once, at its end.
// MR * 4 sums, as many totals where there are scales, 4 vectors of weights and one broadcast are alive.

import CHoneKernel
import CIntrinsics

/// How the rows of weights are read: bytes ahead that are asked for, 0 for none.
struct WeightStream {
  var panel: UnsafeRawPointer
  var layout: WeightLayout
  var prefetch: Int
  /// What is asked for where `prefetch` is 0.
  var upcoming: UpcomingWeights

  /// Weights that a near cache keeps are not asked for: that would cost as many loads as reading them.
  init(_ panel: UnsafeRawPointer, _ layout: WeightLayout, prefetch: Int) {
    (self.panel, self.layout) = (panel, layout)
    upcoming = UpcomingWeights(panel)
    self.prefetch = layout.panels * layout.panelBytes <= WeightStream.nearBytes ? 0 : prefetch
  }

  /// What any second-level cache of a CPU with wide vectors keeps.
  private static var nearBytes: Int { 512 << 10 }

  /// For one of several groups of rows that read the panel one after the other: it asks for its share of the next panel instead of
  /// for what it will read soon.
  func shared(_ group: Int, of groups: Int) -> WeightStream {
    if groups == 1 || prefetch == 0 { return self }
    var stream = self
    stream.prefetch = 0
    stream.upcoming = UpcomingWeights(
      panel + layout.panelBytes, bytes: layout.panelBytes, steps: layout.depth / layout.unit,
      group: group, of: groups)
    return stream
  }

  /// `shared`, where a tile must not ask in two ways: a branch in its loop would cost registers.
  func evenly(_ group: Int, of groups: Int) -> WeightStream {
    if groups > 1 || prefetch == 0 { return shared(group, of: groups) }
    var stream = self
    stream.upcoming = UpcomingWeights(
      ahead: prefetch, in: panel, bytes: layout.panelBytes, steps: layout.depth / layout.unit)
    return stream
  }

  /// `evenly`, for the part of a panel that these units are: its next part, or the next panel's first, follows it.
  func evenly(_ group: Int, of groups: Int, _ units: Range<Int>) -> WeightStream {
    if prefetch == 0 { return self }
    var stream = self
    let start = panel + units.lowerBound * layout.unitBytes
    let bytes = units.count * layout.unitBytes
    stream.upcoming =
      groups > 1
      ? UpcomingWeights(start + bytes, bytes: bytes, steps: units.count, group: group, of: groups)
      : UpcomingWeights(ahead: prefetch, in: start, bytes: bytes, steps: units.count)
    return stream
  }

  @inline(__always)
  func ask(_ at: UnsafeRawPointer, _ next: inout UpcomingWeights) {
    if next.isAsking { next.ask() } else { ask(at) }
  }

  @inline(__always)
  func ask(_ at: UnsafeRawPointer) {
    if prefetch == 0 { return }
    var line = 0
    while line < layout.unitBytes {
      CIntrinsics_prefetchL1(at + prefetch + line)
      line += 64
    }
  }

  /// Vector v of a group's scales.
  @inline(__always)
  func scale(_ group: UnsafeRawPointer, _ v: Int) -> FloatVector {
    let scales = group + layout.scalesAt
    return layout.hasGroupScales
      ? CIntrinsics_widenF16(scales + v * lanes * 2)
      : loadVector((scales + v * lanes * 4).assumingMemoryBound(to: Float.self))
  }

  /// Vector v of a group's zero points, less the format's usual one.
  @inline(__always)
  func zero(_ group: UnsafeRawPointer, _ v: Int) -> FloatVector {
    CIntrinsics_widenS8(group + layout.zerosAt + v * lanes)
  }
}

/// MR rows, ACC = 4 * MR sums. ZEROS is 1 where the weights have zero points of their own.
enum WeightTile<F: WeightFormat, let MR: Int, let ACC: Int, let ZEROS: Int> {
  typealias Sums = InlineArray<ACC, FloatVector>

  @inline(never)
  static func multiply(
    _ x: UnsafePointer<Float>, _ rowDepth: Int, _ stream: WeightStream, _ target: TileTarget
  ) {
    var totals: Sums = zeros()
    var group = stream.panel
    var x = x
    var next = stream.upcoming
    for _ in 0..<stream.layout.groups {
      var sums: Sums = zeros()
      groupSums(x, rowDepth, stream, group, &next, &sums)
      if F.isScaled {
        for v in 0..<panelVectors {
          let scale = stream.scale(group, v)
          for i in 0..<MR {
            let at = i * panelVectors + v
            totals[at] = multiplyAdd(totals[at], sums[at], scale)
          }
        }
      } else {
        for at in 0..<ACC { totals[at] = sums[at] }
      }
      group += stream.layout.groupBytes
      x += stream.layout.groupSteps
    }
    RegisterTile<MR, 4, ACC>.store(totals, target)
  }

  @inline(__always)
  private static func groupSums(
    _ x: UnsafePointer<Float>, _ rowDepth: Int, _ stream: WeightStream, _ group: UnsafeRawPointer,
    _ next: inout UpcomingWeights, _ sums: inout Sums
  ) {
    var (x, unit) = (x, group)
    let end = group + stream.layout.scalesAt
    while unit < end {
      x = CIntrinsics_anyAddress(x)
      stream.ask(unit, &next)
      for u in 0..<F.unit {
        var row: InlineArray<4, FloatVector> = zeros()
        for v in 0..<panelVectors {
          row[v] = F.value(unit, v, u)
          if ZEROS == 1 { row[v] -= stream.zero(group, v) }
        }
        for i in 0..<MR {
          let factor = FloatVector(repeating: x[i * rowDepth + u])
          for v in 0..<panelVectors {
            let at = i * panelVectors + v
            sums[at] = multiplyAdd(sums[at], factor, row[v])
          }
        }
      }
      x += F.unit
      unit += stream.layout.unitBytes
    }
  }
}
