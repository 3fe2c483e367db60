// EmbeddingBagOracle.swift: is this output right? Every bag of small problems, about a thousand bags of large ones.

internal import CHoneKernel
internal import HoneCore
internal import KernelReference

/// An element's error relative to the sum of the magnitudes of its terms; sums of `length` terms in f32 keep it under
/// (length + 4) · 2⁻²⁴.
enum EmbeddingBagOracle {
  static func proof(_ p: hone_embedding_bag, output: UnsafePointer<Float>) -> Proof {
    let bags = Int(p.bags)
    let isSmall = Double(p.index_count) * Double(p.dim) <= 0x1p24
    let step = isSmall ? 1 : max(1, bags / 1000)
    var worst = 0.0
    var longest = 0
    let compared = Set(stride(from: 0, to: bags, by: step)).union(bags > 0 ? [bags - 1] : [])
    for bag in compared {
      let expected = Reference.embeddingBag(p, bag: bag)
      longest = max(longest, expected.length)
      for d in 0..<Int(p.dim) {
        let value = Double(output[bag * Int(p.output_stride) + d])
        worst = largest(worst, abs(value - expected.values[d]), per: expected.magnitudes[d])
      }
    }
    return Proof(
      oracle: isSmall ? "double" : "double-sampled", error: worst,
      bound: (Double(longest) + 4) * 0x1p-24, compared: compared.count * Int(p.dim))
  }
}
