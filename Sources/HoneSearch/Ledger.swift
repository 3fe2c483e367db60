// Ledger.swift: what every strategy keeps: which points were proposed, what they gave, and fresh points drawn uniformly.

internal import HoneCore

/// The book-keeping of a strategy. Points are known by their numbers in the tree.
struct Ledger: Sendable {
  let tree: SpaceTree
  var generator: SeededGenerator
  /// Asked or told, by number.
  private(set) var seen: Set<Int> = []
  /// Asked and not told yet.
  private(set) var pending: Set<Int> = []
  /// The best that was told.
  private(set) var best: (index: Int, value: Double)?
  /// What was told, by number; nil for a failure. A point that is missing was not told.
  private(set) var values: [Int: Double?] = [:]
  /// Told, with or without a value.
  var toldCount: Int { values.count }

  private var start: [Int]
  private var fresh: LazyPermutation
  /// Made when it is first used.
  private var spread: SpreadDesign?

  init(_ task: SearchTask) {
    tree = task.tree
    generator = SeededGenerator(seed: task.seed)
    start = task.start.compactMap(task.tree.index(of:)).reversed()
    fresh = LazyPermutation(count: task.tree.count)
  }

  var isExhausted: Bool { seen.count >= tree.count }

  /// The next start point that was not seen yet.
  mutating func nextStart() -> Point? {
    while let index = start.popLast() {
      if let point = propose(index) { return point }
    }
    return nil
  }

  /// A point that was not seen yet, each as probable as any other; nil where all were.
  mutating func nextFresh() -> Point? {
    while let index = fresh.next(using: &generator) {
      if let point = propose(index) { return point }
    }
    return nil
  }

  /// Start points, then points far from each other until `count` were seen, told ones that were never asked for among them; nil from then on.
  mutating func nextInitial(_ count: Int) -> Point? {
    nextStart() ?? (seen.count < count ? nextSpread() : nil)
  }

  /// A point far from all that were seen; nil where all were.
  mutating func nextSpread() -> Point? {
    var design = spread ?? SpreadDesign(tree.space)
    let index = design.next(in: tree, seen: seen, using: &generator)
    spread = design
    return index.flatMap { propose($0) } ?? nextFresh()
  }

  /// The point itself where it is valid and new, else one that a few random moves lead to; nil where a number of tries find none.
  mutating func proposeNear(_ target: Point) -> Point? {
    let parameters = tree.space.branches[target.branch].parameters
    for attempt in 0..<60 {
      var point = target
      // Where all around is known, moves must become larger to find something new.
      let moves = parameters.isEmpty || attempt == 0 ? 0 : 1 + attempt / 12
      for _ in 0..<moves {
        let position = generator.below(parameters.count)
        point.indices[position] = generator.moved(point.indices[position], parameters[position])
      }
      if let point = propose(point) { return point }
    }
    return nil
  }

  /// The point with that number, noted as proposed; nil where it was seen before.
  mutating func propose(_ index: Int) -> Point? {
    guard let point = tree.point(at: index), seen.insert(index).inserted else { return nil }
    pending.insert(index)
    return point
  }

  /// The point itself where it is valid and new, noted as proposed.
  mutating func propose(_ point: Point) -> Point? { tree.index(of: point).flatMap { propose($0) } }

  func isNew(_ point: Point) -> Bool {
    tree.index(of: point).map { !seen.contains($0) } ?? false
  }

  /// Notes an answer and returns the number of its point; nil for a point that is not in the space. NaN is a failure.
  @discardableResult
  mutating func note(_ evaluation: Evaluation) -> Int? {
    guard let index = tree.index(of: evaluation.point) else { return nil }
    seen.insert(index)
    pending.remove(index)
    let value = evaluation.value.flatMap { $0.isNaN ? nil : $0 }
    values[index] = .some(value)
    if let value, value < best?.value ?? .infinity { best = (index, value) }
    return index
  }
}

extension SeededGenerator {
  /// Another value of a parameter, as an index: one step away for three of four moves of an ordinal one, anything otherwise. At the
  /// ends it may stay where it is.
  mutating func moved(_ index: Int, _ parameter: Parameter) -> Int {
    guard parameter.kind == .ordinal, below(4) > 0 else { return below(parameter.values.count) }
    return min(max(index + (below(2) == 0 ? -1 : 1), 0), parameter.values.count - 1)
  }
}

/// The numbers 0..<count in random order, made one by one: a Fisher–Yates shuffle that stores only the places it touched.
struct LazyPermutation: Sendable {
  private var left: Int
  private var moved: [Int: Int] = [:]

  init(count: Int) { left = count }

  mutating func next(using generator: inout SeededGenerator) -> Int? {
    guard left > 0 else { return nil }
    let place = generator.below(left)
    left -= 1
    let value = moved[place] ?? place
    moved[place] = moved[left] ?? left
    moved[left] = nil
    return value
  }
}
