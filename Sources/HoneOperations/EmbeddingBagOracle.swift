// EmbeddingBagOracle.swift: is this output right? Every bag of small problems, about a thousand bags of large ones.

internal import CHoneKernel
internal import HoneCore
internal import KernelReference

/// An element's error relative to the sum of the magnitudes of its terms; sums of `length` terms in f32 keep it under
/// (length + 6) · 2⁻²⁴, and the rounding to the output's type adds its own (Contract/EmbeddingBag.md).
final class EmbeddingBagOracle {
  let copy: Int
  private let p: hone_embedding_bag
  private let outputType: BagOutputType
  private let isSmall: Bool
  /// Beside what the computation may err: what storing the table coarser may (`max-error`). A row's elements share its steps, so errors are
  /// then relative to the bag's largest column: an element near zero has no digits of its own.
  private let allowed: Double
  /// Every candidate is held to the same sums: they are made once.
  private let bags: [(bag: Int, expected: ExpectedBag)]

  init(
    _ p: hone_embedding_bag, _ type: BagRowType, _ outputType: BagOutputType, copy: Int,
    allowed: Double = 0
  ) {
    (self.p, self.outputType, self.copy, self.allowed) = (p, outputType, copy, allowed)
    let count = Int(p.bags)
    isSmall = Double(p.index_count) * Double(p.dim) <= 0x1p24
    let step = isSmall ? 1 : max(1, count / 1000)
    let compared = Set(stride(from: 0, to: count, by: step)).union(count > 0 ? [count - 1] : [])
    bags = compared.map { ($0, Reference.embeddingBag(p, type, bag: $0)) }
  }

  func proof() -> Proof {
    var worst = 0.0
    let rounding = outputType.rounding
    for (bag, expected) in bags {
      let most = expected.magnitudes.max() ?? 0
      for d in 0..<Int(p.dim) {
        guard let output = p.output else { continue }
        let value = outputType.element(
          UnsafeRawPointer(output), bag * Int(p.output_stride) + d)
        let error = abs(value - expected.values[d])
        // What the smallest numbers of the output's type cannot tell is no error.
        let beyond = error <= rounding.absolute ? 0 : error - rounding.absolute
        worst = largest(worst, beyond, per: allowed > 0 ? most : expected.magnitudes[d])
      }
    }
    let longest = bags.reduce(0) { max($0, $1.expected.length) }
    return Proof(
      oracle: isSmall ? "double" : "double-sampled", error: worst,
      bound: (Double(longest) + 6) * 0x1p-24 * (1 + rounding.relative) + rounding.relative
        + allowed,
      compared: bags.count * Int(p.dim))
  }
}
