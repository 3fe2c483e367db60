// ObjectiveTests.swift: the values of the objectives, their order, and the properties of a Pareto front.

import HoneCore
import Testing

@Suite("objectives")
struct ObjectiveTests {
  private let fast = ObjectiveFacts(seconds: 0.5, joules: 40, flops: 1e9)
  private let frugal = ObjectiveFacts(seconds: 0.8, joules: 10, flops: 1e9)

  @Test("values have the units that they say")
  func values() {
    #expect(TimeObjective.value(of: fast) == 0.5)
    #expect(ThroughputObjective.value(of: fast) == 2e9)
    #expect(EnergyObjective.value(of: fast) == 40)
    #expect(EfficiencyObjective.value(of: frugal) == 1e8)
  }

  @Test("what needs an unknown fact has no value, and never 0")
  func unknown() {
    let unmetered = ObjectiveFacts(seconds: 1)
    #expect(EnergyObjective.value(of: unmetered) == nil)
    #expect(EfficiencyObjective.value(of: unmetered) == nil)
    #expect(ThroughputObjective.value(of: unmetered) == nil)
    #expect(Objectives.named("joy") == nil)
    #expect(Set(Objectives.all.map { $0.name }).count == Objectives.all.count)
  }

  @Test("each objective orders configurations as its quantity does")
  func order() {
    for objective in Objectives.all {
      let quantity: (ObjectiveFacts) -> Double = {
        objective.quantity == .time ? $0.seconds : $0.joules ?? 0
      }
      let first = objective.value(of: fast) ?? .nan
      let second = objective.value(of: frugal) ?? .nan
      let isBetter = objective.isMaximised ? first > second : first < second
      #expect(first != second && first.isFinite && second.isFinite)
      #expect(isBetter == (quantity(fast) < quantity(frugal)), "\(objective.name)")
    }
  }
}

@Suite("Pareto fronts")
struct ParetoFrontTests {
  /// Few values a coordinate, so that equal coordinates and equal points occur.
  private static func random(_ generator: inout SeededGenerator, dimensions: Int) -> [[Double]] {
    (0..<(1 + generator.below(30))).map { _ in
      (0..<dimensions).map { _ in Double(generator.below(6)) }
    }
  }

  @Test("nobody on the front is dominated, and everybody else is dominated by one on it")
  func dominance() {
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<300 {
      let points = Self.random(&generator, dimensions: 1 + generator.below(4))
      let front = Set(ParetoFront.indices(of: points))
      #expect(!front.isEmpty)
      for index in points.indices {
        let isBeaten = front.contains { ParetoFront.dominates(points[$0], points[index]) }
        #expect(isBeaten != front.contains(index))
      }
    }
  }

  @Test("the best in each coordinate alone is on it, and the order of the points does not matter")
  func extremes() {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<100 {
      let points = Self.random(&generator, dimensions: 3)
      let front = ParetoFront.indices(of: points).map { points[$0] }
      for axis in 0..<3 {
        let least = points.map { $0[axis] }.min()
        #expect(front.contains { $0[axis] == least })
      }
      let reversed = Array(points.reversed())
      #expect(Set(ParetoFront.indices(of: reversed).map { reversed[$0] }) == Set(front))
    }
  }

  @Test("equal points share their fate, a NaN is never on it, and of nothing there is no front")
  func edges() {
    #expect(ParetoFront.indices(of: [[1, 2], [1, 2], [2, 1], [2, 2]]) == [0, 1, 2])
    #expect(ParetoFront.indices(of: [[.nan, 0], [1, 1]]) == [1])
    #expect(ParetoFront.indices(of: []) == [])
    #expect(!ParetoFront.dominates([1, 1], [1, 1]))
  }
}
