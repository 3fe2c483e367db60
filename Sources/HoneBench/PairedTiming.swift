// PairedTiming.swift: times two ways to do the same work turn by turn, so that what disturbs one disturbs the other.

internal import Glibc

/// Rates of two contestants in rounds, and their ratio in each round.
struct PairedTiming {
  var first: [Double] = []
  var second: [Double] = []

  /// Runs both in alternating order for `rounds` rounds of at least 2 ms each.
  /// - Parameter work: what one call does, in any unit; rates are in that unit a second.
  init(rounds: Int, work: Double, _ a: () -> Void, _ b: () -> Void) {
    let batch = max(1, Int(2e-3 / max(Self.seconds(a), 1e-9)))
    for round in 0..<rounds {
      let swapped = round % 2 == 1
      let early = Self.seconds { for _ in 0..<batch { swapped ? b() : a() } }
      let late = Self.seconds { for _ in 0..<batch { swapped ? a() : b() } }
      first.append(work * Double(batch) / (swapped ? late : early))
      second.append(work * Double(batch) / (swapped ? early : late))
    }
  }

  /// The median ratio first / second, and the interval that holds the median with about 95 % (order statistics).
  var ratio: (low: Double, median: Double, high: Double) {
    let sorted = zip(first, second).map { $0 / $1 }.sorted()
    let n = Double(sorted.count)
    let reach = 0.98 * n.squareRoot()
    let low = sorted[max(0, Int((n / 2 - reach).rounded(.down)))]
    let high = sorted[min(sorted.count - 1, Int((n / 2 + reach).rounded(.up)))]
    return (low, Self.median(sorted), high)
  }

  static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }

  private static func seconds(_ work: () -> Void) -> Double {
    let start = now()
    work()
    return now() - start
  }

  /// Time that this thread was running: both contestants use no other thread, and what else runs on the core does not count.
  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
