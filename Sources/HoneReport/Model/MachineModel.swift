// MachineModel.swift: what a machine's limits are made of, part by part, so that one part at a time can be exchanged for another machine's.

internal import HoneCore
internal import HoneOperations

/// A part of a machine that makes it faster or slower than another one.
enum MachinePart: Int, CaseIterable, Sendable {
  case cores, instructions, coreSpeed, memory, cacheSize, cacheSpeed

  var title: String {
    let titles: [Self: String] = [
      .cores: "cores", .instructions: "ISA", .coreSpeed: "core speed", .memory: "memory",
      .cacheSize: "cache size", .cacheSpeed: "cache speed",
    ]
    return titles[self] ?? ""
  }

  /// For programs: "core_speed".
  var name: String { title.lowercased().split(separator: " ").joined(separator: "_") }
}

/// The measured limits of a host for one data type and number of cores, taken apart: peak = cores that count × FLOP an instruction × instructions a second and
/// core.
struct MachineModel: Sendable {
  /// Peak of all over peak of one: cores as far as they do not slow each other down.
  var cores: Double
  var cacheCores: Double
  /// FLOP of one vector instruction.
  var instructions: Double
  /// Vector instructions a second and core.
  var coreSpeed: Double
  /// Bytes a second from memory, and of gathered rows by their length.
  var memory: Double
  var gathers: [HostLimit]
  var cacheBytes: Int?
  /// Bytes a second and core from the L2 cache.
  var cacheSpeed: Double

  /// Multiply and add of one vector: 4, 8 and 16 lanes of f32; without fused multiply-add each is an instruction of its own.
  private static let operations: [String: Double] = [
    "x86v2": 4, "x86v3": 16, "x86v4": 32, "armv8": 8,
  ]

  /// nil where a limit that it takes is unknown.
  init?(_ host: FleetHost, types: String, cores count: Int) {
    guard let limits = host.subject.limits, let peak = Self.peak(limits, types),
      let one = limits.value(peak, cores: 1), let all = limits.value(peak, cores: count),
      let memory = limits.value("read.memory", cores: count),
      let cacheOne = limits.value("read.l2", cores: 1),
      let cacheAll = limits.value("read.l2", cores: count)
    else { return nil }
    cores = all / one
    cacheCores = cacheAll / cacheOne
    instructions = Self.operations[host.description.instructionSet ?? ""] ?? 1
    coreSpeed = one / instructions
    self.memory = memory
    gathers = limits.limits.filter { $0.name.hasPrefix("gather.") && $0.cores <= count }
    cacheBytes = host.subject.lastLevelBytes
    cacheSpeed = cacheOne
  }

  /// The name of the peak that holds for these types: the longest that they begin with, "peak.f32" of "f32bf16".
  private static func peak(_ limits: HostLimits, _ types: String) -> String? {
    let prefix = "peak."
    let names = limits.limits.map(\.name).filter {
      $0.hasPrefix(prefix) && types.hasPrefix($0.dropFirst(prefix.count))
    }
    return names.max { $0.count < $1.count }
  }

  /// The same machine with one part of another.
  func taking(_ part: MachinePart, from other: MachineModel) -> MachineModel {
    var model = self
    switch part {
    case .cores: (model.cores, model.cacheCores) = (other.cores, other.cacheCores)
    case .instructions: model.instructions = other.instructions
    case .coreSpeed: model.coreSpeed = other.coreSpeed
    case .memory: (model.memory, model.gathers) = (other.memory, other.gathers)
    case .cacheSize: model.cacheBytes = other.cacheBytes
    case .cacheSpeed: model.cacheSpeed = other.cacheSpeed
    }
    return model
  }

  /// The roofline of this machine, for as many cores as it was made for.
  func roofline(types: String) -> Roofline {
    func limit(_ name: String, _ value: Double) -> HostLimit {
      HostLimit(
        name: name, cores: 1, unit: "", value: value, interval: Interval(low: value, high: value))
    }
    let limits = [
      limit("peak.\(types)", cores * instructions * coreSpeed), limit("read.memory", memory),
      limit("read.l2", cacheCores * cacheSpeed),
    ]
    let widest = gathers.map(\.cores).max() ?? 1
    let gathered = gathers.filter { $0.cores == widest }.map { limit($0.name, $0.value) }
    return Roofline(
      limits: HostLimits(limits: limits + gathered, time: ""), lastLevelBytes: cacheBytes)
  }
}
