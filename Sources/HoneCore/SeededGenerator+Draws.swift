// SeededGenerator+Draws.swift: whole numbers, normal numbers and shuffles; the same for the same seed on every toolchain.

// The logarithm and nothing else.
internal import Glibc

// The standard library's draws are not used: their algorithms may change between toolchains, and a resumed session must
// propose what the interrupted one would have proposed.
extension SeededGenerator {
  /// Uniform in `0..<bound` (Lemire's multiplication with rejection); 0 where `bound` is not positive.
  public mutating func below(_ bound: Int) -> Int {
    guard bound > 1 else { return 0 }
    let limit = UInt64(bound)
    let threshold = (0 &- limit) % limit
    while true {
      let (high, low) = next().multipliedFullWidth(by: limit)
      if low >= threshold { return Int(high) }
    }
  }

  /// Standard normal (Marsaglia's polar method; the second value of a pair is dropped, so that the state is all there is).
  public mutating func normal() -> Double {
    while true {
      let x = 2 * unit() - 1
      let y = 2 * unit() - 1
      let square = x * x + y * y
      if square > 0 && square < 1 { return x * (-2 * log(square) / square).squareRoot() }
    }
  }

  /// Fisher and Yates.
  public mutating func shuffle<Element>(_ array: inout [Element]) {
    for last in stride(from: array.count - 1, to: 0, by: -1) {
      array.swapAt(last, below(last + 1))
    }
  }
}
