// BudgetPlan.swift: shares a time among problems so that the next second is worth the same everywhere.

internal import Glibc

/// **Background.** Trying m more configurations after n saves about σ · ln(1 + m / n) of a problem's time (`ExpectedGain`), which is
/// worth `gain` = calls × seconds × σ of the workload. With c seconds a trial, x more seconds are worth gain · ln(1 + x / (n · c)), and one
/// more second after them gain / (n · c + x).
///
/// **Approach.** The sum is largest where that last number is the same λ for all who get anything: x = gain / λ − n · c (water
/// filling; λ by bisection). Who would get less than coming back to it costs is left out, the least worth first, and its time goes to the others.
struct BudgetPlan {
  struct Item {
    /// Calls × seconds of the best so far × σ.
    var gain: Double
    /// Seconds that the trials so far took, or would have taken at today's price: n · c.
    var spent: Double
    /// Seconds to make its operands again and to hold its final.
    var fixed: Double
    /// Less than this is not worth the visit.
    var least: Double
    /// Seconds until everything is tried.
    var most: Double
  }

  /// Seconds of searching for each item, `fixed` not included; 0 for those who are left out.
  static func shares(_ items: [Item], seconds: Double) -> [Double] {
    let order = items.indices.filter { items[$0].gain > 0 && items[$0].most > 0 }
      .sorted { worth(items[$0]) > worth(items[$1]) }
    for count in stride(from: order.count, to: 0, by: -1) {
      let chosen = order.prefix(count)
      let left = seconds - chosen.reduce(0) { $0 + items[$1].fixed }
      let level = fill(chosen.map { items[$0] }, seconds: left)
      guard zip(chosen, level).allSatisfy({ $1 >= min(items[$0].least, items[$0].most) * 0.999 })
      else { continue }
      var shares = items.map { _ in 0.0 }
      for (index, share) in zip(chosen, level) { shares[index] = share }
      return shares
    }
    return items.map { _ in 0 }
  }

  /// What the first second is worth, the way there included.
  static func worth(_ item: Item) -> Double { item.gain / max(item.spent + item.fixed, 1e-9) }

  private static func fill(_ items: [Item], seconds: Double) -> [Double] {
    func shares(_ level: Double) -> [Double] {
      items.map { min(max(0, $0.gain * level - $0.spent), $0.most) }
    }
    guard seconds > 0 else { return items.map { _ in 0 } }
    // `high` = 1 / λ at which everybody alone would get more than there is.
    var (low, high) = (0.0, items.map { (seconds + $0.spent) / $0.gain }.max() ?? 0)
    for _ in 0..<100 {
      let middle = (low + high) / 2
      if shares(middle).reduce(0, +) > seconds { high = middle } else { low = middle }
    }
    return shares(low)
  }
}
