// Roofline.swift: how near a time is to what the machine can do at most for this much arithmetic and this many bytes.

internal import HoneCore

/// A share of a machine limit: 0.71 of what the arithmetic, or the memory, allows.
public struct LimitShare: Hashable, Sendable {
  /// Time that the limit allows over time that was taken: 1 is the limit itself.
  public var share: Double
  /// Which limit: "compute", "memory", "gather", "L2".
  public var bound: String
}

/// The roofline of a host: a problem cannot be faster than its arithmetic at peak, nor than its bytes at the
/// bandwidth of where they come from.
///
/// **Where bytes come from.** Cold: operands that are constant in use come from memory; the rest may be cached. Warm: everything that
/// does not fit the last-level cache comes from memory; what fits is held to the bandwidth of the L2 cache, which is
/// measured and which nothing beyond L1 can exceed. Scattered rows are held to the measured rate of gathering rows
/// of that length.
struct Roofline {
  var limits: HostLimits
  var lastLevelBytes: Int?

  func share(
    ofLimit cost: Cost, constantBytes: Double, types: String, cores: Int, policy: MeasurementPolicy,
    seconds: Double
  ) -> LimitShare? {
    guard seconds > 0 else { return nil }
    var bounds: [(name: String, seconds: Double)] = []
    if let peak = peak(types, cores: cores), cost.flops > 0 {
      bounds.append(("compute", cost.flops / peak))
    }
    if let bytes = transfer(cost, constantBytes: constantBytes, cores: cores, policy: policy) {
      bounds.append(bytes)
    }
    guard let bound = bounds.max(by: { $0.seconds < $1.seconds }) else { return nil }
    return LimitShare(share: bound.seconds / seconds, bound: bound.name)
  }

  /// The peak of the precision that sums are in: of "f32bf16" (weights in bf16, all else in f32) that of f32. The longest name that the
  /// types begin with.
  private func peak(_ types: String, cores: Int) -> Double? {
    let prefix = "peak."
    let names = limits.limits.map(\.name).filter {
      $0.hasPrefix(prefix) && types.hasPrefix($0.dropFirst(prefix.count))
    }
    return names.max { $0.count < $1.count }.flatMap { limits.value($0, cores: cores) }
  }

  /// Seconds that moving the bytes takes at least.
  private func transfer(
    _ cost: Cost, constantBytes: Double, cores: Int, policy: MeasurementPolicy
  ) -> (name: String, seconds: Double)? {
    let isCold = policy.operands == .cold
    let fits = lastLevelBytes.map { cost.bytes <= Double($0) } ?? true
    guard isCold || !fits else {
      return limits.value("read.l2", cores: cores).map { ("L2", cost.bytes / $0) }
    }
    guard let memory = limits.value("read.memory", cores: cores) else { return nil }
    let moved = isCold ? min(cost.bytes, constantBytes) : cost.bytes
    let gathered = min(cost.gatheredBytes, moved)
    let rate = gathered > 0 ? gatherRate(cost.gatheredRowBytes, cores: cores) ?? memory : memory
    let seconds = (moved - gathered) / memory + gathered / rate
    return (gathered > moved / 2 ? "gather" : "memory", seconds)
  }

  /// The rate of the shortest measured row that is not shorter: shorter rows cannot be gathered at more bytes a second.
  private func gatherRate(_ rowBytes: Int, cores: Int) -> Double? {
    let prefix = "gather."
    let measured = limits.limits.compactMap { limit in
      limit.name.hasPrefix(prefix) ? Int(limit.name.dropFirst(prefix.count)) : nil
    }
    return measured.filter { $0 >= rowBytes }.min().flatMap {
      limits.value("\(prefix)\($0)", cores: cores)
    }
  }
}
