// SpreadDesign.swift: points that lie far apart, one by one: where to look first when nothing is known.

internal import HoneCore

/// Mitchell's best candidate: of a few points drawn uniformly from the valid ones, the one that is farthest from all points before. A
/// few, not many: the farthest of all would always be a corner, and corners of a space are rarely typical of it.
/// D. P. Mitchell, "Spectrally optimal sampling for distribution ray tracing", 1991.
struct SpreadDesign: Sendable {
  private static let candidates = 20
  /// Points that distances are computed to, the latest: keeps a proposal's cost bounded.
  private static let memory = 2000

  private let encoding: PointEncoding
  private let weights: [Float]
  private var table: FeatureTable
  /// Numbers of the points in the table.
  private var known: Set<Int> = []

  init(_ space: Space) {
    encoding = PointEncoding(space)
    weights = Array(repeating: 1, count: encoding.count)
    table = FeatureTable(encoding)
  }

  /// The number of the next point; nil where there is nothing to be far from yet, or no candidate was new.
  mutating func next(in tree: SpaceTree, seen: Set<Int>, using generator: inout SeededGenerator)
    -> Int?
  {
    learn(seen, tree)
    guard table.count > 0 else { return nil }
    var farthest: (index: Int, distance: Float)?
    for _ in 0..<Self.candidates {
      let index = generator.below(tree.count)
      guard !seen.contains(index), let point = tree.point(at: index) else { continue }
      let distances = table.squaredDistances(to: encoding.features(of: point), weights: weights)
      let distance = distances.min() ?? 0
      if distance > farthest?.distance ?? -1 { farthest = (index, distance) }
    }
    return farthest?.index
  }

  private mutating func learn(_ seen: Set<Int>, _ tree: SpaceTree) {
    guard seen.count != known.count else { return }
    if table.count > Self.memory { table.removeAll() }
    for index in seen.subtracting(known).sorted() {
      guard let point = tree.point(at: index) else { continue }
      table.append(encoding.features(of: point))
    }
    known = seen
  }
}
