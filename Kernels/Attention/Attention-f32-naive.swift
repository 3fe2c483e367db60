// Attention-f32-naive.swift: every row by the definition: the variant that takes any problem.

import CHoneKernel

@c(hone_attention_f32_naive_check)
public func attention_f32_naive_check(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?
) -> Int32 { checkAttention(problem) }

@c(hone_attention_f32_naive_workspace)
public func attention_f32_naive_workspace(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?, _ threads: UInt32
) -> Int64 { 0 }

@c(hone_attention_f32_naive)
public func attention_f32_naive(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?,
  _ workspace: UnsafeMutableRawPointer?, _ team: UnsafePointer<hone_kernel_team>?
) -> Int32 {
  guard let call = AttentionCall(problem, team), let team = team?.pointee else {
    return Int32(HONE_KERNEL_BAD_ARGUMENT)
  }
  let rows = call.batch * call.heads * call.lq
  // Row by row in turn: with a causal mask late rows cost more than early ones.
  var row = Int(team.index)
  while row < rows {
    let (head, i) = row.quotientAndRemainder(dividingBy: call.lq)
    call.attendRow(head / call.heads, head % call.heads, i)
    row += Int(team.count)
  }
  return Int32(HONE_KERNEL_OK)
}
