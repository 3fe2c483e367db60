// Space+Tree.swift: the valid configurations of a space, counted and numbered without enumerating the invalid ones.

/// The valid points of a space, numbered from 0: to count, to index, to draw from uniformly and to walk through.
///
/// Background: a space of 10⁹ combinations often has a million valid ones. Each branch is cut into groups of parameters that are tied to
/// each other by constraints, directly or through others; groups are independent, so their counts multiply. Within a group,
/// parameters are bound in order and a constraint is checked as soon as its last parameter is bound, so that a
/// subtree without valid points costs one check. Prefixes that look alike to all constraints still to come share their subtree.
///
/// Order parameters so that tied ones are close: that is what keeps the trees small.
public struct SpaceTree: Sendable {
  public let space: Space
  /// Valid points.
  public let count: Int
  let branches: [BranchTree]
  /// How many valid points lie in the branches before each one.
  let offsets: [Int]

  /// Throws where a constraint names a parameter that its branch has not, or where there are more valid points than an Int counts.
  public init(_ space: Space) throws(HoneError) {
    var trees: [BranchTree] = []
    var offsets: [Int] = []
    var total = 0
    for branch in space.branches {
      let tree = try BranchTree(branch)
      offsets.append(total)
      trees.append(tree)
      let (sum, overflow) = total.addingReportingOverflow(tree.count)
      if overflow { throw BranchTree.tooLarge(branch) }
      total = sum
    }
    self.space = space
    self.branches = trees
    self.offsets = offsets
    count = total
  }

  /// The point with that number, or nil outside 0..<count. Branches come in order, and within a branch a point's last group varies fastest.
  public func point(at index: Int) -> Point? {
    guard index >= 0 && index < count else { return nil }
    // Empty branches share their offset with the next one: the last match is the one that has points.
    let branch = (offsets.firstIndex { $0 > index } ?? offsets.count) - 1
    return Point(branch: branch, indices: branches[branch].indices(at: index - offsets[branch]))
  }

  /// The number of a point, or nil where it is not valid.
  public func index(of point: Point) -> Int? {
    guard branches.indices.contains(point.branch) else { return nil }
    return branches[point.branch].index(of: point.indices).map { offsets[point.branch] + $0 }
  }

  public func contains(_ point: Point) -> Bool { index(of: point) != nil }

  /// The numbers of the points of a branch.
  public func range(ofBranch branch: Int) -> Range<Int> {
    offsets[branch]..<(offsets[branch] + branches[branch].count)
  }

  /// A valid point, each as probable as any other; nil where there is none.
  public func draw(using generator: inout SeededGenerator) -> Point? {
    point(at: generator.below(count))
  }

  /// All valid points in the order of their numbers, made as they are asked for.
  public var points: some Sequence<Point> { (0..<count).lazy.compactMap { point(at: $0) } }
}

/// The valid points of one branch: the product of its independent groups.
struct BranchTree: Sendable {
  let count: Int
  private let groups: [GroupTree]
  private let parameterCount: Int
  private let isEmpty: Bool

  init(_ branch: Branch) throws(HoneError) {
    let groups = try Self.groups(of: branch)
    var trees: [GroupTree] = []
    var product = 1
    for members in groups {
      let tree = try GroupTree(branch, members: members)
      trees.append(tree)
      let (result, overflow) = product.multipliedReportingOverflow(by: tree.count)
      if overflow { throw Self.tooLarge(branch) }
      product = result
    }
    self.groups = trees
    // A constraint over nothing holds for all or for none.
    isEmpty = branch.constraints.contains { $0.parameters.isEmpty && !$0.holds([]) }
    count = isEmpty ? 0 : product
    parameterCount = branch.parameters.count
  }

  static func tooLarge(_ branch: Branch) -> HoneError {
    HoneError(
      .usage, "the space of \(branch.variant) has more than 2^63 valid configurations",
      advice: "Give its parameters fewer values, or add constraints.")
  }

  func indices(at index: Int) -> [Int] {
    var result = [Int](repeating: 0, count: parameterCount)
    var rest = index
    for group in groups.reversed() {
      group.bind(rest % group.count, into: &result)
      rest /= group.count
    }
    return result
  }

  func index(of indices: [Int]) -> Int? {
    guard indices.count == parameterCount, !isEmpty else { return nil }
    var result = 0
    for group in groups {
      guard let position = group.position(of: indices) else { return nil }
      result = result * group.count + position
    }
    return result
  }

  /// Parameters that constraints tie together, as ascending indices; groups in the order of their first member.
  private static func groups(of branch: Branch) throws(HoneError) -> [[Int]] {
    // Union–find: each parameter points towards the smallest one of its group.
    var parent = Array(branch.parameters.indices)
    func root(_ index: Int) -> Int {
      var index = index
      while parent[index] != index { index = parent[index] }
      return index
    }
    for constraint in branch.constraints {
      let members = try branch.indices(of: constraint)
      for member in members.dropFirst() {
        let (a, b) = (root(members[0]), root(member))
        parent[max(a, b)] = min(a, b)
      }
    }
    return branch.parameters.indices.filter { root($0) == $0 }.map { first in
      branch.parameters.indices.filter { root($0) == first }
    }
  }
}

extension Branch {
  /// Where the parameters of a constraint are in this branch.
  func indices(of constraint: Constraint) throws(HoneError) -> [Int] {
    var result: [Int] = []
    for name in constraint.parameters {
      guard let index = parameters.firstIndex(where: { $0.name == name }) else {
        throw HoneError(
          .usage, "a constraint of \(variant) names '\(name)', which is none of its parameters",
          advice: "It has: \(parameters.map(\.name).joined(separator: ", ")).",
          context: ["constraint": constraint.reason])
      }
      result.append(index)
    }
    return result
  }
}
