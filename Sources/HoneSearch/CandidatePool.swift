// CandidatePool.swift: the points that a proposal is chosen from, and what the model says of each, kept up to date as the model grows.

/// Candidates, each with its coordinates L⁻¹ k under the model (k: its covariances with the inputs). A further input adds one coordinate,
/// in O(n) a candidate, where computing afresh costs O(n²).
struct CandidatePool: Sendable {
  /// Blocks small enough that their coordinates stay in a core's cache.
  private static let blockSize = 512

  private let encoding: PointEncoding
  private var blocks: [Block] = []
  /// Numbers of the candidates, so that none comes twice.
  private(set) var numbers: Set<Int> = []

  init(_ encoding: PointEncoding) { self.encoding = encoding }

  mutating func removeAll() {
    blocks = []
    numbers = []
  }

  /// Adds candidates that are not in the pool yet.
  mutating func add(_ candidates: [(number: Int, features: [Float])], _ model: GaussianProcess) {
    let new = candidates.filter { numbers.insert($0.number).inserted }
    for start in stride(from: 0, to: new.count, by: Self.blockSize) {
      var block = Block(encoding)
      for candidate in new[start..<min(start + Self.blockSize, new.count)] {
        block.append(candidate.number, candidate.features)
      }
      block.extend(model)
      blocks.append(block)
    }
  }

  /// Takes over the model's new inputs.
  mutating func extend(_ model: GaussianProcess) {
    for index in blocks.indices { blocks[index].extend(model) }
  }

  /// Means under targets of which L⁻¹ targets is given, and variances.
  func forEach<E: Error>(
    _ white: [Double], _ body: (_ number: Int, _ mean: Float, _ variance: Float) throws(E) -> Void
  ) throws(E) {
    for block in blocks {
      let means = block.combined(white)
      for (index, number) in block.numbers.enumerated() {
        try body(number, means[index], block.variances[index])
      }
    }
  }
}

private struct Block: Sendable {
  private(set) var numbers: [Int] = []
  private(set) var variances: [Float] = []
  private var table: FeatureTable
  /// Coordinate i of candidate c is at i · width + c.
  private var coordinates: [Float] = []
  private var known = 0

  private var width: Int { numbers.count }

  init(_ encoding: PointEncoding) { table = FeatureTable(encoding) }

  mutating func append(_ number: Int, _ features: [Float]) {
    numbers.append(number)
    variances.append(1)
    table.append(features)
  }

  mutating func extend(_ model: GaussianProcess) {
    while known < model.count {
      let (left, diagonal) = model.factor.row(known)
      var fresh = table.covariances(with: model.inputs.point(known), weights: model.weights)
      subtractCombined(left, from: &fresh)
      let scale = Float(1 / diagonal)
      for c in 0..<width {
        fresh[c] *= scale
        variances[c] -= fresh[c] * fresh[c]
      }
      coordinates += fresh
      known += 1
    }
  }

  /// Σ coefficient i · coordinate i, for every candidate.
  func combined(_ coefficients: [Double]) -> [Float] {
    var result = [Float](repeating: 0, count: width)
    subtractCombined(coefficients.map { -$0 }[...], from: &result)
    return result
  }

  /// Four coordinates a pass: the sums are loaded and stored a quarter as often.
  private func subtractCombined(_ factors: ArraySlice<Double>, from sums: inout [Float]) {
    let factors = factors.map { Float($0) }
    let width = width
    sums.withUnsafeMutableBufferPointer { sums in
      coordinates.withUnsafeBufferPointer { coordinates in
        guard let base = coordinates.baseAddress else { return }
        let even = factors.count & ~3
        for i in stride(from: 0, to: even, by: 4) {
          let (a, b, c, d) = (factors[i], factors[i + 1], factors[i + 2], factors[i + 3])
          let row = base + i * width
          for x in 0..<width {
            sums[x] -=
              (a * row[x] + b * row[x + width])
              + (c * row[x + 2 * width] + d * row[x + 3 * width])
          }
        }
        for i in even..<factors.count {
          let (a, row) = (factors[i], base + i * width)
          for x in 0..<width { sums[x] -= a * row[x] }
        }
      }
    }
  }
}
