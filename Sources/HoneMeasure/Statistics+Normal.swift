// Statistics+Normal.swift: the normal distribution.

internal import Glibc

extension Statistics {
  /// P(Z ≤ z) of a standard normal Z.
  public static func normalProbability(below z: Double) -> Double {
    erfc(-z / 2.0.squareRoot()) / 2
  }

  /// The z with P(Z ≤ z) = p, for p in 0…1, to full precision: Newton's method from a rough start (Tukey's lambda with 0.1349
  /// is within 0.1 between 0.001 and 0.999), guarded by bisection.
  public static func normalQuantile(_ p: Double) -> Double {
    guard p > 0 else { return -.infinity }
    guard p < 1 else { return .infinity }
    if p > 0.5 { return -normalQuantile(1 - p) }
    var low = -40.0
    var high = 0.0
    var z = max(low, (pow(p, 0.1349) - pow(1 - p, 0.1349)) / 0.1975)
    for _ in 0..<100 {
      let excess = normalProbability(below: z) - p
      if excess > 0 { high = z } else { low = z }
      let density = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
      var next = density > 0 ? z - excess / density : (low + high) / 2
      if !(next >= low && next <= high) { next = (low + high) / 2 }
      if abs(next - z) <= 1e-15 * max(1, abs(z)) { return next }
      z = next
    }
    return z
  }
}
