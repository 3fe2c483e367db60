// Space+GroupTree.swift: the valid combinations of parameters that constraints tie together, as a tree with shared subtrees.

/// One level of a group: the parameter that is bound there and what can be checked then.
private struct Level {
  /// Index of the parameter in its branch.
  var parameter: Int
  var values: [ParameterValue]
  /// Constraints whose last parameter this is, and for each the levels of its parameters.
  var constraints: [(constraint: Constraint, levels: [Int])] = []
  /// Earlier levels whose values matter to this level's constraints or to later ones. Equal values there, equal subtrees.
  var live: [Int] = []
}

/// The tree is stored flat: node n has the edges `firstEdge[n]..<firstEdge[n + 1]`, one a valid value, ascending.
struct GroupTree: Sendable {
  /// Valid combinations.
  private(set) var count = 0
  private let members: [Int]
  private var firstEdge: [Int] = []
  private var edgeEnd: [Int] = []
  private var edgeValue: [Int32] = []
  private var edgeChild: [Int32] = []
  /// Combinations under the edges before this one, of the same node.
  private var edgeOffset: [Int] = []
  private var root: Int32 = 0

  /// The child below the last level.
  private static let leaf: Int32 = -1

  init(_ branch: Branch, members: [Int]) throws(HoneError) {
    self.members = members
    var builder = GroupTreeBuilder(levels: try Self.levels(of: branch, members: members))
    guard let (root, count) = builder.build(level: 0) else { throw BranchTree.tooLarge(branch) }
    (firstEdge, edgeEnd) = (builder.firstEdge, builder.edgeEnd)
    (edgeValue, edgeChild, edgeOffset) = (
      builder.edgeValue, builder.edgeChild, builder.edgeOffset
    )
    self.root = root
    self.count = count
  }

  /// Writes the combination with that number to the places of its parameters.
  func bind(_ position: Int, into indices: inout [Int]) {
    var node = root
    var rest = position
    for member in members {
      let edges = firstEdge[Int(node)]..<edgeEnd[Int(node)]
      // The last edge whose offset is not above the rest.
      let edge = Self.partition(edges) { edgeOffset[$0] > rest } - 1
      indices[member] = Int(edgeValue[edge])
      rest -= edgeOffset[edge]
      node = edgeChild[edge]
    }
  }

  /// The number of a combination, or nil where it is not valid.
  func position(of indices: [Int]) -> Int? {
    var node = root
    var result = 0
    for member in members {
      let edges = firstEdge[Int(node)]..<edgeEnd[Int(node)]
      let edge = Self.partition(edges) { Int(edgeValue[$0]) >= indices[member] }
      guard edge < edges.upperBound, Int(edgeValue[edge]) == indices[member] else { return nil }
      result += edgeOffset[edge]
      node = edgeChild[edge]
    }
    return result
  }

  /// The first element of an ascending range for which `holds`, or its end.
  private static func partition(_ range: Range<Int>, _ holds: (Int) -> Bool) -> Int {
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high {
      let middle = (low + high) / 2
      if holds(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  private static func levels(of branch: Branch, members: [Int]) throws(HoneError) -> [Level] {
    var levels = members.map {
      Level(parameter: $0, values: branch.parameters[$0].values)
    }
    var uses: [(first: Int, last: Int)] = []
    var usedLevels: [[Int]] = []
    for constraint in branch.constraints {
      let parameters = try branch.indices(of: constraint)
      let positions = parameters.compactMap(members.firstIndex(of:))
      guard let last = positions.max(), let first = positions.min() else { continue }
      levels[last].constraints.append((constraint, positions))
      uses.append((first, last))
      usedLevels.append(positions)
    }
    for level in levels.indices {
      let pending = zip(uses, usedLevels).filter { $0.0.last >= level }.flatMap(\.1)
      levels[level].live = Array(Set(pending.filter { $0 < level })).sorted()
    }
    return levels
  }
}

/// Binds the parameters of a group in order and notes what is valid. All buffers are made once: a node allocates nothing.
private struct GroupTreeBuilder {
  private let levels: [Level]
  var firstEdge: [Int] = []
  var edgeEnd: [Int] = []
  var edgeValue: [Int32] = []
  var edgeChild: [Int32] = []
  var edgeOffset: [Int] = []

  private typealias Edge = (value: Int32, child: Int32, count: Int)

  /// Value indices bound so far.
  private var bound: [Int]
  /// The arguments of all constraints, one array each, so that a check allocates nothing.
  private var arguments: [[ParameterValue]] = []
  /// For each level: which arguments of which constraints its parameter is.
  private var uses: [[(constraint: Int, position: Int)]]
  /// For each level: the constraints that can be checked there, as a range of `arguments`.
  private var checked: [Range<Int>] = []
  /// Edges of the node that is being made on each level.
  private var edges: [[Edge]]
  /// For each level: the values of its live parameters → node and count.
  private var known: [[UInt64: (node: Int32, count: Int)]]
}

extension GroupTreeBuilder {
  init(levels: [Level]) {
    self.levels = levels
    bound = Array(repeating: 0, count: levels.count)
    uses = Array(repeating: [], count: levels.count)
    edges = Array(repeating: [], count: levels.count)
    known = Array(repeating: [:], count: levels.count)
    for level in levels {
      checked.append(arguments.count..<arguments.count + level.constraints.count)
      for entry in level.constraints {
        for (position, source) in entry.levels.enumerated() {
          uses[source].append((arguments.count, position))
        }
        arguments.append(Array(repeating: .int(0), count: entry.levels.count))
      }
    }
  }

  /// The node for what is bound above `level`, and its combinations; nil where there are too many to count.
  mutating func build(level: Int) -> (node: Int32, count: Int)? {
    guard level < levels.count else { return (-1, 1) }
    let key = key(level)
    if let key, let shared = known[level][key] { return shared }
    guard findEdges(level) else { return nil }
    let node = Int32(firstEdge.count)
    firstEdge.append(edgeValue.count)
    var offset = 0
    for edge in edges[level] {
      edgeValue.append(edge.value)
      edgeChild.append(edge.child)
      edgeOffset.append(offset)
      let (sum, overflow) = offset.addingReportingOverflow(edge.count)
      if overflow { return nil }
      offset = sum
    }
    edgeEnd.append(edgeValue.count)
    if let key { known[level][key] = (node, offset) }
    return (node, offset)
  }

  /// Collects the values of this level's parameter with at least one valid combination below. False where there are too many to count.
  private mutating func findEdges(_ level: Int) -> Bool {
    edges[level].removeAll(keepingCapacity: true)
    for value in levels[level].values.indices {
      bind(level, value)
      guard holds(level) else { continue }
      guard let (child, count) = build(level: level + 1) else { return false }
      if count > 0 { edges[level].append((Int32(value), child, count)) }
    }
    return true
  }

  private mutating func bind(_ level: Int, _ value: Int) {
    bound[level] = value
    for use in uses[level] {
      arguments[use.constraint][use.position] = levels[level].values[value]
    }
  }

  private func holds(_ level: Int) -> Bool {
    for (constraint, entry) in zip(checked[level], levels[level].constraints)
    where !entry.constraint.holds(arguments[constraint]) { return false }
    return true
  }

  /// The live values as one number; nil where nothing can be shared, since every earlier value is live, or they do not fit.
  private func key(_ level: Int) -> UInt64? {
    let live = levels[level].live
    if live.count == level && level > 0 { return nil }
    var key: UInt64 = 0
    for source in live {
      let (product, overflow) = key.multipliedReportingOverflow(
        by: UInt64(levels[source].values.count))
      if overflow { return nil }
      key = product &+ UInt64(bound[source])
    }
    return key
  }
}
