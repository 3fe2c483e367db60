// SplitSums.swift: split-K: each thread sums a range of k into a C of its own; then all add up those, a share of rows or columns each.
//
// For products whose C is too small to be divided, and whose k is long. One meeting, between the sums and their addition. The order of
// additions depends on the number of threads, and on nothing else.

import CHoneKernel

struct SplitSums {
  let parts: Int
  private let m: Int
  private let n: Int
  private let base: UnsafeMutablePointer<Float>

  /// Elements of C beyond which parts cost more to add than they save.
  private static let largestC = 1 << 20

  /// Is C small? Of a batch, threads take whole products.
  static func isPossible(_ problem: UnsafeRawPointer) -> Bool {
    let p = problem.assumingMemoryBound(to: hone_gemm.self)
    return p.pointee.n <= largestC && p.pointee.m * max(1, p.pointee.n) <= largestC
  }

  /// Floats of a thread's C, whole cache lines.
  static func floats(_ call: GEMMCall) -> Int { call.m * roundUp(call.n, 16) }

  init(_ call: GEMMCall, parts: Int, in base: UnsafeMutablePointer<Float>) {
    (self.parts, m, n, self.base) = (parts, call.m, call.n, base)
  }

  private var ld: Int { roundUp(n, 16) }

  /// Thread `index`'s range of k, into its own C, which it overwrites. k of the part may be 0: its C is then zero already.
  func part(_ index: Int, of call: GEMMCall) -> GEMMCall {
    let range = share(of: call.k, unit: 16, index: index, count: parts)
    var part = call
    part.k = range.count
    part.a.base = call.a.address(0, range.lowerBound)
    part.b.base = call.b.address(range.lowerBound, 0)
    part.c = base + index * m * ld
    (part.ldc, part.beta) = (ld, 0)
    if part.k == 0 {
      for at in 0..<m * ld { part.c[at] = 0 }
    }
    return part
  }

  /// This thread's share of C: the parts, beta times what C holds, and what follows.
  func add(_ index: Int, to call: GEMMCall, _ epilogue: Epilogue) {
    let byRows = m >= parts
    let rows = byRows ? share(of: m, unit: 1, index: index, count: parts) : 0..<m
    let columns = byRows ? 0..<n : share(of: n, unit: 16, index: index, count: parts)
    for i in rows {
      var j = columns.lowerBound
      while j < columns.upperBound {
        let mask = laneMask(min(lanes, columns.upperBound - j))
        let target = call.c + (i * call.ldc + j)
        var sum = loadPartial(base + (i * ld + j), mask)
        for part in 1..<parts { sum += loadPartial(base + ((part * m + i) * ld + j), mask) }
        if call.beta != 0 {
          sum = multiplyAdd(sum, loadPartial(target, mask), FloatVector(repeating: call.beta))
        }
        storePartial(sum, target, mask)
        j += lanes
      }
    }
    epilogue.apply(call, rows: rows, columns: columns)
  }
}
