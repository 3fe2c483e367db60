// Attention-f32-naive.swift: every row by the definition: the variant that takes any problem.

import CHoneKernel

extension AttentionF32 {
  static var naive: AttentionEntries {
    AttentionEntries(
      check: { problem, _ in checkAttention(problem, .f32) }, workspace: { _, _, _ in 0 },
      run: { problem, _, _, team in AttentionF32.runNaive(problem, team) })
  }

  static func runNaive(
    _ problem: UnsafeRawPointer?, _ team: UnsafePointer<hone_kernel_team>?
  ) -> Int32 {
    guard let call = AttentionCall(problem, team, AttentionF32.self), let team = team?.pointee
    else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
    let rows = call.batch * call.heads * call.lq
    // Row by row in turn: with a causal mask late rows cost more than early ones.
    var row = Int(team.index)
    while row < rows {
      let (head, i) = row.quotientAndRemainder(dividingBy: call.lq)
      let s = call.sequence(head / call.heads)
      if i < s.queries { call.attendRow(s, head % call.heads, i) }
      row += Int(team.count)
    }
    return Int32(HONE_KERNEL_OK)
  }
}
