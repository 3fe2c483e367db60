// RecordedSpaceWritingTests.swift: what Hone writes of a space is what it reads back.

import HoneCore
import Testing

@testable import HoneSearch

@Suite("recorded spaces, written")
struct RecordedSpaceWritingTests {
  private func row(
    _ variant: String, _ parameters: [String: ParameterValue], _ value: Double?,
    deviation: Double? = nil, status: String = "ok"
  ) -> RecordedSpace.Row {
    .init(
      Configuration(backend: "hone", variant: variant, parameters: parameters), value: value,
      deviation: deviation, status: status)
  }

  @Test(
    "variants with different parameters become one space: every row with its value or its failure")
  func roundTrip() throws {
    let rows = [
      row("packed", ["kc": 64, "order": "rows"], 2.5, deviation: 0.25),
      row("packed", ["kc": 128, "order": "columns"], 1.25),
      row("packed", ["kc": 128, "order": "rows"], nil, status: "runtime_error"),
      row("direct", ["threads": 2], 3),
    ]
    let space = try RecordedSpace(name: "written", csv: RecordedSpace.csv(of: rows))
    let branch = space.tree.space.branches[0]
    #expect(branch.parameters.map(\.name) == ["variant", "kc", "order", "threads"])
    #expect(branch.parameters[1].values == [-1, 64, 128] && branch.parameters[1].kind == .ordinal)
    #expect(space.tree.count == 4 && space.optimum == 1.25)
    #expect(space.values.compactMap { $0 }.sorted() == [1.25, 2.5, 3])
    let noisy = try #require(space.values.firstIndex(of: 2.5))
    #expect(abs(space.deviations[noisy] - 0.1) < 1e-12)
  }

  @Test("the order of the rows does not matter, and a field cannot end a line")
  func stable() {
    let rows = [row("b", ["x": 1], 1), row("a", ["x": 2], 2)]
    #expect(RecordedSpace.csv(of: rows) == RecordedSpace.csv(of: rows.reversed()))
    let odd = RecordedSpace.csv(of: [row("a,b\nc", [:], 1)])
    #expect(odd.split(separator: "\n").count == 2)
  }
}
