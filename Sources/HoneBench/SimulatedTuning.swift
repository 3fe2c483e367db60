// SimulatedTuning.swift: one tuning from nothing by the tuner itself, on a machine whose clock, noise and true times are known.

internal import FoundationEssentials
internal import Glibc
internal import Hone
internal import HoneBackends
internal import HoneCore
internal import HoneDatabase
internal import HoneHost
internal import HoneMeasure
internal import HoneTesting
internal import HoneWorkloads

/// The whole tuner (search, screening races, final, database) on a simulated clock. Only the kernels' times are made up.
struct SimulatedTuning {
  /// True seconds of each configuration; the first is the default.
  var seconds: [Double]
  var noise: SimulatedNoise
  var seed: UInt64
  /// Seconds of the simulated clock: what `hone tune` gives a problem.
  var budget = 15.0

  struct Outcome {
    /// True seconds of what is served, and of the best that was tried (the default is).
    var served: Double
    var bestTried: Double
    /// Something else than the default is served: a significant win is claimed.
    var claimsWin: Bool
    var tried: Int
    /// Did the best that was tried reach the final, and how many did?
    var bestWasFinalist: Bool
    var finalists: Int
    /// What screening said of it: time relative to the default's as measured and in truth, and why it left.
    var screening: String
    /// Of the simulated clock.
    var secondsUsed: Double
  }

  func run() throws -> Outcome {
    let folder = Self.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let machine = SimulatedMachine(noise: noise, seed: seed &* 7919 &+ 1)
    let context = try context(machine)
    let options = TuningOptions(
      workload: Self.workload, budgetSeconds: budget, seed: seed, cores: [1], database: folder)
    let session = try TuningSession(
      options: options, context: context, instruments: machine.instruments)
    let summaries = try session.run()
    let records = try Database(path: folder)[context.hardwareClass.id]?.records.map(\.record) ?? []
    let measured = records.filter { $0.outcome == .measured }
    guard summaries.count == 1, let served = measured.last(where: \.served)?.configuration else {
      throw HoneError(.internal, "nothing was served: \(summaries.first?.note ?? "no summary")")
    }
    let tried = Set(measured.map(\.configuration))
    let best = tried.map(time).min() ?? .infinity
    let finalists = Set(measured.filter { $0.stage == .final }.map(\.configuration))
    return Outcome(
      served: time(of: served), bestTried: best, claimsWin: index(of: served) != 0,
      tried: tried.count, bestWasFinalist: finalists.contains { time(of: $0) == best },
      finalists: finalists.count,
      screening: screening(of: measured.first { time(of: $0.configuration) == best }),
      secondsUsed: machine.seconds)
  }

  private func screening(of record: Record?) -> String {
    guard let record, let seen = record.relativeTime else { return "not screened" }
    func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
    return
      "seen at \(rounded(seen)) of the default's time, truly \(rounded(time(of: record.configuration) / seconds[0])); "
      + (record.detail.isEmpty ? "survived" : record.detail)
  }

  /// A variant with one parameter of two digits each: strategies see neighbourhoods, as in real spaces.
  private func context(_ machine: SimulatedMachine) throws -> HostContext {
    let columns = Self.columns(of: seconds.count)
    let rows = (seconds.count + columns - 1) / columns
    let seconds = seconds
    let variant = SimulatedBackend.Variant(
      "table",
      parameters: [
        Parameter("row", (0..<rows).map { .int($0) }),
        Parameter("column", (0..<columns).map { .int($0) }),
      ]
    ) { seconds[min(Self.index(of: $0, columns), seconds.count - 1)] }
    let backend = SimulatedBackend(machine: machine, variants: [variant])
    let topology = try Topology.synthetic("pack:1 numa:1 l3:1 core:1 pu:1")
    return HostContext(
      topology: topology, facts: HostFacts(cores: 1), hardwareClass: HardwareClass(topology),
      identifier: "0123456789ab", backends: Backends(all: [backend]))
  }

  private func index(of configuration: Configuration) -> Int {
    min(Self.index(of: configuration, Self.columns(of: seconds.count)), seconds.count - 1)
  }

  private func time(of configuration: Configuration) -> Double {
    seconds[index(of: configuration)]
  }

  private static func index(of configuration: Configuration, _ columns: Int) -> Int {
    configuration.int("row", default: 0) * columns + configuration.int("column", default: 0)
  }

  private static func columns(of count: Int) -> Int {
    max(1, Int(Double(count).squareRoot().rounded()))
  }

  private static let workload = Workload(
    name: "verdicts", summary: "one small GEMM", source: "made up",
    entries: [.init(Problem(operation: "gemm", types: "f32", shape: ["m": 2, "n": 2, "k": 2]))])

  private static func temporaryFolder() -> String {
    let root = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    return "\(root)/hone-verdicts-\(getpid())-\(UInt32.random(in: 0 ... .max))"
  }
}
