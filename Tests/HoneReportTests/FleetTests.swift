// FleetTests.swift: several hosts: how they are named, found, filtered, laid out and compared.

import HoneCore
import HoneDatabase
import Testing

@testable import HoneReport

@Suite("Fleets")
struct FleetTests {
  @Test(
    "hosts lose the hash of their class where that leaves them different, and gain their database where it does not"
  )
  func names() {
    #expect(Fleet(SampleFleet.hosts).hosts.map(\.name) == ["north-8c", "south-8c", "east-2c"])
    let twice = [
      SampleFleet.host(SampleFleet.specs[0], database: "a"),
      SampleFleet.host(SampleFleet.specs[0], database: "b"),
    ]
    #expect(Fleet(twice).hosts.map(\.name) == ["a", "b"])
    #expect(Fleet.shortName("avx2-2c") == "avx2-2c" && Fleet.shortName("-12345678") == "-12345678")
  }

  @Test(
    "hosts of one class are told apart by their databases: by name where each has one of them, else with it in front"
  )
  func namesByDatabase() {
    let spec = SampleFleet.specs[0]
    func names(_ databases: [String]) -> [String] {
      Fleet(databases.map { SampleFleet.host(spec, database: $0) }).hosts.map(\.name)
    }
    #expect(names(["all", "one-core"]) == ["all", "one-core"])
    #expect(names(["all"]) == ["north-8c"])
    let mixed = Fleet([
      SampleFleet.host(spec, database: "a"), SampleFleet.host(spec, database: "b"),
      SampleFleet.host(SampleFleet.specs[1], database: "b"),
    ])
    #expect(mixed.hosts.map(\.name) == ["a:\(spec.name)", "b:\(spec.name)", "south-8c"])
  }

  @Test("the row of most cores is shown, and the note says that others are not")
  func mostCores() throws {
    let grid = try SampleFleet.grid()
    #expect(grid.rows.count == 3 && grid.columns.count == 3)
    #expect(grid[0, 0]?.record.cores == 8 && grid[0, 2]?.record.cores == 2)
    #expect(grid.ambiguous.cells == 8 && grid.ambiguous.fields.contains("cores"))
    let notes = Notes(grid).general.joined(separator: "\n")
    #expect(notes.contains("8 more results share a cell") && notes.contains("Core counts differ"))
  }

  @Test("rows that all hosts have make the totals")
  func commonRows() throws {
    let grid = try SampleFleet.grid()
    #expect(grid.commonRows.count == 2)
    #expect(abs(FleetTotalsSection.total(grid.commonRows, 0, grid) - 1.3e-3) < 1e-12)
    #expect(grid[2, 2] == nil && Notes.absence(2, 2, grid) == "–")
  }

  @Test("a host that refused a data type shows n/a, never 0")
  func unsupportedTypes() throws {
    var hosts = SampleFleet.hosts
    var refused = hosts[2].subject.records[0]
    refused.outcome = .unsupported
    refused.measurement = nil
    hosts[2].subject.records.append(refused)
    let grid = try SampleFleet.grid(hosts: hosts)
    #expect(Notes.absence(2, 2, grid) == "n/a (no f32)")
  }

  @Test(
    "a filter keeps what it says",
    arguments: [
      ("", 10), ("host:north-8c", 6), ("cores:1", 5), ("-cores:1", 5),
      ("policy:cold host:(north-8c OR east-2c)", 4), ("m:512 OR m:4096", 7),
      ("NOT (m:512 OR m:4096)", 3), ("variant:*8x48*", 6),
      ("problem:\"gemm f32 512x512x512 tn\"", 6),
      ("*", 10), ("host:-x", 0), ("cores:1 AND operation:gemm", 5),
    ])
  func filters(text: String, count: Int) throws {
    let fleet = Fleet(SampleFleet.hosts)
    let filter = try ResultFilter(text)
    let total = fleet.observations.count
    let kept = fleet.observations.count { filter.accepts($0, in: fleet) }
    let expected = [
      "": total, "*": total, "cores:1": 8, "-cores:1": 8, "cores:1 AND operation:gemm": 8,
      "m:512 OR m:4096": 10, "NOT (m:512 OR m:4096)": 6,
      "policy:cold host:(north-8c OR east-2c)": 4,
    ]
    #expect(kept == expected[text] ?? count)
  }

  @Test(
    "a wrong filter says what is wrong",
    arguments: [
      ("cores", "lacks ':VALUE'"), ("(cores:1", "')' is missing"), ("cores:1)", "too many"),
      ("corse:1", "no field 'corse'"), ("OR", "condition is missing"),
      ("cores:", "value is missing"),
      ("cores:(1", "value is missing"),
    ])
  func wrongFilters(text: String, reason: String) {
    let error = #expect(throws: HoneError.self) { try ResultFilter(text) }
    #expect(error?.description.contains(reason) == true && error?.code == .usage)
    if text == "corse:1" { #expect(error?.advice.contains("cores") == true) }
  }

  @Test("rows sort by ratio, time, share and fields, both ways")
  func sorting() throws {
    func titles(_ sort: String) throws -> [String] {
      try SampleFleet.grid(sort: sort).rows.map { $0[0].description }
    }
    let byTime = try titles("time")
    #expect(byTime == ["gemm f32 4096x64x64", "gemm f32 512x512x512 tn", "gemm f32 1x4096x4096"])
    #expect(try titles("-time") == byTime.reversed())
    #expect(
      try titles("m") == ["gemm f32 1x4096x4096", "gemm f32 512x512x512 tn", "gemm f32 4096x64x64"])
    #expect(try titles("ratio").count == 3 && titles("-share").count == 3)
    #expect(throws: HoneError.self) { try SampleFleet.grid(sort: "colour") }
  }

  @Test("cores may be columns: one host against itself with fewer cores")
  func coresAsColumns() throws {
    let grid = try SampleFleet.grid(columns: "cores", filter: "host:north-8c")
    #expect(grid.columns.map { $0.map(\.description) } == [["1"], ["8"]])
    let speedup = try #require(grid.speedup(0, 1))
    #expect(abs(speedup.ratio - 3.5) < 1e-9 && speedup.verdict(noiseFloor: 0.01) == .faster)
  }

  @Test("hosts without a common problem, and no results at all, are said in a sentence")
  func nothingInCommon() throws {
    let apart = try SampleFleet.grid(
      filter: "(host:north-8c m:512) OR (host:east-2c m:1)")
    #expect(apart.reasonNotComparable?.code == .notComparable)
    let empty = try SampleFleet.grid(filter: "host:nobody")
    #expect(empty.reasonNotComparable?.code == .unusableData)
    #expect(try SampleFleet.grid().reasonNotComparable == nil)
  }

  @Test("edit distance and nearest names")
  func nearestNames() {
    #expect(NearestNames.distance(Array("kitten".utf8), Array("sitting".utf8)) == 3)
    #expect(
      NearestNames.of("nroth-8c", among: ["south-8c", "north-8c", "zzz"]).first == "north-8c")
    #expect(NearestNames.of("qqqqqqqq", among: ["north"]).isEmpty)
    #expect(NearestNames.distance([], Array("abc".utf8)) == 3)
  }

  @Test(
    "globs",
    arguments: [
      ("abc", "a*c", true), ("abc", "*", true), ("", "*", true), ("abc", "a*d", false),
      ("aXbXc", "*X*", true), ("abc", "abc", true), ("abc", "ab", false), ("ab", "abc", false),
    ])
  func globs(text: String, pattern: String, isMatch: Bool) {
    #expect(ResultFilter.matches(Array(text.utf8), Array(pattern.utf8)) == isMatch)
  }

  @Test("footnotes: each thing that a reader must know, once, with its hosts")
  func footnotes() throws {
    let notes = Notes(try SampleFleet.grid())
    let texts = notes.ofHosts.map(\.text)
    #expect(texts.contains { $0.contains("virtual machine") })
    #expect(texts.contains { $0.contains("2 hardware threads a core (SMT)") })
    #expect(texts.contains { $0.contains("limits the CPU time: 1.5 CPUs") })
    #expect(texts.contains { $0.contains("noisy: differences below 12 %") })
    #expect(
      notes.general.contains { $0.contains("Versions differ") && $0.contains("0.3.26 (south-8c)") })
    #expect(notes.marks(ofHost: 2).split(separator: " ").count == 3 && notes.marks(ofHost: 0) == "")
    #expect(Notes.mark(120) == "¹²⁰")
  }

  @Test("a synthetic host is marked in text, in CSV and in notes")
  func syntheticIsMarked() throws {
    var records = SampleFleet.hosts[0].subject.records
    for index in records.indices { records[index].provenance.strategy = "synthetic" }
    var hosts = SampleFleet.hosts
    hosts[0] = FleetHost(
      name: "x", hardwareClass: "x", database: "d", machines: [], hardware: .null,
      subject: ReportSubject(
        hardwareClass: "x", records: records, served: records.filter(\.served)))
    let report = Report(of: try SampleFleet.grid(hosts: hosts))
    let text = report.rendered(as: TextRenderer.self)
    #expect(text.contains("x ¹ ") || text.contains("x (base) ¹"))
    #expect(text.contains("¹ x: synthetic: made by a generator, nothing was measured."))
    #expect(report.rendered(as: CSVRenderer.self).contains("x,x,yes,gemm"))
  }

  @Test("text, Markdown and CSV are as they were found good")
  func golden() throws {
    let report = Report(of: try SampleFleet.grid())
    try GoldenFile.check(report.rendered(as: TextRenderer.self), "fleet.txt")
    try GoldenFile.check(report.rendered(as: MarkdownRenderer.self), "fleet.md")
    try GoldenFile.check(report.rendered(as: CSVRenderer.self), "fleet.csv")
  }

  @Test("a narrow terminal gets the hosts below each other", arguments: [60, 80, 100, 160])
  func narrow(width: Int) throws {
    let text = Report(of: try SampleFleet.grid(), sections: [FleetResultsSection.self])
      .rendered(as: TextRenderer.self, style: RenderingStyle(width: width))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= max(width, 80) })
    for name in ["north-8c", "south-8c", "east-2c"] { #expect(text.contains(name)) }
    #expect(text.contains("vs base"))
  }
}
