// UniformValues.swift: operands full of random values, on all cores: making them is the dearest part of tuning large problems.

internal import Dispatch
internal import HoneCore

enum UniformValues {
  /// Elements that share a generator: enough that starting it costs nothing, few enough that cores end together.
  private static let block = 1 << 16

  /// Uniform in -0.5 ..< 0.5, exact in a float; the same values for the same seed, however many cores there are.
  static func fill(_ base: UnsafeMutablePointer<Float>, count: Int, seed: UInt64) {
    nonisolated(unsafe) let base = base
    blocks(count, seed: seed) { range, generator in
      fill(base + range.lowerBound, count: range.count, &generator)
    }
  }

  /// Calls `body` for all of 0..<count, range by range, on all cores. Ranges begin at multiples of 2¹⁶, each with a generator of its own.
  static func blocks(
    _ count: Int, seed: UInt64, _ body: @Sendable (Range<Int>, inout SeededGenerator) -> Void
  ) {
    DispatchQueue.concurrentPerform(iterations: (count + block - 1) / block) { index in
      let first = index * block
      var generator = SeededGenerator(seed: seed &+ UInt64(index) &* 0xD134_2543_DE82_EF95)
      body(first..<min(first + block, count), &generator)
    }
  }

  /// Two floats of 24 bits from each draw.
  private static func fill(
    _ base: UnsafeMutablePointer<Float>, count: Int, _ generator: inout SeededGenerator
  ) {
    var index = 0
    while index < count {
      let bits = generator.next()
      base[index] = centered(bits >> 40)
      if index + 1 < count { base[index + 1] = centered(bits >> 16 & 0xFF_FFFF) }
      index += 2
    }
  }

  private static func centered(_ bits: UInt64) -> Float {
    Float(Int32(truncatingIfNeeded: bits) - 0x80_0000) * 0x1p-24
  }
}
