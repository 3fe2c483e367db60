// TypedRows.swift: A and C in the types that activations have: read as floats, written rounded.

import CHoneKernel
import CIntrinsics

/// Elements `at` … `at + count - 1` (at most a vector) as floats, 0 in the other lanes. Loops ask for whole vectors, and for what is left
/// behind them: an incomplete one goes by way of the stack.
@inline(__always)
func loadTyped(_ base: UnsafeRawPointer, _ type: Int32, _ at: Int, _ count: Int) -> FloatVector {
  if type == HONE_TYPE_F32 {
    return loadPartial(base.assumingMemoryBound(to: Float.self) + at, laneMask(count))
  }
  let source = base + 2 * at
  if count == lanes { return widen(source, type) }
  var buffer = InlineArray<16, UInt16> { _ in 0 }
  for lane in 0..<count {
    buffer[lane] = source.loadUnaligned(fromByteOffset: 2 * lane, as: UInt16.self)
  }
  return withUnsafePointer(to: &buffer) { widen(UnsafeRawPointer($0), type) }
}

@inline(__always)
private func widen(_ source: UnsafeRawPointer, _ type: Int32) -> FloatVector {
  type == HONE_TYPE_BF16 ? CIntrinsics_widenBF16(source) : CIntrinsics_widenF16(source)
}

/// The first `count` lanes, rounded to nearest, ties to even.
@inline(__always)
func storeTyped(
  _ v: FloatVector, _ base: UnsafeMutableRawPointer, _ type: Int32, _ at: Int, _ count: Int
) {
  // Of a C in s32 only zeros come this way.
  if type == HONE_TYPE_F32 || type == HONE_TYPE_S32 {
    return storePartial(v, base.assumingMemoryBound(to: Float.self) + at, laneMask(count))
  }
  let target = base + 2 * at
  if count == lanes { return narrow(v, target, type) }
  var buffer = InlineArray<16, UInt16> { _ in 0 }
  withUnsafeMutablePointer(to: &buffer) { narrow(v, UnsafeMutableRawPointer($0), type) }
  for lane in 0..<count {
    target.storeBytes(of: buffer[lane], toByteOffset: 2 * lane, as: UInt16.self)
  }
}

@inline(__always)
private func narrow(_ v: FloatVector, _ target: UnsafeMutableRawPointer, _ type: Int32) {
  if type == HONE_TYPE_BF16 {
    CIntrinsics_storeBF16(target, v)
  } else {
    CIntrinsics_storeF16(target, v)
  }
}

/// A as the kernels with packed weights read it: any of its types, row by row.
struct ActivationSource {
  var base: UnsafeRawPointer
  var type: Int32
  var row: Int
  var column: Int
  var k: Int
  var alpha: Float

  init(_ call: GEMMCall, _ p: hone_gemm) {
    (base, type, row, column) = (UnsafeRawPointer(call.a.base), p.a_type, call.a.row, call.a.column)
    (k, alpha) = (call.k, call.alpha)
  }

  /// `count` (1 … lanes) elements from (i, p) on, times alpha; 0 in the other lanes.
  @inline(__always)
  func vector(_ i: Int, _ p: Int, _ count: Int) -> FloatVector {
    let at = i * row + p * column
    if column == 1 { return loadTyped(base, type, at, count) * alpha }
    var result = FloatVector(repeating: 0)
    for lane in 0..<count { result[lane] = loadTyped(base, type, at + lane * column, 1)[0] }
    return result * alpha
  }

  /// Row i in whole vectors up to `depth`, a multiple of the lanes or k itself: zeros behind k. `store` gets the step.
  @inline(__always)
  func eachVector(_ i: Int, depth: Int, _ store: (Int, FloatVector, Int) -> Void) {
    var p = 0
    if column == 1 {
      while p + lanes <= k {
        store(p, loadTyped(base, type, i * row + p, lanes) * alpha, lanes)
        p += lanes
      }
    }
    while p < k {
      let count = min(lanes, k - p)
      store(p, vector(i, p, count), min(lanes, depth - p))
      p += lanes
    }
    while p < depth {
      store(p, FloatVector(repeating: 0), min(lanes, depth - p))
      p += lanes
    }
  }
}

/// C's columns of one panel: in place where whole panels of floats need nothing more, else by way of a strip of floats, m rows
/// of `panelColumns`, which is finished and rounded into C at the end.
struct PanelOutput {
  var call: GEMMCall
  var epilogue: Epilogue
  var strip: UnsafeMutablePointer<Float>
  var first: Int
  var width: Int
  var isInPlace: Bool

  /// Bytes of a thread's strip: none where every panel is in place.
  static func stripBytes(_ p: hone_gemm) -> Int {
    let isInPlace =
      Int(p.n) % panelColumns == 0 && Epilogue(p).isNothing
      && (p.c_type == HONE_TYPE_F32 || p.c_type == HONE_TYPE_S32)
      && p.has_bias == 0 && p.has_residual == 0
    return isInPlace ? 0 : Int(p.m) * panelColumns * MemoryLayout<Float>.size
  }

  init(_ run: GEMMRun, strips: UnsafeMutableRawPointer, panel: Int) {
    (call, epilogue, first) = (run.call, Epilogue(run.problem), panel * panelColumns)
    let mine = strips + run.index * PanelOutput.stripBytes(run.problem)
    strip = mine.assumingMemoryBound(to: Float.self)
    width = min(panelColumns, call.n - first)
    isInPlace =
      width == panelColumns && epilogue.isNothing
      && (epilogue.cType == HONE_TYPE_F32 || epilogue.cType == HONE_TYPE_S32)
  }

  /// Row i as the tiles write it; `begin` has put C there, where beta reads it.
  @inline(__always)
  func row(_ i: Int) -> UnsafeMutablePointer<Float> {
    isInPlace ? call.c + (i * call.ldc + first) : strip + i * panelColumns
  }

  @inline(__always)
  var ld: Int { isInPlace ? call.ldc : panelColumns }

  /// Before the first tile.
  func begin() {
    if isInPlace || call.beta == 0 { return }
    for i in 0..<call.m {
      let at = i * call.ldc + first
      var j = 0
      while j + lanes <= width {
        let v = loadTyped(UnsafeRawPointer(call.c), epilogue.cType, at + j, lanes)
        storeVector(v, strip + (i * panelColumns + j))
        j += lanes
      }
      if j < width {
        let v = loadTyped(UnsafeRawPointer(call.c), epilogue.cType, at + j, width - j)
        storeVector(v, strip + (i * panelColumns + j))
      }
    }
  }

  /// After the last tile.
  func end() {
    if isInPlace { return }
    let target = UnsafeMutableRawPointer(call.c)
    if epilogue.cType == HONE_TYPE_S32 {
      for i in 0..<call.m {
        (target + 4 * (i * call.ldc + first)).copyMemory(
          from: strip + i * panelColumns, byteCount: 4 * width)
      }
      return
    }
    for i in 0..<call.m {
      let row = strip + (i * panelColumns - first)
      epilogue.finishRow(i, first, width) { column, _ in
        loadVector(row + column)
      } _: { column, v, left in
        storeTyped(v, target, epilogue.cType, i * call.ldc + column, left)
      }
    }
  }
}
