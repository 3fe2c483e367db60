// GapSplit.swift: why one machine is faster than another: the gap between their limits, split into the machines' parts.

internal import Glibc
internal import HoneCore
internal import HoneOperations

/// For one pair of machines: the rooflines of all mixtures of their parts.
///
/// **Method.** The limit's time of a problem is computed for every mixture. A part's share is its Shapley value (Shapley, "A value for n-person games",
/// 1953): the mean effect of exchanging it over all orders in which parts can be exchanged. Shares multiply up to the ratio of both
/// limits exactly, whatever order one thinks in. What the limits do not explain, the ratio of the shares of the limit that are
/// reached, is the remainder.
struct GapSplit: Sendable {
  private let rooflines: [Roofline]
  private static let parts = MachinePart.allCases

  init(base: MachineModel, other: MachineModel, types: String) {
    rooflines = (0..<(1 << Self.parts.count)).map { mixture in
      Self.parts.reduce(base) { model, part in
        mixture >> part.rawValue & 1 == 1 ? model.taking(part, from: other) : model
      }.roofline(types: types)
    }
  }

  /// Part → how many times as fast it makes the other machine; and the limits of both in seconds.
  struct Factors: Sendable {
    var parts: [Double]
    var base: LimitShare
    var other: LimitShare

    /// How many times as fast the other machine's limit is.
    var explained: Double { base.share / other.share }
  }

  /// nil where a limit cannot be computed.
  func factors(of record: Record) -> Factors? {
    guard let operation = Operations.named(record.problem.operation) else { return nil }
    let (cost, constant) = (
      operation.cost(of: record.problem), operation.constantBytes(of: record.problem)
    )
    let limits = rooflines.map { roofline in
      // Of one second: the share is the limit's time.
      roofline.share(
        ofLimit: cost, constantBytes: constant, types: record.problem.types, cores: 1,
        policy: record.policy, seconds: 1)
    }
    guard let base = limits[0], let other = limits[limits.count - 1] else { return nil }
    let logarithms = limits.map { log($0?.share ?? base.share) }
    return Factors(
      parts: Self.parts.map { exp(-Self.shapley($0.rawValue, logarithms)) }, base: base,
      other: other)
  }

  private static func shapley(_ part: Int, _ values: [Double]) -> Double {
    let count = parts.count
    var total = 0.0
    for mixture in values.indices where mixture >> part & 1 == 0 {
      let others = mixture.nonzeroBitCount
      let weight = factorial(others) * factorial(count - others - 1) / factorial(count)
      total += weight * (values[mixture | 1 << part] - values[mixture])
    }
    return total
  }

  private static func factorial(_ n: Int) -> Double {
    (1...max(1, n)).reduce(1) { $0 * Double($1) }
  }
}
