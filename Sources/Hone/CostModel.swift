// CostModel.swift: what tuning a problem will take, before it was tried: the roofline for a run, bytes for operands and oracle.

internal import Glibc
internal import HoneCore
internal import HoneHost
internal import HoneOperations

/// Estimates that a budget is planned with. They need to be right within a factor of two or so: what they say about a kind of
/// problem is corrected by what the first of its kind took.
struct CostModel {
  let facts: HostFacts
  var limits: HostLimits?

  /// Seconds to fill a byte of operands with random numbers, and for a multiply-add of an oracle in Double.
  private static let secondsPerByte = 0.4e-9
  private static let secondsPerOracleStep = 1e-9
  /// An untuned kernel reaches this share of the roofline.
  private static let efficiency = 0.5

  private var predicted: [String: Double] = [:]
  private var measured: [String: Double] = [:]
  /// Logarithms of measured / estimated seconds of the default, by operation.
  private var executions: [String: [Double]] = [:]

  init(facts: HostFacts, limits: HostLimits? = nil) {
    self.facts = facts
    self.limits = limits
  }

  /// Seconds for one execution of the untuned default.
  func executionSeconds(_ job: TuningJob) -> Double {
    let cost = job.operation.cost(of: job.entry.problem)
    let cores = Double(job.cores)
    let peak = limits?.value("peak.f32", cores: job.cores) ?? 30e9 * cores
    let memory = limits?.value("read.memory", cores: job.cores) ?? 10e9 * min(cores, 4)
    let estimate = max(cost.flops / peak, cost.bytes / memory) / Self.efficiency + 2e-6
    guard let seen = executions[job.operation.name], !seen.isEmpty else { return estimate }
    return estimate * exp(seen.reduce(0, +) / Double(seen.count))
  }

  mutating func learn(execution job: TuningJob, took seconds: Double) {
    var naive = self
    naive.executions = [:]
    let ratio = max(seconds, 1e-9) / naive.executionSeconds(job)
    executions[job.operation.name, default: []].append(log(ratio))
  }

  /// Bytes of all operands, copies for a cold policy included.
  func operandBytes(_ job: TuningJob) -> Double {
    let copies = OperandCopies.count(
      for: job.entry.problem, operation: job.operation, policy: job.entry.policy, host: facts)
    return job.operation.operandBytes(of: job.entry.problem, copies: copies)
  }

  /// Seconds to make operands and the oracle's answer.
  func openingSeconds(_ job: TuningJob) -> Double {
    let raw = rawOpeningSeconds(job)
    let own = job.operation.name
    if let predicted = predicted[own], let measured = measured[own] {
      return raw * measured / predicted
    }
    let all = predicted.values.reduce(0, +)
    return all > 0 ? raw * measured.values.reduce(0, +) / all : raw
  }

  mutating func learn(opening job: TuningJob, took seconds: Double) {
    predicted[job.operation.name, default: 0] += rawOpeningSeconds(job)
    measured[job.operation.name, default: 0] += seconds
  }

  private func rawOpeningSeconds(_ job: TuningJob) -> Double {
    let problem = job.entry.problem
    let steps = job.operation.cost(of: problem).flops / 2
    // A few sampled rows and one projection of large problems: each touches every constant operand once.
    let sampled = 0x1p24 + 9 * job.operation.constantBytes(of: problem) / 4
    return Self.secondsPerByte * operandBytes(job) + 1e-3
      + Self.secondsPerOracleStep * min(steps, sampled)
  }
}

extension CostModel {
  /// Rounds of a final below which its intervals say nothing.
  static let fewestRounds = 8.0

  /// Seconds for one sample of something that takes `execution` seconds: short ones are batched and led in.
  static func sampleSeconds(_ execution: Double) -> Double {
    execution < 0.005 ? 2 * max(execution, 150e-6) : execution
  }

  /// Seconds to prove and race one candidate, roughly: a run to prove it, one or two to warm up, a few samples.
  static func trialSeconds(_ execution: Double) -> Double {
    1e-3 + (execution < 0.05 ? 3 : 2) * execution + 5 * sampleSeconds(execution)
  }

  /// Seconds for a final of `challengers` and the default, which counts twice.
  static func finalSeconds(_ execution: Double, challengers: Int) -> Double {
    let lanes = Double(challengers + 2)
    return max(0.25, lanes * (fewestRounds + 1) * sampleSeconds(execution))
      + Double(challengers) * 2 * execution
  }

  /// The least that a problem can be served for: operands, the default, one challenger in a short final.
  func leastSeconds(_ job: TuningJob, execution: Double? = nil) -> Double {
    let once = execution ?? executionSeconds(job)
    return openingSeconds(job) + 2 * once + Self.finalSeconds(once, challengers: 1)
  }
}
