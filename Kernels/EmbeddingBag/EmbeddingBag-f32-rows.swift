// EmbeddingBag-f32-rows.swift: the plain variant: each row is added to the output row, one after the other.

import CHoneKernel

/// Sums and means of floats in floats; the rest is left to the other variant.
@c(hone_embedding_bag_f32_rows_check)
public func embedding_bag_f32_rows_check(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?
) -> Int32 {
  let answer = checkBags(problem, FloatRows.self)
  guard answer == HONE_KERNEL_OK, let problem else { return answer }
  let p = problem.assumingMemoryBound(to: hone_embedding_bag.self).pointee
  let isPlain =
    p.output_type == Int32(HONE_OUTPUT_F32)
    && (p.pooling == Int32(HONE_POOL_SUM) || p.pooling == Int32(HONE_POOL_MEAN))
  return Int32(isPlain ? HONE_KERNEL_OK : HONE_KERNEL_UNSUPPORTED)
}

@c(hone_embedding_bag_workspace)
public func embedding_bag_workspace(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?, _ threads: UInt32
) -> Int64 { 0 }

@c(hone_embedding_bag_f32_rows)
public func embedding_bag_f32_rows(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?,
  _ workspace: UnsafeMutableRawPointer?, _ team: UnsafePointer<hone_kernel_team>?
) -> Int32 {
  let answer = embedding_bag_f32_rows_check(problem, parameters)
  guard answer == HONE_KERNEL_OK else { return answer }
  guard let team, let call = checkedBags(problem, team, FloatRows.self) else {
    return Int32(HONE_KERNEL_BAD_ARGUMENT)
  }
  guard call.bags > 0, call.dim > 0 else { return Int32(HONE_KERNEL_OK) }
  runRows(Bags(call, FloatRows.self), team.pointee)
  return Int32(HONE_KERNEL_OK)
}

private func runRows(_ bags: Bags, _ team: hone_kernel_team) {
  let share = bags.share(team, BagPartition.bags)
  var begin = share.lookups.lowerBound
  for bag in share.bags {
    let end = bags.end(bag, from: begin)
    let output = (bags.output + bag * bags.outputStrideBytes).assumingMemoryBound(to: Float.self)
    for column in 0..<bags.dim { output[column] = 0 }
    let scale = bags.scale(end - begin)
    for i in begin..<end {
      let row = bags.row(i).assumingMemoryBound(to: Float.self)
      add(row, times: bags.isWeighted ? bags.weights[i] : 1, bags.dim, output)
    }
    if scale != 1 {
      for column in 0..<bags.dim { output[column] *= scale }
    }
    begin = end
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
