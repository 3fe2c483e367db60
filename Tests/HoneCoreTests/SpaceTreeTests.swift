// SpaceTreeTests.swift: counting, numbering, drawing and neighbours, against brute force on random spaces.

import Testing

@testable import HoneCore

/// A random branch with up to five small parameters and up to four constraints over some of them.
private func randomBranch(_ generator: inout SeededGenerator, _ name: String) -> Branch {
  let parameters = (0..<generator.below(6)).map { index in
    let values = (0...generator.below(6)).map { ParameterValue.int($0 * 3 + index) }
    return Parameter("p\(index)", values, kind: generator.below(3) == 0 ? .categorical : .ordinal)
  }
  let constraints = (0..<generator.below(5)).map { index in
    let over = parameters.map(\.name).filter { _ in generator.below(2) == 0 }
    let modulus = 2 + generator.below(3)
    return Constraint("c\(index)", over: over) { values in
      values.isEmpty || values.compactMap(\.int).reduce(index, +) % modulus != 0
    }
  }
  return Branch(
    backend: "b", variant: name, parameters: parameters, constraints: constraints,
    defaults: parameters.map { _ in 0 })
}

private func allCombinations(_ space: Space) -> [Point] {
  space.branches.indices.flatMap { branch in
    space.branches[branch].parameters.reduce([[]]) { prefixes, parameter in
      prefixes.flatMap { prefix in parameter.values.indices.map { prefix + [$0] } }
    }.map { Point(branch: branch, indices: $0) }
  }
}

@Suite("space tree")
struct SpaceTreeTests {
  @Test("agrees with brute force on 300 random spaces")
  func bruteForce() throws {
    var generator = SeededGenerator(seed: 42)
    for _ in 0..<300 {
      let space = Space((0...generator.below(3)).map { randomBranch(&generator, "v\($0)") })
      let tree = try SpaceTree(space)
      let combinations = allCombinations(space)
      let valid = combinations.filter(space.isValid)
      #expect(tree.count == valid.count)
      #expect(Set(tree.points) == Set(valid))
      for (index, point) in tree.points.enumerated() { #expect(tree.index(of: point) == index) }
      for point in combinations where !space.isValid(point) { #expect(!tree.contains(point)) }
    }
  }

  @Test("numbers and points that are not there are nil")
  func outside() throws {
    let tree = try SpaceTree(
      Space([
        Branch(backend: "b", variant: "v", parameters: [Parameter("x", [1, 2])], defaults: [0])
      ]))
    #expect(tree.count == 2)
    #expect(tree.point(at: -1) == nil && tree.point(at: 2) == nil)
    for point in [
      Point(branch: 0, indices: [2]), Point(branch: 0, indices: [-1]),
      Point(branch: 0, indices: []), Point(branch: 1, indices: [0]),
      Point(branch: -1, indices: [0]), Point(branch: 0, indices: [0, 0]),
    ] {
      #expect(tree.index(of: point) == nil)
      #expect(tree.neighbours(of: point, .step).isEmpty)
    }
  }

  @Test("no branches, a parameter without values, and a constraint that nothing satisfies")
  func empty() throws {
    #expect(try SpaceTree(Space([])).count == 0)
    let none = Branch(backend: "b", variant: "v", parameters: [Parameter("x", [])], defaults: [0])
    let never = Branch(
      backend: "b", variant: "w", parameters: [Parameter("x", [1])],
      constraints: [Constraint("never", over: []) { _ in false }], defaults: [0])
    let tree = try SpaceTree(Space([none, never]))
    #expect(tree.count == 0)
    #expect(!tree.contains(Point(branch: 1, indices: [0])))
    var generator = SeededGenerator(seed: 1)
    #expect(tree.draw(using: &generator) == nil)
  }

  @Test("a constraint over a parameter that is not there is refused, by name")
  func unknownParameter() {
    let branch = Branch(
      backend: "b", variant: "v", parameters: [Parameter("x", [1])],
      constraints: [Constraint("?", over: ["x", "y"]) { _ in true }], defaults: [0])
    let error = #expect(throws: HoneError.self) { try SpaceTree(Space([branch])) }
    #expect(error?.message.contains("'y'") == true)
  }

  @Test("independent parameters multiply without being enumerated; too many are refused")
  func independent() throws {
    let parameters = (0..<6).map { index in
      Parameter("p\(index)", (0..<1000).map { .int($0) })
    }
    func space(_ count: Int) -> Space {
      Space([
        Branch(
          backend: "b", variant: "v", parameters: Array(parameters.prefix(count)),
          defaults: Array(repeating: 0, count: count))
      ])
    }
    let tree = try SpaceTree(space(6))
    #expect(tree.count == 1_000_000_000_000_000_000)
    let point = Point(branch: 0, indices: [1, 22, 333, 44, 5, 999])
    #expect(tree.index(of: point) == 1_022_333_044_005_999)
    #expect(tree.point(at: 1_022_333_044_005_999) == point)
    var large = space(6)
    large.branches[0].parameters.append(Parameter("q", (0..<1000).map { .int($0) }))
    large.branches[0].defaults.append(0)
    #expect(throws: HoneError.self) { try SpaceTree(large) }
    #expect(throws: HoneError.self) {
      try SpaceTree(Space(Array(repeating: space(6).branches[0], count: 10)))
    }
  }

  @Test("equal prefixes share their subtrees: a chain of constraints stays small")
  func sharing() throws {
    // 20^8 = 2.6·10^10 combinations, each parameter tied to the one before only.
    let parameters = (0..<8).map { index in Parameter("p\(index)", (0..<20).map { .int($0) }) }
    let chain = (1..<8).map { index in
      Constraint("ascending", over: ["p\(index - 1)", "p\(index)"]) { values in
        values[0] <= values[1]
      }
    }
    let branch = Branch(
      backend: "b", variant: "v", parameters: parameters, constraints: chain,
      defaults: Array(repeating: 0, count: 8))
    // Multisets of 8 out of 20: C(27, 8).
    #expect(try SpaceTree(Space([branch])).count == 2_220_075)
  }

  @Test("draws are uniform over valid points, however uneven the branches are")
  func uniform() throws {
    let small = Branch(backend: "b", variant: "s", parameters: [], defaults: [])
    let large = Branch(
      backend: "b", variant: "l",
      parameters: [Parameter("x", [1, 2, 3, 4]), Parameter("y", [1, 2, 3, 4])],
      constraints: [Constraint("x ≤ y", over: ["x", "y"]) { $0[0] <= $0[1] }], defaults: [0, 0])
    let tree = try SpaceTree(Space([small, large]))
    var generator = SeededGenerator(seed: 8)
    var counts: [Point: Int] = [:]
    for _ in 0..<11_000 {
      counts[try #require(tree.draw(using: &generator)), default: 0] += 1
    }
    #expect(counts.count == 11)
    // Binomial: 1000 ± 30; five deviations.
    #expect(counts.values.allSatisfy { abs($0 - 1000) < 150 })
  }
}

@Suite("space neighbours")
struct SpaceNeighboursTests {
  @Test("neighbours are valid, distinct, not the point itself, and differ as their kind says")
  func kinds() throws {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<150 {
      let space = Space((0...generator.below(3)).map { randomBranch(&generator, "v\($0)") })
      let tree = try SpaceTree(space)
      guard let point = tree.draw(using: &generator) else { continue }
      for kind in Neighbourhood.allCases {
        let near = tree.neighbours(of: point, kind)
        #expect(Set(near).count == near.count)
        for other in near {
          #expect(tree.contains(other))
          #expect((other.branch == point.branch) == (kind != .otherBranch))
          if kind == .otherBranch { continue }
          let changed = zip(point.indices, other.indices).filter { $0 != $1 }.count
          #expect(changed == (kind == .twoSteps ? 2 : 1))
        }
      }
      #expect(
        Set(tree.neighbours(of: point, .step)).isSubset(
          of: Set(tree.neighbours(of: point, .oneParameter))))
    }
  }

  @Test("a step goes to the next valid value, over the invalid ones")
  func stepsOverInvalid() throws {
    let branch = Branch(
      backend: "b", variant: "v", parameters: [Parameter("x", (0..<10).map { .int($0) })],
      constraints: [Constraint("x mod 4 = 1", over: ["x"]) { ($0[0].int ?? 0) % 4 == 1 }],
      defaults: [1])
    let tree = try SpaceTree(Space([branch]))
    let near = tree.neighbours(of: Point(branch: 0, indices: [5]), .step)
    #expect(near.map(\.indices) == [[1], [9]])
  }

  @Test("another branch takes over the values that it has, as far as they are valid")
  func otherBranch() throws {
    let from = Branch(
      backend: "b", variant: "from",
      parameters: [Parameter("threads", [1, 2, 4]), Parameter("mc", [32, 64])], defaults: [0, 0])
    let to = Branch(
      backend: "b", variant: "to",
      parameters: [
        Parameter("nc", [8, 16]), Parameter("mc", [16, 32, 64]), Parameter("threads", [1, 4]),
      ],
      constraints: [
        Constraint("few", over: ["threads", "mc"]) {
          ($0[0].int ?? 0) * ($0[1].int ?? 0) <= 128
        }
      ], defaults: [1, 0, 0])
    let tree = try SpaceTree(Space([from, to]))
    // mc = 64 is taken over first, so threads = 4 would not be valid any more.
    #expect(
      tree.neighbours(of: Point(branch: 0, indices: [2, 1]), .otherBranch)
        == [Point(branch: 1, indices: [1, 2, 0])])
    #expect(
      tree.neighbours(of: Point(branch: 0, indices: [2, 0]), .otherBranch)
        == [Point(branch: 1, indices: [1, 1, 1])])
  }
}
