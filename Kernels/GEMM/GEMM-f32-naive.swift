// GEMM-f32-naive.swift: three loops and no ideas: the variant that always works, and the template for a new one.
//
// Idea: one element of C at a time, a dot product in the order of k.
// Registers: a handful of scalars. Cost: about one multiply-add every four cycles; A and B from wherever they are.
// Threads: each takes rows of C; they never meet. Workspace: none.
// To write a variant: copy this file, keep its order (check, workspace, run, steps), add a row in
// GEMM+Catalogue.swift, run the kernel tests. Kernels/README.md has the whole recipe.

import CHoneKernel

@c(hone_gemm_f32_naive_check)
public func gemm_f32_naive_check(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?
) -> Int32 {
  let verdict = floatVerdict(problem, batched: true)
  guard verdict == HONE_KERNEL_OK, let problem else { return verdict }
  let call = GEMMCall(problem)
  let isSmall = Double(call.m) * Double(call.n) * Double(call.k) <= 4096
  return Int32(isSmall ? HONE_KERNEL_OK : HONE_KERNEL_UNPROFITABLE)
}

/// None; also for the other variants that need none.
@c(hone_gemm_f32_no_workspace)
public func gemm_f32_no_workspace(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?, _ threads: UInt32
) -> Int64 { 0 }

@c(hone_gemm_f32_naive)
public func gemm_f32_naive(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?,
  _ workspace: UnsafeMutableRawPointer?, _ team: UnsafePointer<hone_kernel_team>?
) -> Int32 {
  let floats = floatVerdict(problem, batched: true)
  let verdict = floats == HONE_KERNEL_OK ? gemmRunVerdict(problem, batched: true) : floats
  guard verdict == HONE_KERNEL_OK, let problem, let team else {
    return verdict == HONE_KERNEL_OK ? Int32(HONE_KERNEL_BAD_ARGUMENT) : verdict
  }
  let call = GEMMCall(problem)
  let p = problem.assumingMemoryBound(to: hone_gemm.self).pointee
  if call.isScaling {
    call.scaleBatch(p, team.pointee)
    return Int32(HONE_KERNEL_OK)
  }
  let (index, count) = (Int(team.pointee.index), Int(team.pointee.count))
  let batch = GEMMBatch(p, index: index, count: count)
  for item in batch.items {
    let product = call.item(item, p)
    for i in share(of: call.m, unit: 1, index: batch.index, count: batch.count) {
      for j in 0..<call.n { element(product, i, j) }
      Epilogue(p).apply(product, rows: i..<i + 1, columns: 0..<call.n)
    }
  }
  return Int32(HONE_KERNEL_OK)
}

@inline(__always)
private func element(_ call: GEMMCall, _ i: Int, _ j: Int) {
  var sum: Float = 0
  for p in 0..<call.k {
    sum += call.a.address(i, p).pointee * call.b.address(p, j).pointee
  }
  let target = call.c + (i * call.ldc + j)
  target.pointee = call.alpha * sum + (call.beta == 0 ? 0 : call.beta * target.pointee)
}
