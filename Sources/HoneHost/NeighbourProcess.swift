// NeighbourProcess.swift: one process of a neighbour, what it read, and what reading costs on this machine.

internal import CPlatform
internal import Glibc
internal import HoneCore

/// A child that reads memory as it is told; ended with its owner.
final class NeighbourProcess {
  let processor: Int
  private let state: UnsafeMutablePointer<CPlatform_NeighbourState>
  let child: pid_t

  /// One for each processor, all of them ready to work.
  static func start(on processors: [Int], capacity: Int) throws(HoneError) -> [NeighbourProcess] {
    var list: [NeighbourProcess] = []
    for processor in processors {
      list.append(try NeighbourProcess(processor: processor, capacity: capacity))
    }
    for process in list { try process.waitUntilReady() }
    return list
  }

  private init(processor: Int, capacity: Int) throws(HoneError) {
    self.processor = processor
    guard let state = CPlatform_sharedNeighbourState() else { throw Self.error(errno) }
    let child = CPlatform_startNeighbour(state, UInt64(capacity), Int32(processor))
    guard child > 0 else {
      CPlatform_freeNeighbourState(state)
      throw Self.error(-child)
    }
    self.state = state
    self.child = child
  }

  deinit {
    CPlatform_endNeighbour(state, child)
    CPlatform_freeNeighbourState(state)
  }

  /// `rate` in bytes a second; nil: as fast as it can. `span` in bytes.
  func command(rate: Double?, span: Int, isScattered: Bool) {
    let wanted = rate.map { UInt64(min(max(0, $0), 1e18)) } ?? .max
    CPlatform_setNeighbour(state, wanted, UInt64(max(0, span)), isScattered ? 1 : 0)
  }

  var bytes: Double { Double(CPlatform_neighbourBytes(state)) }
  var busySeconds: Double { Double(CPlatform_neighbourNanoseconds(state)) * 1e-9 }

  /// Ten seconds are enough to touch any buffer.
  private func waitUntilReady() throws(HoneError) {
    for _ in 0..<10_000 {
      if CPlatform_isNeighbourReady(state) != 0 { return }
      usleep(1000)
    }
    throw Self.error(ENOMEM)
  }

  private static func error(_ number: Int32) -> HoneError {
    HoneError(
      .unavailable, "the neighbour's process cannot work: \(String(cString: strerror(number)))",
      advice: "Free memory or processes, or choose a policy without a neighbour.")
  }
}

/// What some processes read up to a moment.
struct NeighbourCounts {
  var bytes = 0.0
  var busySeconds = 0.0
  var time = 0.0

  init(bytes: Double, busySeconds: Double, time: Double) {
    self.bytes = bytes
    self.busySeconds = busySeconds
    self.time = time
  }

  init(_ processes: [NeighbourProcess]) {
    for process in processes {
      bytes += process.bytes
      busySeconds += process.busySeconds
    }
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    time = Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
  }
}

/// What reading costs on this machine: the whole of which a neighbour holds a share.
struct NeighbourCalibration {
  var lastLevelBytes: Int
  var capacity: Int
  /// Bytes a second of all processors together.
  var fullRate = 0.0
  /// Seconds of a line that the cache has, and of one that it has not.
  var hitSeconds = 0.0
  var missSeconds = 0.0

  static let lineBytes = 64.0
  /// A cache neighbour visits each of its lines that often a second: once while a fast core could fill the cache.
  static let visitsPerSecond = 500.0

  init(
    lastLevelBytes: Int, capacity: Int, fullRate: Double = 0, hitSeconds: Double = 0,
    missSeconds: Double = 0
  ) {
    self.lastLevelBytes = lastLevelBytes
    self.capacity = capacity
    self.fullRate = fullRate
    self.hitSeconds = hitSeconds
    self.missSeconds = missSeconds
  }

  init(
    _ resource: CoLoad.Resource, _ processes: [NeighbourProcess], lastLevelBytes: Int,
    capacity: Int, seconds: Double
  ) {
    self.init(lastLevelBytes: lastLevelBytes, capacity: capacity)
    switch resource {
    case .memory:
      fullRate = Self.observe(processes, span: capacity, isScattered: false, seconds).rate
    case .cache:
      let one = Array(processes.prefix(1))
      missSeconds = Self.observe(one, span: capacity, isScattered: true, seconds).line
      hitSeconds = Self.observe(one, span: lastLevelBytes / 4, isScattered: true, seconds).line
    }
    for process in processes { process.command(rate: 0, span: 0, isScattered: false) }
  }

  /// Lets processes run at full speed; the first fifth of the time warms up.
  private static func observe(
    _ processes: [NeighbourProcess], span: Int, isScattered: Bool, _ seconds: Double
  ) -> (rate: Double, line: Double) {
    for process in processes { process.command(rate: nil, span: span, isScattered: isScattered) }
    usleep(UInt32(seconds * 0.2e6))
    let before = NeighbourCounts(processes)
    usleep(UInt32(seconds * 0.8e6))
    let after = NeighbourCounts(processes)
    let bytes = max(1, after.bytes - before.bytes)
    return (
      bytes / max(1e-9, after.time - before.time),
      (after.busySeconds - before.busySeconds) / bytes * lineBytes
    )
  }

  /// Tells the processes to hold the share together.
  func command(_ load: CoLoad, _ processes: [NeighbourProcess]) {
    let count = Double(max(1, processes.count))
    for process in processes {
      switch load.resource {
      case .memory:
        process.command(rate: load.share * fullRate / count, span: capacity, isScattered: false)
      case .cache:
        let span = load.share * Double(lastLevelBytes) / count
        process.command(
          rate: span * Self.visitsPerSecond, span: min(Int(span), capacity), isScattered: true)
      }
    }
  }

  /// What was held between two readings: the share of the whole, and the amount.
  func held(
    _ load: CoLoad, since start: NeighbourCounts, until end: NeighbourCounts
  ) -> (share: Double, amount: Double) {
    let bytes = end.bytes - start.bytes
    guard bytes > 0, end.time > start.time else { return (0, 0) }
    switch load.resource {
    case .memory:
      let rate = bytes / (end.time - start.time)
      return (fullRate > 0 ? rate / fullRate : 0, rate)
    case .cache:
      let line = (end.busySeconds - start.busySeconds) / bytes * Self.lineBytes
      let gap = missSeconds - hitSeconds
      let hits = gap > 0 ? min(1, max(0, (missSeconds - line) / gap)) : 0
      return (load.share * hits, load.share * hits * Double(lastLevelBytes))
    }
  }
}
