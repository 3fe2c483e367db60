// Engine.swift: what libhone needs Swift for: this machine, its back ends, and plans for problems.

internal import HoneBackends
internal import HoneCore
internal import HoneHost
internal import HoneOperations
import Synchronization

/// The machine and the back ends, read once a process.
struct Engine: Sendable {
  let facts: HostFacts
  let hardwareClass: String
  private(set) var backends: Backends

  /// Reads the machine and opens the back ends; kernel libraries are also looked for in `folder` and in hone/kernels there.
  init(folder: String) throws {
    KernelLibrary.alsoSearch("\(folder)/hone/kernels")
    KernelLibrary.alsoSearch(folder)
    let topology = try Topology.live()
    facts = topology.facts
    hardwareClass = HardwareClass(topology).id
    backends = Backends(host: facts)
  }

  /// Name → version or signature, as records name them.
  var libraries: [String: String] {
    backends.all.reduce(into: [:]) { $0.merge($1.libraries) { first, _ in first } }
  }

  /// In the child of a fork: back ends with teams of their own. The old ones are never freed, because their threads, which
  /// freeing waits for, are the parent's.
  mutating func startAnew() {
    _ = Unmanaged.passRetained(Abandoned(backends))
    backends = Backends(host: facts)
  }

  private final class Abandoned: Sendable {
    let backends: Backends
    init(_ backends: Backends) { self.backends = backends }
  }
}

extension Engine {
  /// The engine of the process; nil before `hone_engine_start`.
  static let current = Mutex<Engine?>(nil)
}

/// A plan with the configuration that it runs.
final class EnginePlan: Sendable {
  let plan: any Plan
  let configuration: Configuration

  /// Must `adopt` be called before it runs?
  let adopts: Bool
  private let weights = Mutex<MemoryRegion?>(nil)

  init(_ plan: any Plan, _ configuration: Configuration, adopts: Bool) {
    self.plan = plan
    self.configuration = configuration
    self.adopts = adopts
  }

  /// B of the arguments in the plan's own layout, which lives as long as this; nil where the plan reads it as it is.
  func adopt(_ arguments: UnsafeRawPointer) throws -> UnsafeRawPointer? {
    let packed = try plan.packed(arguments)
    weights.withLock { $0 = packed }
    return packed.map { UnsafeRawPointer($0.base) }
  }

  /// Several plans for embedding-bag as one that runs them together.
  convenience init(joining plans: [EnginePlan], threads: Int) throws {
    do {
      let batch = try BagBatch(plans.map(\.plan), threads: threads)
      self.init(
        batch,
        Configuration(
          backend: "hone", variant: "batch", parameters: ["threads": .int(max(1, threads))]),
        adopts: false)
    } catch { throw HoneError(.unavailable, "\(error)") }
  }

  var threads: Int { configuration.int("threads", default: 1) }

  /// Teams of threads and the settings of shared libraries serve one execution at a time.
  var isExclusive: Bool { threads > 1 || configuration.backend != "hone" }
}

extension Engine {
  /// - Parameters:
  ///   - configuration: nil: the default of the first back end that can do the problem.
  ///   - packs: B is constant and may be brought into a layout of the variant's own.
  func plan(
    for problem: Problem, _ configuration: Configuration?, cores: Int, packs: Bool
  ) throws -> EnginePlan {
    guard let operation = Operations.named(problem.operation) else {
      throw HoneError(.usage, "there is no operation '\(problem.operation)'")
    }
    let problem = try operation.normalised(problem)
    if let configuration { return try plan(for: problem, configuration, packs) }
    var reasons: [String] = []
    for backend in backends.all {
      for branch in backend.branches(for: problem, host: facts, cores: cores) {
        do {
          return try plan(for: problem, branch.defaultConfiguration, packs)
        } catch let error as HoneError { reasons.append(error.message) }
      }
    }
    throw HoneError(
      .unavailable, "nothing here computes \(problem.key): \(explanation(of: reasons))",
      advice: "Check that the kernel libraries (lib/hone/kernels) are installed.")
  }

  private func plan(
    for problem: Problem, _ configuration: Configuration, _ packs: Bool
  ) throws -> EnginePlan {
    guard let backend = backends[configuration.backend] else {
      throw HoneError(.unavailable, "there is no back end '\(configuration.backend)' here")
    }
    let plan: any Plan
    do { plan = try backend.plan(for: problem, configuration) } catch {
      throw HoneError(.unavailable, "\(error)")
    }
    guard packs || !plan.packs else {
      throw HoneError(
        .unavailable, "'\(configuration.variant)' runs on packed weights, which this call has not")
    }
    return EnginePlan(plan, configuration, adopts: plan.packs)
  }

  private func explanation(of reasons: [String]) -> String {
    let refused = backends.refused.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    let all = reasons + refused
    return all.isEmpty ? "no back end has a variant for it" : all.joined(separator: "; ")
  }
}

extension Branch {
  /// What the back end would run untuned.
  var defaultConfiguration: Configuration {
    var values: [String: ParameterValue] = [:]
    for (parameter, index) in zip(parameters, defaults) {
      values[parameter.name] = parameter.values[index]
    }
    return Configuration(backend: backend, variant: variant, parameters: values)
  }
}
