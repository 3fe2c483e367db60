// SurrogateTargets.swift: answers as the numbers that the surrogate's model is fitted to.

internal import Glibc

/// Logarithms (where all values are positive) with mean 0 and deviation 1. What is far worse than the middle is drawn in: how bad a bad
/// point is must not shape the model where it is good.
struct SurrogateTargets: Sendable {
  private let isLogarithmic: Bool
  private let limit: Double
  private let mean: Double
  private let deviation: Double

  init(_ known: [Double]) {
    isLogarithmic = known.allSatisfy { $0 > 0 }
    let scaled = (isLogarithmic ? known.map { log($0) } : known).sorted()
    guard let least = scaled.first else {
      (limit, mean, deviation) = (0, 0, 1)
      return
    }
    let middle = scaled[scaled.count / 2]
    let limit = middle + 1.5 * (middle - least)
    let clipped = scaled.map { min($0, limit) }
    mean = clipped.reduce(0, +) / Double(clipped.count)
    let mean = mean
    let variance = clipped.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(clipped.count)
    deviation = variance > 0 ? variance.squareRoot() : 1
    self.limit = limit
  }

  /// The target for an answer; a failure counts as the worst.
  func target(_ value: Double?) -> Double {
    let scaled = value.map { isLogarithmic ? log($0) : $0 } ?? limit
    return (min(scaled, limit) - mean) / deviation
  }
}
