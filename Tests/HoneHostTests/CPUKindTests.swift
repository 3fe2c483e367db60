// CPUKindTests.swift: ratings of single cores do not make kinds, and real kinds stay apart.

import Testing

@testable import HoneHost

@Suite("CPU kinds")
struct CPUKindTests {
  private func kind(
    _ cpus: [Int], capacity: Int? = nil, megahertz: Int? = nil, type: String? = nil,
    efficiency: Int? = nil
  ) -> CPUKind {
    CPUKind(
      name: "", cpus: CPUSet(cpus), efficiency: efficiency, capacity: capacity,
      maximumMHz: megahertz, coreType: type)
  }

  @Test("kinds that differ by less than 5 % become one and say so")
  func merging() {
    let (kinds, note) = CPUKind.merged([
      kind([4], capacity: 1024, efficiency: 4), kind([0], capacity: 718, efficiency: 0),
      kind([1], capacity: 731, efficiency: 1), kind([2], capacity: 997, efficiency: 2),
      kind([3], capacity: 1017, efficiency: 3),
    ])
    #expect(kinds.map(\.name) == ["efficiency", "performance"])
    #expect(kinds.map(\.cpus) == [CPUSet([0, 1]), CPUSet([2, 3, 4])])
    #expect(kinds.map(\.capacity) == [731, 1024])
    #expect(note?.contains("5 CPU kinds merged into 2") == true)
  }

  @Test("a chain of small steps does not become one kind")
  func chain() {
    let steps = [1000, 1040, 1080, 1120, 1160, 1200]
    let (kinds, _) = CPUKind.merged(
      steps.enumerated().map { kind([$0], megahertz: $1, efficiency: $0) })
    #expect(kinds.count == 3)
  }

  @Test("kinds of different core types, or without any rating, stay apart")
  func apart() {
    #expect(
      CPUKind.merged([
        kind([0], megahertz: 2000, type: "A", efficiency: 0),
        kind([1], megahertz: 2000, type: "B", efficiency: 1),
      ]).kinds.count == 2)
    let unrated = CPUKind.merged([kind([0]), kind([1])])
    #expect(unrated.kinds.map(\.name) == ["kind 0", "kind 1"])
    #expect(unrated.note == nil)
  }

  @Test("where all cores turn out alike there are no kinds")
  func alike() {
    let (kinds, note) = CPUKind.merged([
      kind([0], megahertz: 5000, efficiency: 0), kind([1], megahertz: 5100, efficiency: 1),
    ])
    #expect(kinds.isEmpty)
    #expect(note != nil)
    #expect(CPUKind.merged([]).kinds.isEmpty)
  }
}
