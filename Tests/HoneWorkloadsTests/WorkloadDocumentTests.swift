// WorkloadDocumentTests.swift: the JSON form of a workload, and what is said about a wrong one.

import FoundationEssentials
import HoneCore
import HoneOperations
import Testing

@testable import HoneWorkloads

private func read(_ text: String) throws -> Workload {
  try WorkloadDocument.workload(from: text.utf8, origin: "my.json")
}

private func document(_ problems: String, more: String = "") -> String {
  "{\"schema\":\"hone.workload/1\",\"name\":\"w\",\"problems\":[\(problems)]\(more)}"
}

private let gemm = #"{"operation":"gemm","shape":{"m":1,"n":2,"k":3}}"#

@Suite struct WorkloadDocumentTests {
  @Test("every preset reads back as itself", arguments: Presets.all.map(\.name))
  func roundTrip(_ name: String) throws {
    let preset = try Presets.named(name)
    #expect(try read(try WorkloadDocument.text(of: preset)) == preset)
  }

  @Test("what may be left out has its stated default, and a byte order mark is accepted")
  func defaults() throws {
    let workload = try read("\u{feff}" + document(gemm))
    let entry = try #require(workload.entries.first)
    #expect(entry.weight == 1 && entry.operands == .warm && entry.problem.types == "f32")
    #expect(workload.summary.isEmpty && entry.note.isEmpty)
  }

  @Test(
    "a wrong document is refused with the entry and the field",
    arguments: [
      ("", "no JSON"), ("{", "no JSON"), ("[]", "wrong type"), ("{}", "'schema' is missing"),
      (#"{"schema":"hone.workload/2"}"#, "'hone.workload/2'"),
      (document(""), "no problems"),
      (document(#"{"shape":{}}"#), "problem 1: the field 'operation' is missing"),
      (document(gemm + #",{"operation":"gemm"}"#), "problem 2: the field 'shape' is missing"),
      (
        document(#"{"operation":"gemm","shape":{"m":"x"}}"#),
        "problem 1: the field 'shape.m' has the wrong type"
      ),
      (document(#"{"operation":"gemm","shape":{"m":1.5}}"#), "problem 1: m must be a whole number"),
      (document(#"{"operation":"gemm","shape":{},"wieght":2}"#), "no field 'wieght'"),
      (
        document(#"{"operation":"gemm","shape":{},"policy":"hot"}"#),
        "'hot' does not begin with warm or cold"
      ),
      (
        document(#"{"operation":"gemm","shape":{},"weight":0}"#),
        "problem 1: its weight is not positive"
      ),
      (document(gemm, more: #","color":"red""#), "no field 'color'"),
    ])
  func refusals(_ text: String, _ expected: String) {
    let error = #expect(throws: HoneError.self) { try read(text) }
    #expect(error?.message.contains(expected) == true, "\(String(describing: error))")
    #expect(error?.message.contains("my.json") == true && error?.code == .unusableData)
  }

  @Test("a problem that its operation refuses is named")
  func normalising() throws {
    for (problem, expected) in [
      (#"{"operation":"gemm","shape":{"m":1,"n":2},"note":"x"}"#, "problem 1 (x): gemm needs"),
      (#"{"operation":"conv","shape":{}}"#, "problem 1: there is no operation 'conv'"),
    ] {
      let workload = try read(document(problem))
      let error = #expect(throws: HoneError.self) { try workload.normalised(by: Operations.all) }
      #expect(error?.message.contains(expected) == true, "\(String(describing: error))")
    }
  }

  @Test("entries that mean the same become one with the sum of their weights")
  func merging() throws {
    let spelled = #"{"operation":"gemm","shape":{"m":1,"n":2,"k":3,"lda":3},"weight":4}"#
    let paged = #"{"operation":"gemm","shape":{"m":1,"n":2,"k":3},"policy":"warm+memory-50+4k"}"#
    let cold = #"{"operation":"gemm","shape":{"m":1,"n":2,"k":3},"policy":"cold"}"#
    let workload = try read(document([gemm, spelled, cold, paged].joined(separator: ",")))
    let entries = try workload.normalised(by: Operations.all).entries
    #expect(entries.map(\.weight) == [5, 1, 1])
    #expect(entries[2].policy.name == "warm+4k+memory-50")
  }

  @Test("a workload is loaded by the name of a preset or the path of a file")
  func loading() throws {
    #expect(try Workload.load("quick") == (try Presets.named("quick")))
    let folder = FileManager.default.temporaryDirectory
    let file = folder.appending(path: "hone-workload-\(UUID().uuidString).json")
    try Data(document(gemm).utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    #expect(try Workload.load(file.path).entries.count == 1)
    for (name, expected) in [("none", "'none'"), ("none.json", "none.json"), ("/", "/")] {
      let error = #expect(throws: HoneError.self) { try Workload.load(name) }
      #expect(error?.message.contains(expected) == true)
    }
  }
}
