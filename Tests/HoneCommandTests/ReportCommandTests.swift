// ReportCommandTests.swift: what `hone report` understands.

import HoneReport
import Testing

@testable import HoneCommand

@Suite struct ReportCommandTests {
  @Test("every renderer is a format, and nothing else is")
  func formats() throws {
    for renderer in Renderers.all {
      let command = try ReportCommand.parse(["--format", renderer.name])
      #expect(command.options.format.renderer.name == renderer.name)
    }
    #expect(throws: (any Error).self) { try ReportCommand.parse(["--format", "xml"]) }
    #expect(ReportFormat.allValueStrings == Renderers.all.map { $0.name })
  }

  @Test("every section may be asked for, and a wrong one is answered with the right ones")
  func sections() throws {
    for section in Sections.all {
      #expect(try ReportCommand.parse(["--section", section.name]).section == [section.name])
    }
    do {
      _ = try ReportCommand.parse(["--section", "colours"])
      Issue.record("a section that does not exist was accepted")
    } catch {
      #expect(ReportCommand.message(for: error).contains("results"))
    }
  }
}
