// AttentionOracle.swift: is this output right? Every row of small problems, a few dozen rows of large ones.

internal import CHoneKernel
internal import HoneCore
internal import KernelReference

/// An element's error relative to the largest |v| that its query sees. Logits are sums of headDim products in f32, their error moves the
/// weights in proportion to the logits' size, and the weighted sum adds its own: the bound is 2⁻²⁴ · (8 · headDim + visible / 8 + 64), about ten times
/// what a straightforward kernel shows on the operands that `AttentionOperands` makes. Weights and outputs of 16 bits add their rounding.
final class AttentionOracle {
  let copy: Int
  private let p: hone_attention
  private let storage: AttentionStorage
  private let isComplete: Bool
  private var rows: [(batch: Int, head: Int, query: Int, expected: Reference.AttentionRow)] = []

  init(_ p: hone_attention, _ storage: AttentionStorage, copy: Int) {
    self.p = p
    self.storage = storage
    self.copy = copy
    let total = Int(p.batch * p.heads * p.lq)
    isComplete = Double(total) * Double(p.lk) * Double(p.head_dim) <= 0x1p23
    for index in isComplete ? Array(0..<total) : Self.sample(total) {
      let (batch, rest) = index.quotientAndRemainder(dividingBy: Int(p.heads * p.lq))
      let (head, query) = rest.quotientAndRemainder(dividingBy: Int(p.lq))
      guard query < queries(batch) else { continue }
      let expected = Reference.attentionRow(p, storage, batch: batch, head: head, query: query)
      rows.append((batch, head, query, expected))
    }
  }

  /// Of a sequence; lq is that of the longest.
  private func queries(_ batch: Int) -> Int {
    p.q_offsets.map { Int($0[batch + 1] - $0[batch]) } ?? Int(p.lq)
  }

  private static let roundings: [StoredType: Double] = [.bf16: 0x1p-7, .f16: 0x1p-10]

  func proof(o: UnsafePointer<UInt8>) -> Proof {
    var (worst, visible) = (0.0, 0)
    for row in rows {
      visible = max(visible, row.expected.visible)
      let first = p.q_offsets.map { Int($0[row.batch]) } ?? 0
      let base =
        row.batch * Int(p.o_batch_stride) + row.head * Int(p.o_head_stride) + (first + row.query)
        * Int(p.o_row_stride)
      for d in 0..<Int(p.head_dim) {
        let value = Reference.stored(o, storage.outer, base + d)
        let error = abs(value - row.expected.values[d])
        worst = largest(worst, error, per: row.expected.magnitude)
      }
    }
    let exact = (8 * Double(p.head_dim) + Double(visible) / 8 + 64) * 0x1p-24
    return Proof(
      oracle: isComplete ? "double" : "double-sampled", error: worst,
      bound: exact + Self.roundings[storage.outer, default: 0],
      compared: rows.count * Int(p.head_dim))
  }

  private static func sample(_ total: Int) -> [Int] {
    var generator = SeededGenerator(seed: UInt64(total))
    let some = (0..<30).map { _ in Int.random(in: 0..<total, using: &generator) }
    return Array(Set([0, total - 1] + some)).sorted()
  }
}
