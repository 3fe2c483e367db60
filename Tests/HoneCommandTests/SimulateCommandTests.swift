// SimulateCommandTests.swift: what `hone simulate` accepts and refuses.

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
}
