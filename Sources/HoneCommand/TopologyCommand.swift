// TopologyCommand.swift: `hone topology`: what this machine (or a recorded or imagined one) is.

internal import ArgumentParser
internal import FoundationEssentials
internal import HoneCore
internal import HoneHost

struct TopologyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "topology",
    abstract: "Shows a machine: its cores, caches, memories, limits and hardware class.",
    discussion: """
      Examples:
        hone topology                         this machine
        hone topology --format json           for programs
        hone topology --record machine.xml    write it down without its names
        hone topology --from machine.xml      recorded here or by lstopo
        hone topology --synthetic 'pack:2 numa:2 l3:1 core:8 pu:2'
                                              a machine you do not have

      The hardware class names all machines that may share tuning records.
      """)

  @Option(
    help: ArgumentHelp(
      "Read the machine from an hwloc XML file; '-' is standard input.", valueName: "file"))
  var from: String?

  @Option(
    help: ArgumentHelp(
      "Describe a machine, levels from the outside in: pack, die, numa, l3, l2, l1, core, pu.",
      valueName: "levels"))
  var synthetic: String?

  @Option(
    help: ArgumentHelp(
      "Also write the machine as hwloc XML; '-' is standard output, and nothing else is printed then.",
      valueName: "file"))
  var record: String?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if from != nil && synthetic != nil {
      throw ValidationError("Give --from or --synthetic, not both.")
    }
  }

  func run() throws {
    let origin = try origin()
    if let record {
      let xml = try Topology.record(origin)
      if record == "-" { return Terminal.print(String(decoding: xml, as: UTF8.self)) }
      try write(xml, to: record)
    }
    let topology = try Topology.load(origin)
    try output.emit(TopologyReport(topology)) { TopologySummary(topology: topology).text() }
  }

  private func origin() throws -> TopologyOrigin {
    if let from { return try .file(from) }
    return synthetic.map { .synthetic($0) } ?? .live
  }

  private func write(_ xml: [UInt8], to path: String) throws {
    do {
      try Data(xml).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw HoneError(
        .unavailable, "cannot write \(path).",
        advice: "Choose a path in a folder that you may write to.",
        context: ["path": path])
    }
  }
}

/// The JSON of `hone topology`: the topology and what follows from it.
struct TopologyReport: Encodable {
  var topology: Topology
  var hardwareClass: HardwareClass
  var id: String
  var facts: HostFacts
  var disagreements: [Disagreement]

  init(_ topology: Topology) {
    self.topology = topology
    hardwareClass = HardwareClass(topology)
    id = hardwareClass.id
    facts = topology.facts
    disagreements = topology.disagreements
  }
}
