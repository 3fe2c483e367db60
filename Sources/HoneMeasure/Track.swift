// Track.swift: one contestant of a race or a duel with the samples it gave, one a round.

internal import Glibc
internal import HoneCore

struct Track {
  private(set) var sampler: Sampler
  /// Seconds for one execution; sample i belongs to round i, since who misses a round has left.
  private(set) var samples: [Double] = []
  /// What is compared, of each sample: seconds, or joules.
  private(set) var costs: [Double] = []
  /// The same as logarithms, in which ratios are differences.
  private(set) var logarithms: [Double] = []
  private(set) var refusal: Refusal?
  /// Seconds for one execution as the warm-up saw it.
  private(set) var estimate = 0.0
  let group: String
  private let quantity: Quantity

  init(_ target: any MeasurementTarget, instruments: Instruments, options: SamplerOptions) {
    sampler = Sampler(target, instruments: instruments, options: options)
    group = target.group
    quantity = options.quantity
  }

  mutating func prepare() {
    do {
      estimate = max(try sampler.prepare(), 1e-12)
    } catch {
      refusal = error
    }
  }

  mutating func takeSample() {
    guard refusal == nil else { return }
    do {
      let sample = try sampler.sample()
      keep(sample.seconds, quantity == .time ? sample.seconds : sample.joules ?? sample.seconds)
    } catch {
      refusal = error
      samples = []
      costs = []
      logarithms = []
    }
  }

  mutating func keepEstimateAsSample() { keep(estimate, estimate) }

  mutating func stretch(by factor: Double) { sampler.stretch(by: factor) }

  private mutating func keep(_ seconds: Double, _ cost: Double) {
    // A clock that stands still must not produce log(0).
    samples.append(max(seconds, 1e-12))
    costs.append(max(cost, 1e-12))
    logarithms.append(log(max(cost, 1e-12)))
  }

  /// log(cost of this / cost of `other`) over the rounds that both took part in.
  func differences(to other: Track) -> [Double] {
    zip(logarithms, other.logarithms).map { $0 - $1 }
  }
}

extension SeededGenerator {
  /// A random order in which the members of each group stand together: the groups in random order, and the members within each.
  mutating func shuffleByGroup(_ order: inout [Int], group: (Int) -> String) {
    shuffle(&order)
    var groups: [String] = []
    for index in order where !groups.contains(group(index)) { groups.append(group(index)) }
    guard groups.count > 1 else { return }
    order = groups.flatMap { name in order.filter { group($0) == name } }
  }
}
