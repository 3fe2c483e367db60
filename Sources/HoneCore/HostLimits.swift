// HostLimits.swift: what a machine can do at most, as measured by Hone itself.

/// One measured limit of a host.
public struct HostLimit: Hashable, Sendable, Codable {
  /// "peak.f32", "peak.u8s8", "read.memory", "gather.256" … (see `HostLimits`).
  public var name: String
  /// Threads that ran together.
  public var cores: Int
  /// "flop/s", "op/s" (of integers) or "byte/s".
  public var unit: String
  public var value: Double
  public var interval: Interval

  public init(name: String, cores: Int, unit: String, value: Double, interval: Interval) {
    self.name = name
    self.cores = cores
    self.unit = unit
    self.value = value
    self.interval = interval
  }
}

/// The measured limits of a host: peaks by precision, bandwidth, gather rates, for one core and all of them.
public struct HostLimits: Hashable, Sendable, Codable {
  public var limits: [HostLimit]
  /// When they were measured, RFC 3339, UTC.
  public var time: String

  public init(limits: [HostLimit], time: String) {
    self.limits = limits
    self.time = time
  }

  /// Of each limit the larger one: whatever disturbs a measurement only makes a limit smaller.
  public func merging(_ other: HostLimits) -> HostLimits {
    var merged = self
    for limit in other.limits {
      let index = merged.limits.firstIndex { $0.name == limit.name && $0.cores == limit.cores }
      if let index {
        if limit.value > merged.limits[index].value { merged.limits[index] = limit }
      } else {
        merged.limits.append(limit)
      }
    }
    merged.time = max(time, other.time)
    return merged
  }

  /// The limit of that name for exactly that many cores. Where that was not measured, what it cannot exceed: no core does more than in the
  /// nearest smaller number, and a number of cores no more than the nearest larger one.
  public func value(_ name: String, cores: Int) -> Double? {
    let known = limits.filter { $0.name == name }
    if let exact = known.first(where: { $0.cores == cores }) { return exact.value }
    let below = known.filter { $0.cores < cores }.max { $0.cores < $1.cores }
    let above = known.filter { $0.cores > cores }.min { $0.cores < $1.cores }
    let scaled = below.map { $0.value * Double(cores) / Double($0.cores) }
    return [scaled, above?.value].compactMap { $0 }.min()
  }
}

/// What a problem costs at least, whoever computes it.
public struct Cost: Hashable, Sendable, Codable {
  /// Floating-point operations; a multiply-add is two.
  public var flops: Double
  /// Bytes that must move between memory and core at least once when nothing is cached.
  public var bytes: Double
  /// Of `bytes`, those fetched as scattered rows, and the length of one row in bytes (0 where nothing is scattered).
  public var gatheredBytes: Double
  public var gatheredRowBytes: Int

  public init(flops: Double, bytes: Double, gatheredBytes: Double = 0, gatheredRowBytes: Int = 0) {
    self.flops = flops
    self.bytes = bytes
    self.gatheredBytes = gatheredBytes
    self.gatheredRowBytes = gatheredRowBytes
  }
}
