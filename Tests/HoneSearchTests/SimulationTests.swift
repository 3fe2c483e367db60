// SimulationTests.swift: recorded spaces, the exact expectation of random search, and scores.

import FoundationEssentials
import HoneCore
import HoneTesting
import Testing

@testable import HoneSearch

private let header = "x,kind,value,value_std,status,compile_ms,bench_ms\n"

private let small =
  header + """
    10,fast,3,0.3,ok,,
    2,fast,1,,ok,1,2
    10,slow,,,runtime_error,,
    2,slow,5,,ok,,
    30,slow,2,,ok,,
    """

@Suite("recorded space")
struct RecordedSpaceTests {
  @Test(
    "rows are the valid set; numbers are ordered, words are categorical, failures have no value")
  func parse() throws {
    let space = try RecordedSpace(name: "small", csv: small)
    let parameters = space.tree.space.branches[0].parameters
    #expect(parameters.map(\.name) == ["x", "kind"])
    #expect(parameters[0].values == [2, 10, 30] && parameters[0].kind == .ordinal)
    #expect(parameters[1].values == ["fast", "slow"] && parameters[1].kind == .categorical)
    #expect(space.tree.count == 5)
    #expect(!space.tree.contains(Point(branch: 0, indices: [2, 0])))
    let failed = try #require(space.tree.index(of: Point(branch: 0, indices: [1, 1])))
    #expect(space.values[failed] == nil)
    let noisy = try #require(space.tree.index(of: Point(branch: 0, indices: [1, 0])))
    #expect(space.values[noisy] == 3 && abs(space.deviations[noisy] - 0.1) < 1e-12)
    #expect(space.deviations.filter { $0 == 0.01 }.count == 4)
    #expect(space.optimum == 1)
  }

  @Test("Windows line ends and a missing one at the end do not matter")
  func lineEnds() throws {
    let windows = small.split(separator: "\n").joined(separator: "\r\n")
    #expect(try RecordedSpace(name: "w", csv: windows).tree.count == 5)
  }

  @Test(
    "what cannot be used is refused with what is wrong",
    arguments: [
      ("", "header"), ("x,y\n1,2", "header"), (header, "no rows"), (header + "1,2,3\n", "line 2"),
      (header + "1,a,4,,ok,,\n1,a,5,,ok,,\n", "twice"), (header + "1,a,,,ok,,\n", "line 2"),
      (header + "1,a,nan,,ok,,\n", "line 2"), (header + "1,a,,,failed,,\n", "has a value"),
      ("x,x,value,value_std,status,compile_ms,bench_ms\n1,2,3,,ok,,", "same name"),
    ])
  func unusable(_ csv: String, _ part: String) {
    let error = #expect(throws: HoneError.self) { try RecordedSpace(name: "bad", csv: csv) }
    #expect(error?.code == .unusableData)
    #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
  }
}

@Suite("simulation")
struct SimulationTests {
  /// All orders of the values, in which failures count as the worst value.
  @Test("the expectation of random search is exact")
  func expectation() throws {
    let space = try RecordedSpace(name: "small", csv: small)
    func orders(_ values: [Double]) -> [[Double]] {
      values.isEmpty
        ? [[]]
        : values.indices.flatMap { index in
          var rest = values
          let first = rest.remove(at: index)
          return orders(rest).map { [first] + $0 }
        }
    }
    let all = orders([3, 1, 5, 5, 2])
    for (draws, expected) in Simulation.expectedRandom(space, evaluations: 7).enumerated() {
      let mean =
        all.reduce(0) { $0 + ($1.prefix(draws + 1).min() ?? 0) } / Double(all.count)
      #expect(abs(mean - expected) < 1e-12)
    }
  }

  @Test("random search scores zero within its error, and a strategy that knows scores one")
  func anchors() throws {
    let rows = (0..<400).map { "\($0),a,\(100 + ($0 * 7919) % 397),,ok,," }
    let space = try RecordedSpace(name: "rough", csv: header + rows.joined(separator: "\n"))
    var options = SimulationOptions()
    options.evaluations = 100
    options.repeats = 100
    let random = try Simulation.run(strategy: "random", on: space, options)
    #expect(abs(random.p200) < 4 * random.p200StandardError)
    #expect(random.p200StandardError < 0.1)
    #expect(random.at.keys.sorted() == ["100", "25", "50"])
    var sorted = space
    sorted.values = (0..<400).map { 100 + Double($0) }
    let knows = try Simulation.run(strategy: "exhaustive", on: sorted, options)
    #expect(abs(knows.p200 - 1) < 1e-12 && knows.p200StandardError == 0)
    #expect(knows.at["25"] == 1 && knows.within5["25"] == 1)
  }

  @Test("the same call gives the same scores, with noise as well; with noise the truth counts")
  func deterministic() throws {
    let rows = (0..<60).map { "\($0),a,\(100 + $0 % 7),30,ok,," }
    let space = try RecordedSpace(name: "noisy", csv: header + rows.joined(separator: "\n"))
    var options = SimulationOptions()
    options.repeats = 20
    options.evaluations = 30
    options.isNoisy = true
    let first = try Simulation.run(strategy: "local", on: space, options)
    #expect(try Simulation.run(strategy: "local", on: space, options) == first)
    // With a deviation of 30 % the lowest answer is rarely the lowest truth.
    #expect((first.at["25"] ?? 1) < 1)
  }

  @Test("more evaluations than configurations keep the last value")
  func exhausted() throws {
    let space = try RecordedSpace(name: "small", csv: small)
    var strategy: any Strategy = Random(SearchTask(tree: space.tree, budget: 9, seed: 1))
    var options = SimulationOptions()
    options.evaluations = 9
    let values = Simulation.trajectory(&strategy, on: space, options, seed: 1)
    #expect(values.count == 9 && values[8] == 1)
  }

  @Test("scores are written as other tools read them")
  func json() throws {
    let score = SimulationScore(
      space: "s", strategy: "t", repeats: 2, p200: 0.5, p200StandardError: 0.25, at: ["25": 1],
      within5: ["25": 0])
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = String(decoding: try encoder.encode(score), as: UTF8.self)
    #expect(
      text
        == #"{"at":{"25":1},"p200":0.5,"p200_stderr":0.25,"repeats":2,"space":"s","strategy":"t","within5":{"25":0}}"#
    )
  }
}

@Suite("recorded spaces of others")
struct PublicSpacesTests {
  /// `$HONE_SHARED_DATA`, else `shared/data` beside the repository.
  static let folder: URL = {
    if let path = ProcessInfo.processInfo.environment["HONE_SHARED_DATA"] {
      return URL(fileURLWithPath: path).appendingPathComponent("spaces")
    }
    var root = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { root.deleteLastPathComponent() }
    return root.appendingPathComponent("shared/data/spaces")
  }()

  static let files: [URL] =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".csv") }.sorted().map { folder.appendingPathComponent($0) }

  @Test(
    "every public space can be read, and auto beats random search over all of them",
    .enabled(if: !files.isEmpty, "needs ../shared/data/spaces or HONE_SHARED_DATA"))
  func read() throws {
    var total = 0.0
    for file in Self.files {
      let csv = String(decoding: try Data(contentsOf: file), as: UTF8.self)
      let space = try RecordedSpace(name: file.lastPathComponent, csv: csv)
      #expect(space.tree.count == csv.split { $0.isNewline }.count - 1)
      var options = SimulationOptions()
      options.repeats = 2
      options.evaluations = 60
      total += try Simulation.run(strategy: "auto", on: space, options).p200
    }
    #expect(total / Double(Self.files.count) > 0.1)
  }
}
