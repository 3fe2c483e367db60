// Track.swift: one contestant of a race or a duel with the samples it gave, one a round.

internal import Glibc
internal import HoneCore

struct Track {
  private(set) var sampler: Sampler
  /// Seconds for one execution; sample i belongs to round i, since who misses a round has left.
  private(set) var samples: [Double] = []
  /// The same as logarithms, in which ratios are differences.
  private(set) var logarithms: [Double] = []
  private(set) var refusal: Refusal?
  /// Seconds for one execution as the warm-up saw it.
  private(set) var estimate = 0.0

  init(_ target: any MeasurementTarget, instruments: Instruments, options: SamplerOptions) {
    sampler = Sampler(target, instruments: instruments, options: options)
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
      keep(try sampler.sample().seconds)
    } catch {
      refusal = error
      samples = []
      logarithms = []
    }
  }

  mutating func keepEstimateAsSample() { keep(estimate) }

  private mutating func keep(_ seconds: Double) {
    // A clock that stands still must not produce log(0).
    let positive = max(seconds, 1e-12)
    samples.append(positive)
    logarithms.append(log(positive))
  }

  /// log(time of this / time of `other`) over the rounds that both took part in.
  func differences(to other: Track) -> [Double] {
    zip(logarithms, other.logarithms).map { $0 - $1 }
  }
}
