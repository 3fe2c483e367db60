// ReportTests.swift: a report of hand-made records, in every format, against what it must look like.

import Foundation
import HoneCore
import Testing

@testable import HoneReport

@Suite("Reports")
struct ReportTests {
  static func text(
    _ sections: [any ReportSection.Type], of subject: ReportSubject = Sample.subject,
    style: RenderingStyle = RenderingStyle()
  ) -> String {
    Report(of: subject, sections: sections).rendered(as: TextRenderer.self, style: style)
  }

  @Test("results as text: a mark and an interval for each verdict")
  func resultsAsText() {
    let expected = """
      Results

      problem                                   cores  operands  default  openblas    tuned  vs default            vs openblas  of limit
      ----------------------------------------  -----  --------  -------  --------  -------  --------------------  -----------  --------  -------
      gemm f32 512x512x512 tn                       1  warm      5.00 ms   4.04 ms  4.00 ms  + 1.25× [1.20, 1.30]  ~ 1.01×          84 %  compute
      gemm f32 1x4096x4096                          1  cold      8.00 ms         –  8.00 ms  ~ default kept                         84 %  memory
      embedding-bag f32 1000000x64 bags=128×32      1  cold       400 µs         –   200 µs  + 2.00× [1.90, 2.10]                   87 %  gather
      fft f64 n=8                                   2  warm      4.50 µs   1.50 µs  3.00 µs  + 1.50× [1.40, 1.60]  − 0.50×             –

      + faster, ~ no difference shown, − slower: time of the other over time of the tuned one, with the 95
      % interval of a paired, interleaved comparison. A gain counts only above the noise floor.

      """
    #expect(Self.text([ResultsSection.self]) == expected)
  }

  @Test("totals as text: weighted, and one row a core count")
  func totalsAsText() {
    let expected = """
      All together

      cores  problems  faster  no difference  default, total  tuned, total  total  geometric mean   vs others
      -----  --------  ------  -------------  --------------  ------------  -----  --------------  ----------
          1         3       2              1         58.4 ms       48.2 ms  1.21×           1.36×  1.01× of 1
          2         1       1              0         4.50 µs       3.00 µs  1.50×           1.50×  0.50× of 1

      """
    #expect(Self.text([TotalsSection.self]) == expected)
  }

  @Test("limits as text: one column a core count")
  func limitsAsText() {
    let expected = """
      Limits of the machine

      limit                          1 core      2 cores
      -----------------------  ------------  -----------
      arithmetic, f32          80.0 GFLOP/s  158 GFLOP/s
      reading the L2 cache        60.0 GB/s            –
      reading memory              10.0 GB/s            –
      gathering rows of 128 B     4.00 GB/s            –
      gathering rows of 256 B     6.00 GB/s            –

      """
    #expect(Self.text([LimitsSection.self]) == expected)
  }

  @Test("host as text")
  func hostAsText() {
    let expected = """
      Host

      fact            value
      --------------  -----------------------------------------------------------------
      hardware class  test-2c
      cores           2
      tried           6 configurations in 1 session, 0 of them wrong, failed or refused
      last measured   2026-01-02T03:04:05Z
      noise floor     1.2 … 1.2 % (median 1.2 %)

      """
    #expect(Self.text([HostSection.self]) == expected)
  }

  @Test("configurations as text")
  func configurationsAsText() {
    let expected = """
      Configurations

      problem                                   cores  operands  variant                       parameters
      ----------------------------------------  -----  --------  ----------------------------  ----------------
      gemm f32 512x512x512 tn                       1  warm      gemm.f32.packed.4x24@x86v3    kc=384 threads=1
      gemm f32 1x4096x4096                          1  cold      gemm.f32.packed.6x16@x86v3    kc=256 threads=1
      embedding-bag f32 1000000x64 bags=128×32      1  cold      embedding-bag.f32.rows@x86v3  prefetch=8
      fft f64 n=8                                   2  warm      gemm.f32.packed.4x24@x86v3    kc=384 threads=1

      """
    #expect(Self.text([ConfigurationsSection.self]) == expected)
  }

  @Test(
    "a narrow terminal loses the columns that matter least, and no line is longer than it",
    arguments: [80, 100, 120])
  func narrowTerminals(width: Int) {
    let text = Self.text([ResultsSection.self], style: RenderingStyle(width: width))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= width })
    #expect(text.contains("vs default") && text.contains("tuned"))
    #expect(text.contains("vs openblas") == (width >= 120))
  }

  @Test("colour is added only to differences that were shown, and moves nothing")
  func colorOnlyWhereSignificant() {
    let plain = Self.text([ResultsSection.self])
    let colored = Self.text([ResultsSection.self], style: RenderingStyle(color: true))
    let escape = "\u{1B}["
    #expect(colored.components(separatedBy: "\(escape)32m").count == 4)
    #expect(colored.components(separatedBy: "\(escape)31m").count == 2)
    let stripped = ["32m", "31m", "0m"].reduce(colored) {
      $0.replacingOccurrences(of: escape + $1, with: "")
    }
    let trimmed = stripped.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    #expect(trimmed == plain.split(separator: "\n").map(String.init))
    #expect(
      colored.split(separator: "\n").allSatisfy { !$0.contains("kept") || !$0.contains(escape) })
  }

  @Test("nothing tuned says what to do, and the other sections stay silent")
  func emptySubject() {
    let empty = ReportSubject(hardwareClass: "x", records: [], served: [])
    let text = Self.text(Sections.all, of: empty)
    #expect(text.contains("hone tune") && text.contains("x"))
    #expect(Report(of: empty).bodies.map(\.name) == ["host", "results"])
  }

  @Test(
    "Markdown escapes what it would take for marks, and every row has as many cells as the head")
  func markdown() {
    let report = Report(of: Sample.subject)
    let lines = report.rendered(as: MarkdownRenderer.self).split(separator: "\n")
    #expect(lines.contains { $0.contains("\\~ default kept") })
    var bars = 0
    for (index, line) in lines.enumerated() {
      let count = line.count { $0 == "|" }
      if line.hasPrefix("|"), index > 0, lines[index - 1].hasPrefix("|") { #expect(count == bars) }
      bars = count
    }
    #expect(lines.filter { $0.hasPrefix("## ") }.count == report.bodies.count)
  }

  @Test("CSV is the table of the results, quoted where it must be")
  func csv() {
    let csv = Report(of: Sample.subject).rendered(as: CSVRenderer.self)
    let lines = csv.components(separatedBy: "\r\n")
    #expect(lines.count == 6 && lines.last == "")
    #expect(lines[0].hasPrefix("problem,key,cores,policy,weight,default_seconds,other_backend,"))
    let width = lines[0].split(separator: ",").count
    for line in lines.dropLast() {
      #expect(line.split(separator: ",", omittingEmptySubsequences: false).count == width)
    }
    let table = ReportTable(
      "t", columns: [.init("a,b", ""), .init("c", "")], rows: [[Cell("say \"hi\""), Cell("x\ny")]])
    var report = Report(of: Sample.subject, sections: [])
    report.bodies = [ReportBody("t", title: "t", [.table(table)])]
    #expect(
      report.rendered(as: CSVRenderer.self) == "\"a,b\",c\r\n\"say \"\"hi\"\"\",\"x\ny\"\r\n")
  }

  @Test("JSON holds the values of every table in base units, and null for what is not known")
  func json() throws {
    let text = Report(of: Sample.subject).rendered(as: JSONRenderer.self)
    let root = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(root["schema"] as? String == "hone.report/1")
    let sections = try #require(root["sections"] as? [[String: Any]])
    #expect(sections.map { $0["name"] as? String } == Sections.all.map { $0.name })
    let results = try #require(sections.first { $0["name"] as? String == "results" })
    let tables = try #require(results["tables"] as? [String: [[String: Any]]])
    let rows = try #require(tables["results"])
    #expect(rows.count == 4)
    #expect(rows[0]["tuned_seconds"] as? Double == 4e-3)
    #expect(rows[0]["speedup_low"] as? Double == 1.2)
    #expect(rows[0]["verdict"] as? String == "faster")
    #expect(rows[1]["verdict"] as? String == "default")
    #expect(rows[1]["speedup_low"] is NSNull && rows[3]["limit_share"] is NSNull)
  }

  @Test("every section and every format has a name of its own and says what it is")
  func registries() {
    #expect(Set(Sections.all.map { $0.name }).count == Sections.all.count)
    #expect(Set(Renderers.all.map { $0.name }).count == Renderers.all.count)
    #expect(Sections.all.allSatisfy { !$0.summary.isEmpty && Sections.named($0.name) != nil })
    #expect(Renderers.all.allSatisfy { !$0.summary.isEmpty && Renderers.named($0.name) != nil })
  }

  @Test("the geometric mean is nil of nothing and of what is not positive")
  func geometricMean() {
    #expect(TotalsSection.geometricMean([]) == nil && TotalsSection.geometricMean([1, 0]) == nil)
    #expect(abs((TotalsSection.geometricMean([2, 8]) ?? 0) - 4) < 1e-12)
  }

  @Test("where the default was not measured beside it, its time follows from the comparison")
  func derivedTimes() {
    let rows = Sample.subject.rows
    #expect(rows[0].defaultSeconds == 5e-3 && rows[0].otherSeconds == 4.04e-3)
    #expect(rows[2].defaultSeconds == 4e-4)
    #expect(rows[1].defaultSeconds == rows[1].tunedSeconds && rows[1].speedup == 1)
  }
}
