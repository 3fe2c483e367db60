// AttentionShape.swift: what an attention problem of a test looks like, and how one is drawn at random.

import CHoneKernel
import HoneCore
import KernelReference

/// How a problem is drawn; every field may be set before drawing.
struct AttentionShape {
  var storage = AttentionStorage()
  var batch = 1
  var heads = 1
  var kvHeads = 1
  var lq = 5
  var lk = 7
  var dim = 8
  var mask = Int32(HONE_MASK_NONE)
  /// Heads inside a row (batch, sequence, heads, head size) rather than outside.
  var isInterleaved = false
  /// Elements between a row and the next.
  var padding = 0
  var hasLse = true
  /// Largest value in Q: large ones make steep softmaxes.
  var steepness: Float = 2
  var scale: Float?
  var seed: UInt64 = 1
  var options = AttentionOptions()

  static let masks = [
    Int32(HONE_MASK_NONE), Int32(HONE_MASK_CAUSAL_BOTTOM_RIGHT), Int32(HONE_MASK_CAUSAL_TOP_LEFT),
  ]

  /// The data types of a row of the catalogue: "f32", "f32s8".
  static func storage(of types: String) -> AttentionStorage? {
    for outer in StoredType.allCases where types.hasPrefix(outer.rawValue) {
      let rest = String(types.dropFirst(outer.rawValue.count))
      if rest.isEmpty { return AttentionStorage(outer) }
      if let cache = StoredType(rawValue: rest) { return AttentionStorage(outer, cache: cache) }
    }
    return nil
  }

  static func random(_ generator: inout SeededGenerator) -> AttentionShape {
    var shape = AttentionShape()
    shape.batch = generator.pick([1, 1, 2])
    shape.kvHeads = generator.pick([1, 1, 2])
    shape.heads = shape.kvHeads * generator.pick([1, 1, 2, 3])
    shape.lq = generator.pick([0, 1, 1, 2, 3, 4, 7, 12, 13, 16, 24, 25, 31, 49])
    shape.lk = generator.pick([0, 1, 2, 3, 5, 8, 13, 16, 17, 31, 33, 64, 65, 71])
    shape.dim = generator.pick([1, 2, 3, 4, 5, 8, 12, 16, 17, 31, 32, 33, 40])
    shape.mask = generator.pick(masks)
    shape.isInterleaved = generator.below(2) == 0
    shape.padding = generator.pick([0, 0, 1, 3, 16])
    shape.hasLse = generator.below(3) > 0
    shape.steepness = generator.pick([0.1, 2, 40])
    shape.seed = generator.next()
    return shape
  }
}

/// The fields of hone_attention after lse, as a test wants them.
struct AttentionOptions {
  var left = -1
  var right = -1
  var softcap: Float = 0
  /// Lengths by q_offsets and k_offsets, drawn from 0 … lq and 0 … lk.
  var variesQueries = false
  var variesKeys = false
  /// k_lengths, drawn as well.
  var padsKeys = false
  /// Keys of a block of a paged cache; 0: contiguous.
  var blockSize = 0
  var hasSlopes = false
  var bias = Bias.none

  enum Bias: CaseIterable { case none, perHead, broadcast, withHoles }

  var isPlain: Bool {
    left < 0 && right < 0 && softcap == 0 && !variesQueries && !variesKeys && !padsKeys
      && blockSize == 0 && !hasSlopes && bias == .none
  }

  static func random(_ generator: inout SeededGenerator) -> AttentionOptions {
    var options = AttentionOptions()
    options.left = generator.pick([-1, -1, 0, 1, 5, 17, 40])
    options.right = generator.pick([-1, -1, 0, 2, 9])
    options.softcap = generator.pick([0, 0, 3, 30])
    options.variesQueries = generator.below(3) == 0
    options.blockSize = generator.pick([0, 0, 1, 3, 4, 16])
    options.variesKeys = options.blockSize == 0 && generator.below(3) == 0
    options.padsKeys = generator.below(3) == 0
    options.hasSlopes = generator.below(3) == 0
    options.bias = generator.pick([.none, .none] + Bias.allCases)
    return options
  }
}
