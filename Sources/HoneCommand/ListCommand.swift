// ListCommand.swift: `hone list`: what this Hone has on this machine, topic by topic.

internal import ArgumentParser
internal import HoneReport

struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Lists variants, parameters, back ends, strategies, workloads, operations and more.",
    discussion: """
      Examples:
        hone list                             the topics
        hone list variants                    every kernel that can run here
        hone list parameters --format json    what the tuner may change
      """)

  @Argument(help: ArgumentHelp("A topic; without one, the topics.", valueName: "topic"))
  var topic: String?

  @OptionGroup var options: ReportOptions

  func validate() throws {
    if let topic, ListTopic.named(topic) == nil {
      let names = ListTopic.all.map(\.name).joined(separator: ", ")
      throw ValidationError("There is no topic '\(topic)'. Choose one of: \(names).")
    }
  }

  func run() throws {
    let body: ReportBody
    if let topic = topic.flatMap(ListTopic.named) {
      body = ReportBody(
        topic.name, title: "\(topic.name): \(topic.summary)", [.table(try topic.table())])
    } else {
      body = ReportBody("topics", title: "hone list TOPIC", [.table(Self.topics)])
    }
    options.emit(Report(schema: "hone.list/1", bodies: [body]))
  }

  private static var topics: ReportTable {
    ReportTable(
      "topics", columns: [.init("topic", "topic"), .init("summary", "summary")],
      rows: ListTopic.all.map { [Cell($0.name), Cell($0.summary)] })
  }
}
