// Candidate.swift: a configuration that is ready to be measured: its plan on the operands that all candidates share.

internal import HoneBackends
internal import HoneCore
internal import HoneMeasure
internal import HoneOperations

/// Operands that candidates take turns with. Whoever runs next gets the set of constant operands that was used longest ago, so under a
/// cold policy nobody profits from what another has just read.
final class OperandRotation {
  let operands: any Operands
  private var next = 0

  init(_ operands: any Operands) { self.operands = operands }

  func take() -> UnsafeRawPointer {
    defer { next = (next + 1) % operands.copies }
    return operands.arguments(copy: next)
  }
}

final class Candidate: MeasurementTarget {
  let configuration: Configuration
  let proof: Proof
  /// Of the run that was proven, the first one: page faults and cold code included.
  let firstRunSeconds: Double
  private let plan: any Plan
  private let rotation: OperandRotation

  /// Plans the configuration, runs it once over poisoned outputs and compares with the oracle: its time counts only after that.
  /// - Throws: `Refusal` where it cannot be planned or its run fails. A wrong result is not thrown: see `proof.holds`.
  init(
    _ configuration: Configuration, of problem: Problem, backends: Backends,
    rotation: OperandRotation, ledger: TimeLedger
  ) throws(Refusal) {
    guard let backend = backends[configuration.backend] else {
      throw .unsupported("there is no back end '\(configuration.backend)' here")
    }
    let operands = rotation.operands
    let plan = try ledger.spend(.planning) { () throws(Refusal) -> any Plan in
      let plan = try backend.plan(for: problem, configuration)
      try plan.adopt(operands)
      plan.prepare()
      return plan
    }
    ledger.spend(.oracle) { operands.poison() }
    let before = ledger[.kernels]
    try ledger.spend(.kernels) { () throws(Refusal) in
      try plan.execute(operands.arguments(copy: 0))
    }
    firstRunSeconds = ledger[.kernels] - before
    proof = ledger.spend(.oracle) { operands.prove(copy: 0, notingBits: true) }
    self.plan = plan
    self.configuration = configuration
    self.rotation = rotation
  }

  /// The same output with every number of threads, or a refusal that says which number changes it. Bits are compared, not
  /// promises: libraries that Hone knows nothing of are held to it as well. The plan is ready to run afterwards.
  func keepBits(
    _ problem: Problem, backends: Backends, cores: Int, ledger: TimeLedger
  ) throws(Refusal) {
    guard let backend = backends[configuration.backend],
      let own = configuration["threads"]?.int, let bits = proof.bits
    else { return }
    for threads in Self.threadCounts(upTo: cores) where threads != own {
      var other = configuration
      other.parameters["threads"] = .int(threads)
      let bitsThere = try Candidate(
        other, of: problem, backends: backends, rotation: rotation, ledger: ledger
      ).proof.bits
      guard bitsThere == bits else {
        throw .unsupported(
          "same-bits: with \(threads) threads '\(backend.name)' computes other bits than with \(own)"
        )
      }
    }
    plan.prepare()
  }

  /// Up to 8 all of them; beyond that each number of powers of two and their neighbours, where shares become uneven.
  private static func threadCounts(upTo cores: Int) -> [Int] {
    let powers = sequence(first: 8) { $0 * 2 <= cores ? $0 * 2 : nil }
    let far = powers.flatMap { [$0 - 1, $0, $0 + 1] } + [cores - 1, cores]
    return Set(Array(1...max(1, min(cores, 8))) + far).filter { (1...cores).contains($0) }.sorted()
  }

  /// Libraries have threads of their own, which must fall asleep before another's are measured.
  var group: String { configuration.backend }

  func prepare() { plan.prepare() }

  func run(_ executions: Int) throws(Refusal) {
    for _ in 0..<executions { try plan.execute(rotation.take()) }
  }
}
