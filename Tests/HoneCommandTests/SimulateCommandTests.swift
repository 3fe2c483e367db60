// SimulateCommandTests.swift: what `hone simulate` accepts and refuses.

import FoundationEssentials
import HoneCore
import Testing

@testable import HoneCommand

@Suite struct SimulateCommandTests {
  @Test(
    "without a space, or with numbers that make no sense, it is refused",
    arguments: [
      [], ["--space", "a.csv", "--repeats", "0"], ["--space", "a.csv", "--evaluations", "-3"],
      ["--space", "a.csv", "--repeats", "many"],
    ])
  func wrong(_ arguments: [String]) {
    #expect(throws: (any Error).self) { try SimulateCommand.parse(arguments) }
  }

  @Test(
    "names, options and files that do not exist are refused with what to do",
    arguments: [
      (["--space", "absent.csv", "--strategy", "lucky"], HoneError.Code.usage),
      (["--space", "absent.csv", "--option", "kick"], .usage),
      (["--space", "absent.csv", "--option", "kick=three"], .usage),
      (["--space", "absent.csv"], .unusableData),
    ])
  func unknown(_ arguments: [String], _ code: HoneError.Code) throws {
    let command = try SimulateCommand.parse(arguments)
    let error = #expect(throws: HoneError.self) { try command.run() }
    #expect(error?.code == code && error?.advice.isEmpty == false)
  }

  /// A file of that content, removed afterwards.
  private func withFile<Result>(
    _ content: String, _ body: (String) throws -> Result
  ) throws -> Result {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "hone-simulate-\(UUID().uuidString).csv")
    try Data(content.utf8).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(url.path)
  }

  private static let header = "x,y,value,value_std,status,compile_ms,bench_ms\n"

  @Test(
    "a file that is no recorded space is refused as unusable data, with what is wrong",
    arguments: [
      ("\u{0}\u{1}\u{2}", "header"), ("", "header"), ("x,y,value\n1,2,3\n", "header"),
      (header, "no rows"), (header + "1,2,,,runtime_error,,\n", "has a value"),
      (header + "1,2,nan,,ok,,\n", "line 2"), (header + "1,2,inf,,ok,,\n", "line 2"),
      (header + "1,2\n", "line 2"), (header + "1,2,3,,ok,,\n1,2,3,,ok,,\n", "twice"),
      ("{\"a\": 1}", "neither"), ("[1, 2", "neither"),
    ])
  func unusable(_ content: String, _ part: String) throws {
    try withFile(content) { path in
      let command = try SimulateCommand.parse(["--space", path])
      let error = #expect(throws: HoneError.self) { try command.run() }
      #expect(error?.code == .unusableData)
      #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
    }
  }

  @Test("results of other tools are spaces, told apart by their content")
  func foreign() throws {
    let cache = """
      {"device_name": "d", "kernel_name": "blur", "problem_size": [8], "tune_params_keys": ["a", "b"],
      "tune_params": {"a": [1, 2], "b": [1, 2]}, "objective": "time", "cache": {
      "1,1": {"a": 1, "b": 1, "time": 2.0, "times": [2.0]}, "2,1": {"a": 2, "b": 1, "time": 1.0, "times": [1.0]},
      "1,2": {"a": 1, "b": 2, "__error__": "RuntimeFailedConfig"}}}
      """
    let results = """
      {"schema_version": "1.0.0", "results": [{"configuration": {"m": 64, "layout": "row"}, "times": {"runtimes": [2.0]},
      "invalidity": "correct", "measurements": [{"name": "time", "value": 2.0, "unit": "ms"}]},
      {"configuration": {"m": 32, "layout": "row"}, "times": {"runtimes": []}, "invalidity": "compile"}]}
      """
    let spaces = try withFile(cache, SimulatedSpaces.load)
    #expect(spaces.map(\.tree.count) == [3])
    #expect(spaces[0].values.compactMap { $0 }.count == 2)
    #expect(spaces[0].tree.space.branches[0].parameters.map(\.name) == ["a", "b"])
    let others = try withFile(results, SimulatedSpaces.load)
    #expect(others.map(\.tree.count) == [2])
    #expect(others[0].values.contains { $0 == nil })
  }
}
