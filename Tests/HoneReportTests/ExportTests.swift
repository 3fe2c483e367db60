// ExportTests.swift: what other tools read: our text of it, and where they are installed the tools themselves.

import Foundation
import HoneCore
import Testing

@testable import HoneReport

@Suite("Exports")
struct ExportTests {
  static func text(_ renderer: any ReportRenderer.Type, _ filter: String? = nil) throws -> String {
    Report(of: try SampleFleet.grid(filter: filter)).rendered(as: renderer)
  }

  @Test("Google Benchmark, Go and OpenMetrics are as they were found good")
  func golden() throws {
    try GoldenFile.check(
      try Self.text(GoogleBenchmarkRenderer.self, "m:4096 host:north-8c"), "fleet.gbench.json")
    try GoldenFile.check(try Self.text(GoBenchmarkRenderer.self, "m:4096"), "fleet.gobench.txt")
    try GoldenFile.check(try Self.text(OpenMetricsRenderer.self), "fleet.openmetrics.txt")
    try GoldenFile.check(try Self.text(JSONRenderer.self, "m:4096 host:south-8c"), "fleet.json")
  }

  static let comparePy = ForeignProgram.find(["/usr/share/benchmark/compare.py"])

  @Test(
    "Google's compare.py reads two of our files and sees which is faster",
    .enabled(
      if: comparePy != nil && ForeignProgram.pythonHas(["scipy", "numpy"]),
      "needs compare.py (libbenchmark-tools) and Python's scipy"))
  func googleCompare() throws {
    let script = try #require(Self.comparePy)
    let files = [
      "a.json": try Self.text(GoogleBenchmarkRenderer.self, "m:512 host:north-8c"),
      "b.json": try Self.text(GoogleBenchmarkRenderer.self, "m:512 host:south-8c"),
    ]
    let result = try ForeignProgram.with(files) { folder in
      try ForeignProgram.run(
        "python3",
        [
          script, "benchmarks", folder.appending(path: "a.json").path,
          folder.appending(path: "b.json").path,
        ])
    }
    #expect(result.code == 0, "\(result.output)")
    // 1 / 1.6 - 1
    #expect(result.output.contains("-0.37") && result.output.contains("gemm/f32/512x512x512_tn"))
  }

  static let benchstat = ForeignProgram.find(["benchstat"])

  @Test(
    "Go's benchstat compares our hosts by -col /host",
    .enabled(if: benchstat != nil, "needs benchstat (golang.org/x/perf) on the path"))
  func goBenchstat() throws {
    let program = try #require(Self.benchstat)
    let result = try ForeignProgram.with(["a.txt": try Self.text(GoBenchmarkRenderer.self, "m:512")]
    ) {
      try ForeignProgram.run(program, ["-col", "/host", $0.appending(path: "a.txt").path])
    }
    #expect(result.code == 0 && result.output.contains("south-8c"), "\(result.output)")
    #expect(result.output.contains("-37.50%"), "\(result.output)")
  }

  @Test("lines of Go benchmarks have a name without blanks, a count and pairs of value and unit")
  func goLines() throws {
    let lines = try Self.text(GoBenchmarkRenderer.self).split(separator: "\n")
    let results = lines.filter { $0.hasPrefix("Benchmark") }
    #expect(results.count == 8 * SampleFleet.pattern.count)
    for line in results {
      let fields = line.split(separator: "\t")
      #expect(fields.count == 4 && !fields[0].contains(" ") && Int(fields[1]) == 1)
      for pair in fields.dropFirst(2) {
        let words = pair.split(separator: " ")
        #expect(words.count == 2 && Double(words[0]) != nil)
      }
    }
  }

  @Test("OpenMetrics has types before samples, no shapes as labels, and an end")
  func openMetrics() throws {
    let lines = try Self.text(OpenMetricsRenderer.self).split(separator: "\n")
    #expect(lines.last == "# EOF")
    var declared: Set<Substring> = []
    for line in lines.dropLast() {
      if line.hasPrefix("# TYPE ") {
        #expect(declared.insert(line.split(separator: " ")[2]).inserted)
      } else if !line.hasPrefix("#") {
        let name = line.prefix { $0 != "{" }
        let family = name.hasSuffix("_info") ? name.dropLast(5) : name
        #expect(declared.contains(family) && !line.contains("512"))
        #expect(line.split(separator: " ").last.flatMap { Double($0) } != nil)
      }
    }
  }

  @Test(
    "JSON holds every raw sample, and agrees with its schema",
    .enabled(if: ForeignProgram.pythonHas(["jsonschema"]), "needs Python's jsonschema"))
  func schema() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let schema = root.appending(path: "tuning-db/schema/v1/report.json").path
    let program = """
      import json, sys, jsonschema
      schema = json.load(open(sys.argv[1]))
      jsonschema.Draft202012Validator.check_schema(schema)
      for path in sys.argv[2:]: jsonschema.validate(json.load(open(path)), schema)
      """
    let files = [
      "fleet": try Self.text(JSONRenderer.self),
      "host": Report(of: Sample.subject).rendered(as: JSONRenderer.self),
      "compare": HistoryComparison(
        old: [HistoryComparisonTests.side(2, seed: 1, name: "a")],
        new: [HistoryComparisonTests.side(2, seed: 2, name: "b")]
      ).report(old: "a", new: "b").rendered(as: JSONRenderer.self),
    ]
    let result = try ForeignProgram.with(files) { folder in
      try ForeignProgram.run(
        "python3", ["-c", program, schema] + files.keys.map { folder.appending(path: $0).path })
    }
    #expect(result.code == 0, "\(result.output)")
  }

  @Test("the samples of JSON are those of the records")
  func rawSamples() throws {
    let text = try Self.text(JSONRenderer.self, "m:512 host:north-8c")
    let root = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let samples = try #require(root["samples"] as? [[String: Any]])
    let seconds = try #require(samples.first?["seconds"] as? [Double])
    let expected = SampleFleet.samples(4e-4, 0.01)
    #expect(samples.count == 1 && seconds.count == expected.count)
    for (one, other) in zip(seconds, expected) { #expect(abs(one / other - 1) < 1e-12) }
    #expect(samples[0]["synthetic"] as? Bool == false)
  }
}
