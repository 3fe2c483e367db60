// ReportScaleBenchmark.swift: `hone-bench report-scale`: how long a report over a large fleet takes, and how much memory; how large its page is.

internal import Glibc
internal import HoneCore
internal import HoneDatabase
internal import HoneReport
internal import HoneTesting

enum ReportScaleBenchmark {
  static let usage = """
    FOLDER [hosts=100] [problems=200] [records=10000] [part=served] [page=no]
          makes FOLDER where it is missing (synthetic hosts, one session each), then reads and reports it; page=FILE writes the HTML
    """

  static func run(_ arguments: [String]) throws {
    guard let folder = arguments.first, !folder.contains("=") else {
      throw HoneError(.usage, "a folder is missing", advice: usage)
    }
    let values = try Settings(Array(arguments.dropFirst()))
    let problems = try values.integer("problems", 200)
    if access(folder, F_OK) != 0 {
      try generate(
        folder, hosts: try values.integer("hosts", 100), problems: problems,
        screened: max(1, try values.integer("records", 10_000) / problems - 3))
    }
    let page = values.text("page", "no")
    let start = now()
    let database = try Database(path: folder, part: page == "no" ? .served : .all)
    let read = now()
    let hosts = try HostSelection([NamedDatabase(name: "db", database: database)]).hosts([])
    let grid = Grid(Fleet(hosts), try Projection())
    let layout = now()
    let report = Report(of: grid, sections: page == "no" ? FleetSections.usual : FleetSections.all)
    let text = report.rendered(as: page == "no" ? TextRenderer.self : HTMLRenderer.self)
    let end = now()
    if page != "no" { try write(text, to: page) }
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    print(
      "\(grid.columns.count) hosts × \(grid.rows.count) rows, \(try Database.journalBytes(path: folder) >> 20) MiB of journals: "
        + "read \(short(read - start)) s, laid out \(short(layout - read)) s, drawn \(short(end - layout)) s, "
        + "all \(short(end - start)) s, \(usage.ru_maxrss >> 10) MiB at most, \(text.utf8.count >> 10) KiB of output"
    )
  }

  private static func generate(_ folder: String, hosts: Int, problems: Int, screened: Int) throws {
    let session = SyntheticSession(
      problems: SyntheticProblems.gemm(problems), screened: screened)
    for index in 0..<hosts {
      let host = SyntheticHost(index: index)
      try host.write(session, to: folder)
    }
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  private static func short(_ seconds: Double) -> String { Scaled.decimals(seconds, 2) }

  private static func write(_ text: String, to path: String) throws {
    guard let file = fopen(path, "w") else {
      throw HoneError(.unusableData, "cannot write \(path)")
    }
    defer { fclose(file) }
    fputs(text, file)
  }
}
