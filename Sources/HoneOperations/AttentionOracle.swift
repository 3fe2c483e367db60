// AttentionOracle.swift: is this output right? Every row of small problems, a few dozen rows of large ones.

internal import CHoneKernel
internal import HoneCore
internal import KernelReference

/// An element's error relative to the largest |v| that its query sees. Logits are sums of headDim products in f32, their error moves the
/// weights in proportion to the logits' size, and the weighted sum adds its own: the bound is 2⁻²⁴ · (8 · headDim + visible / 8 + 64), about ten times
/// what a straightforward kernel shows on the operands that `AttentionOperands` makes.
final class AttentionOracle {
  let copy: Int
  private let p: hone_attention
  private let isComplete: Bool
  private var rows: [(batch: Int, head: Int, query: Int, expected: Reference.AttentionRow)] = []

  init(_ p: hone_attention, copy: Int) {
    self.p = p
    self.copy = copy
    let total = Int(p.batch * p.heads * p.lq)
    isComplete = Double(total) * Double(p.lk) * Double(p.head_dim) <= 0x1p23
    for index in isComplete ? Array(0..<total) : Self.sample(total) {
      let (batch, rest) = index.quotientAndRemainder(dividingBy: Int(p.heads * p.lq))
      let (head, query) = rest.quotientAndRemainder(dividingBy: Int(p.lq))
      let expected = Reference.attentionRow(p, batch: batch, head: head, query: query)
      rows.append((batch, head, query, expected))
    }
  }

  func proof(o: UnsafePointer<Float>) -> Proof {
    var (worst, visible) = (0.0, 0)
    for row in rows {
      visible = max(visible, row.expected.visible)
      let base =
        o + row.batch * Int(p.o_batch_stride) + row.head * Int(p.o_head_stride) + row.query
        * Int(p.o_row_stride)
      for d in 0..<Int(p.head_dim) {
        let error = abs(Double(base[d]) - row.expected.values[d])
        worst = largest(worst, error, per: row.expected.magnitude)
      }
    }
    return Proof(
      oracle: isComplete ? "double" : "double-sampled", error: worst,
      bound: (8 * Double(p.head_dim) + Double(visible) / 8 + 64) * 0x1p-24,
      compared: rows.count * Int(p.head_dim))
  }

  private static func sample(_ total: Int) -> [Int] {
    var generator = SeededGenerator(seed: UInt64(total))
    let some = (0..<30).map { _ in Int.random(in: 0..<total, using: &generator) }
    return Array(Set([0, total - 1] + some)).sorted()
  }
}
