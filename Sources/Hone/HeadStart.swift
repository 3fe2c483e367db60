// HeadStart.swift: what is tried before the strategy: winners of near problems, the analytic model's picks, each back end's default.

internal import HoneCore
internal import HoneSearch

/// Candidates beside the default, most promising first, each with who thought of it.
struct HeadStart {
  struct Candidate: Hashable, Sendable {
    var point: Point
    var origin: String
  }

  private(set) var candidates: [Candidate] = []

  static let analytic = "analytic"
  static let `default` = "default"

  /// Points that are looked at in a space too large to rank whole.
  private static let sample = 1024
  private static let perBranch = 2
  /// Candidates at most. A space that is no larger is tried whole.
  static let most = 16

  /// Sources take turns, so that a budget for a few candidates gets the best of each.
  init(space: ProblemSpace, transfer: [Transfer.Seed], model: AnalyticModel, seed: UInt64) {
    let sources = [
      transfer.map { Candidate(point: $0.point, origin: $0.origin) },
      Self.ranked(space, model, seed).map { Candidate(point: $0, origin: Self.analytic) },
      Self.otherDefaults(space).map { Candidate(point: $0, origin: Self.analytic) },
    ]
    var seen: Set<Point> = [space.defaultPoint]
    for turn in 0..<(sources.map(\.count).max() ?? 0) {
      for source in sources where turn < source.count {
        if seen.insert(source[turn].point).inserted { candidates.append(source[turn]) }
      }
    }
  }

  /// The untuned points of back ends other than the default's: each has a right to be compared.
  private static func otherDefaults(_ space: ProblemSpace) -> [Point] {
    let branches = space.space.branches
    var seen = [branches[0].backend]
    return branches.indices.compactMap { index in
      guard !seen.contains(branches[index].backend) else { return nil }
      seen.append(branches[index].backend)
      return space.space.defaultPoint(ofBranch: index)
    }.filter(space.tree.contains)
  }

  /// By the model's seconds, of equals the one that is closer to its branch's default, a few a branch.
  private static func ranked(_ space: ProblemSpace, _ model: AnalyticModel, _ seed: UInt64)
    -> [Point]
  {
    let rated = pool(space, seed).map { number, point in
      (
        point: point, seconds: model.seconds(space.space.configuration(at: point)),
        changes: zip(point.indices, space.space.branches[point.branch].defaults).count {
          $0 != $1
        }, number: number
      )
    }
    let sorted = rated.sorted {
      ($0.seconds, $0.changes, $0.number) < ($1.seconds, $1.changes, $1.number)
    }
    var taken: [Int: Int] = [:]
    return sorted.compactMap { entry in
      taken[entry.point.branch, default: 0] += 1
      let isWanted = space.size <= most || taken[entry.point.branch, default: 0] <= perBranch
      return isWanted ? entry.point : nil
    }
  }

  /// Everything of a small space; of a large one the branches' defaults, what is one parameter away from them, and a sample.
  private static func pool(_ space: ProblemSpace, _ seed: UInt64) -> [(Int, Point)] {
    let tree = space.tree
    var numbers: Set<Int> = []
    if tree.count <= sample {
      numbers.formUnion(0..<tree.count)
    } else {
      for start in space.startPoints where tree.contains(start) {
        let near = tree.neighbours(of: start, .oneParameter) + [start]
        numbers.formUnion(near.compactMap(tree.index(of:)))
      }
      var generator = SeededGenerator(seed: seed ^ 0x4EAD)
      for _ in 0..<sample { numbers.insert(generator.below(tree.count)) }
    }
    return numbers.sorted().compactMap { number in tree.point(at: number).map { (number, $0) } }
  }
}
