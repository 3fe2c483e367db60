// GEMMRun.swift: the beginning that every variant's `run` shares: checks, and the problems that need no product.

import CHoneKernel

/// What a `run` has to do, once the checks have passed.
struct GEMMRun {
  var call: GEMMCall
  var problem: hone_gemm
  var parameters: UnsafePointer<Int64>
  var team: hone_kernel_team
  var index: Int { Int(team.index) }
  var count: Int { Int(team.count) }

  /// All threads of the team meet.
  func meet() {
    if count > 1, let barrier = team.barrier { barrier(team.context) }
  }

  /// The checks that every `run` begins with, and the problems that need no product: an empty C, and C = beta * C.
  /// - Parameters:
  ///   - check: the row's own verdict.
  ///   - batched: the row computes several products in one call.
  ///   - answer: what `run` answers where nothing is left to do.
  /// - Returns: nil where nothing is left to do.
  static func begin(
    _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?,
    _ team: UnsafePointer<hone_kernel_team>?, check: Int32, batched: Bool = false,
    _ answer: inout Int32
  ) -> GEMMRun? {
    // A row that can has looked at the sizes; what it refuses may be no problem at all.
    let isAble = check == HONE_KERNEL_OK || check == HONE_KERNEL_UNPROFITABLE
    answer = isAble ? operandsVerdict(problem) : gemmRunVerdict(problem, batched: batched)
    guard answer == HONE_KERNEL_OK else { return nil }
    guard isAble else {
      answer = check
      return nil
    }
    guard let problem, let parameters, let team, team.pointee.index < team.pointee.count else {
      answer = Int32(HONE_KERNEL_BAD_ARGUMENT)
      return nil
    }
    let run = GEMMRun(
      call: GEMMCall(problem),
      problem: problem.assumingMemoryBound(to: hone_gemm.self).pointee, parameters: parameters,
      team: team.pointee)
    if run.call.m == 0 || run.call.n == 0 { return nil }
    guard run.call.isScaling else { return run }
    run.call.scaleBatch(run.problem, run.team)
    return nil
  }
}

extension GEMMCall {
  /// `scale` for every product of the batch.
  func scaleBatch(_ problem: hone_gemm, _ team: hone_kernel_team) {
    for item in 0..<max(1, Int(problem.batch)) { self.item(item, problem).scale(problem, team) }
  }

  /// This thread's rows of C = beta * C and what follows; beta == 0 overwrites whatever was there.
  func scale(_ problem: hone_gemm, _ team: hone_kernel_team) {
    let epilogue = Epilogue(problem)
    let target = UnsafeMutableRawPointer(c)
    for i in share(of: m, unit: 1, index: Int(team.index), count: Int(team.count)) {
      epilogue.finishRow(i, 0, n) { column, left in
        if beta == 0 { return FloatVector(repeating: 0) }
        return loadTyped(UnsafeRawPointer(target), epilogue.cType, i * ldc + column, left) * beta
      } _: { column, v, left in
        storeTyped(v, target, epilogue.cType, i * ldc + column, left)
      }
    }
  }
}
