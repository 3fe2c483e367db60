// WorkloadCommand.swift: `hone workload`: which workloads there are and what is in them.

internal import ArgumentParser
internal import HoneOperations
internal import HoneReport
internal import HoneWorkloads

struct WorkloadCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "workload", abstract: "Lists workloads and shows their problems.",
    subcommands: [WorkloadList.self, WorkloadShow.self, WorkloadStream.self])
}

struct WorkloadList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists the workloads that come with Hone.")

  @OptionGroup var output: OutputOptions

  private struct Row: Encodable {
    var name: String
    var problems: Int
    var summary: String
  }

  func run() throws {
    let rows = Presets.all.map {
      Row(name: $0.name, problems: $0.entries.count, summary: $0.summary)
    }
    try output.emit(rows) {
      var table = TextTable([.init("workload"), .init("problems", .right), .init("what it is")])
      for row in rows { table.add([row.name, String(row.problems), row.summary]) }
      return table.rendered()
    }
  }
}

struct WorkloadShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Shows a workload: its problems, their weights and where they come from.",
    discussion: """
      Examples:
        hone workload show quick
        hone workload show my.json
        hone workload show llama3-8b --format json > my.json    a start for one's own
      """)

  @Argument(help: "A name, or a JSON file (hone.workload/1).")
  var workload: String

  @OptionGroup var output: OutputOptions

  func run() throws {
    let workload = try Workload.load(workload).normalised(by: Operations.all)
    try output.emit(workload) { Self.text(workload) }
  }

  private static func text(_ workload: Workload) -> String {
    var table = TextTable([
      .init("weight", .right), .init("policy"), .init("problem"), .init("GFLOP", .right),
      .init("bytes", .right), .init("note"),
    ])
    for entry in workload.entries {
      let cost = Operations.named(entry.problem.operation)?.cost(of: entry.problem)
      table.add([
        Scaled.decimals(entry.weight, entry.weight == entry.weight.rounded() ? 0 : 2),
        entry.policy.name, entry.problem.title,
        cost.map { Scaled.decimals($0.flops / 1e9, 3) } ?? "",
        cost.map { Scaled.bytes(Int(min($0.bytes, 9e18))) } ?? "", entry.note,
      ])
    }
    return "\(workload.name): \(workload.summary)\n\n\(table.rendered())\n\(workload.source)"
  }
}
