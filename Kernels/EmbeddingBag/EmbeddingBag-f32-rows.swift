// EmbeddingBag-f32-rows.swift: the plain variant: each row is added to the output row, one after the other.

import CHoneKernel

@c(hone_embedding_bag_f32_rows_check)
public func embedding_bag_f32_rows_check(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?
) -> Int32 { checkBags(problem) }

@c(hone_embedding_bag_workspace)
public func embedding_bag_workspace(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?, _ threads: UInt32
) -> Int64 { 0 }

@c(hone_embedding_bag_f32_rows)
public func embedding_bag_f32_rows(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?,
  _ workspace: UnsafeMutableRawPointer?, _ team: UnsafePointer<hone_kernel_team>?
) -> Int32 {
  guard let team, let call = checkedBags(problem, team) else {
    return Int32(HONE_KERNEL_BAD_ARGUMENT)
  }
  var one: Float = 1
  if call.index_bytes == 4 {
    runRows(Bags<Int32>(call, one: &one), team.pointee)
  } else {
    runRows(Bags<Int64>(call, one: &one), team.pointee)
  }
  return Int32(HONE_KERNEL_OK)
}

private func runRows<Index>(_ bags: Bags<Index>, _ team: hone_kernel_team) {
  for bag in bags.share(team, balanced: false) {
    let lookups = bags.start(bag)..<bags.start(bag + 1)
    let output = bags.output + bag * bags.outputStride
    for column in 0..<bags.dim { output[column] = 0 }
    let scale = bags.scale(lookups.count)
    for i in lookups {
      add(bags.row(i), times: bags.weights[i &* bags.weightStep], bags.dim, output)
    }
    if scale != 1 {
      for column in 0..<bags.dim { output[column] *= scale }
    }
  }
}

@inline(__always)
private func add(
  _ row: UnsafePointer<Float>, times weight: Float, _ dim: Int,
  _ output: UnsafeMutablePointer<Float>
) {
  var column = 0
  while column + lanes <= dim {
    let sum = multiplyAdd(
      loadVector(output + column), FloatVector(repeating: weight), loadVector(row + column))
    storeVector(sum, output + column)
    column += lanes
  }
  while column < dim {
    output[column] += weight * row[column]
    column += 1
  }
}
