// SimulatedBackend.swift: a back end whose kernels take simulated time, to test tuning without a machine.

internal import CHoneKernel
public import HoneBackends
public import HoneCore
public import HoneHost

/// Computes f32 GEMM by the definition and lets a `SimulatedMachine`'s clock pass as a table says. Its variants may also be
/// wrong, silent or failing, as real ones are.
public final class SimulatedBackend: Backend, @unchecked Sendable {
  /// How a variant behaves.
  public enum Behaviour: Sendable {
    case right
    /// One element is off.
    case wrong
    /// It returns without having written anything.
    case silent
    case failing
    /// Right, but with more than one thread the last bit of one element differs.
    case unsteady
  }

  /// A variant: how it behaves, what can be tuned, and how long a configuration takes (seconds).
  public struct Variant: Sendable {
    public var name: String
    public var behaviour: Behaviour
    public var parameters: [Parameter]
    public var seconds: @Sendable (Configuration) -> Double

    public init(
      _ name: String, _ behaviour: Behaviour = .right, parameters: [Parameter] = [],
      seconds: @escaping @Sendable (Configuration) -> Double
    ) {
      self.name = name
      self.behaviour = behaviour
      self.parameters = parameters
      self.seconds = seconds
    }
  }

  public let name: String
  public let summary = "simulated"
  public let libraries: [String: String]
  private let machine: SimulatedMachine
  private let variants: [Variant]
  /// Plans made and executions run, to see what a session did.
  public private(set) var plans: [Configuration] = []
  public private(set) var executions = 0

  /// The first variant, at the first value of each parameter, is the default.
  public init(
    name: String = "simulated", version: String = "1", machine: SimulatedMachine,
    variants: [Variant]
  ) {
    self.name = name
    libraries = [name: version]
    self.machine = machine
    self.variants = variants
  }

  public func branches(for problem: Problem, host: HostFacts, cores: Int) -> [Branch] {
    guard problem.operation == "gemm" else { return [] }
    return variants.map {
      Branch(
        backend: name, variant: $0.name, parameters: $0.parameters,
        defaults: $0.parameters.map { _ in 0 })
    }
  }

  public func plan(
    for problem: Problem, _ configuration: Configuration
  ) throws(Refusal) -> any Plan {
    guard let variant = variants.first(where: { $0.name == configuration.variant }) else {
      throw .unsupported("no variant '\(configuration.variant)'")
    }
    plans.append(configuration)
    return SimulatedPlan(variant.behaviour, threads: configuration.int("threads", default: 1)) {
      self.executions += 1
      self.machine.pass(variant.seconds(configuration))
    }
  }
}

private final class SimulatedPlan: Plan, @unchecked Sendable {
  let workspaceBytes = 0
  private let behaviour: SimulatedBackend.Behaviour
  private let threads: Int
  private let pass: () -> Void

  init(_ behaviour: SimulatedBackend.Behaviour, threads: Int, pass: @escaping () -> Void) {
    self.behaviour = behaviour
    self.threads = threads
    self.pass = pass
  }

  func prepare() {}

  func execute(_ arguments: UnsafeRawPointer) throws(Refusal) {
    pass()
    if case .failing = behaviour { throw .failed("simulated failure") }
    if case .silent = behaviour { return }
    let p = arguments.assumingMemoryBound(to: hone_gemm.self).pointee
    PlainGEMM.run(p)
    guard p.m > 0, p.n > 0 else { return }
    let first = p.c.assumingMemoryBound(to: Float.self)
    if case .wrong = behaviour { first.pointee += 1 }
    if case .unsteady = behaviour, threads > 1 { first.pointee = first.pointee.nextUp }
  }
}

/// GEMM in f32 by the definition, for doubles.
public enum PlainGEMM {
  /// - Parameter arguments: a `hone_gemm`.
  public static func run(_ arguments: UnsafeRawPointer) {
    run(arguments.assumingMemoryBound(to: hone_gemm.self).pointee)
  }

  static func run(_ p: hone_gemm) {
    for i in 0..<Int(p.m) {
      for j in 0..<Int(p.n) {
        let c = p.c.assumingMemoryBound(to: Float.self) + i * Int(p.ldc) + j
        let product = p.alpha == 0 ? 0 : Float(p.alpha) * dot(p, i, j)
        c.pointee = p.beta == 0 ? product : product + Float(p.beta) * c.pointee
      }
    }
  }

  private static func dot(_ p: hone_gemm, _ i: Int, _ j: Int) -> Float {
    let a = p.a.assumingMemoryBound(to: Float.self)
    let b = p.b.assumingMemoryBound(to: Float.self)
    var sum: Float = 0
    for l in 0..<Int(p.k) {
      let x = p.trans_a == 0 ? a[i * Int(p.lda) + l] : a[l * Int(p.lda) + i]
      let y = p.trans_b == 0 ? b[l * Int(p.ldb) + j] : b[j * Int(p.ldb) + l]
      sum += x * y
    }
    return sum
  }
}
