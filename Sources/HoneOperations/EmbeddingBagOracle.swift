// EmbeddingBagOracle.swift: is this output right? Every bag of small problems, about a thousand bags of large ones.

internal import CHoneKernel
internal import HoneCore
internal import KernelReference

/// An element's error relative to the sum of the magnitudes of its terms; sums of `length` terms in f32 keep it under
/// (length + 6) · 2⁻²⁴, and the rounding to the output's type adds its own (Contract/EmbeddingBag.md).
enum EmbeddingBagOracle {
  static func proof(
    _ p: hone_embedding_bag, _ type: BagRowType, _ outputType: BagOutputType
  ) -> Proof {
    let bags = Int(p.bags)
    let isSmall = Double(p.index_count) * Double(p.dim) <= 0x1p24
    let step = isSmall ? 1 : max(1, bags / 1000)
    var worst = 0.0
    var longest = 0
    let compared = Set(stride(from: 0, to: bags, by: step)).union(bags > 0 ? [bags - 1] : [])
    let rounding = outputType.rounding
    for bag in compared {
      let expected = Reference.embeddingBag(p, type, bag: bag)
      longest = max(longest, expected.length)
      for d in 0..<Int(p.dim) {
        guard let output = p.output else { continue }
        let value = outputType.element(
          UnsafeRawPointer(output), bag * Int(p.output_stride) + d)
        let error = abs(value - expected.values[d])
        // What the smallest numbers of the output's type cannot tell is no error.
        let beyond = error <= rounding.absolute ? 0 : error - rounding.absolute
        worst = largest(worst, beyond, per: expected.magnitudes[d])
      }
    }
    return Proof(
      oracle: isSmall ? "double" : "double-sampled", error: worst,
      bound: (Double(longest) + 6) * 0x1p-24 * (1 + rounding.relative) + rounding.relative,
      compared: compared.count * Int(p.dim))
  }
}
