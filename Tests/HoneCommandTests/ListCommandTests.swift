// ListCommandTests.swift: `hone list` shows every registry, with a cell for each column.

import HoneOperations
import HoneReport
import HoneSearch
import HoneWorkloads
import Testing

@testable import HoneCommand

@Suite struct ListCommandTests {
  @Test("every topic has a table whose rows fit its columns", arguments: ListTopic.all.map(\.name))
  func topics(name: String) throws {
    let topic = try #require(ListTopic.named(name))
    let table = try topic.table()
    #expect(!table.rows.isEmpty && !topic.summary.isEmpty)
    #expect(table.rows.allSatisfy { $0.count == table.columns.count })
  }

  @Test("what is registered is listed")
  func registries() throws {
    let expected = [
      "operations": Operations.all.map(\.name), "strategies": Strategies.all.map { $0.name },
      "workloads": Presets.all.map(\.name), "sections": Sections.all.map { $0.name },
    ]
    for (topic, names) in expected {
      let table = try #require(try ListTopic.named(topic)?.table())
      #expect(table.rows.map { $0[0].text } == names)
    }
  }

  @Test("variants come with the parameters that the parameters' topic explains")
  func variantsAndParameters() throws {
    let catalogue = try BranchCatalogue()
    let named = Set(catalogue.entries.flatMap { $0.branch.parameters.map(\.name) })
    #expect(named == Set(catalogue.parameters.map(\.name)))
    #expect(catalogue.entries.contains { $0.branch.backend == "openblas" })
    #expect(catalogue.entries.contains { $0.operation == "gemm" && $0.branch.backend == "hone" })
  }

  @Test("a topic that does not exist is answered with those that do")
  func unknownTopic() {
    do {
      _ = try ListCommand.parse(["colours"])
      Issue.record("a topic that does not exist was accepted")
    } catch {
      #expect(ListCommand.message(for: error).contains("variants"))
    }
  }
}
