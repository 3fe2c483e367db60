// Probe.swift: runs a kernel library's machine-limit probes: loops whose cost is known exactly.

internal import CHoneKernel
public import HoneCore
internal import HoneHost
internal import Synchronization

/// Memory that probes read, and the places where they read it, shared by all of them: making it costs more than reading it.
public final class ProbeMemory: Sendable {
  let region: MemoryRegion
  /// "rows of so many bytes" → indices.
  private let scattered = Mutex<[String: MemoryRegion]>([:])

  /// Bytes with a value in each page: untouched pages are all the same zero page, which would never leave the cache.
  public init(bytes: Int) throws {
    region = try MemoryRegion(bytes: bytes)
    for offset in stride(from: 0, to: bytes, by: 4096) {
      region.base.storeBytes(of: 1, toByteOffset: offset, as: UInt8.self)
    }
  }

  /// `count` random rows of `rowBytes` bytes in the first `bytes` bytes, as int32.
  func indices(_ count: Int, rowBytes: Int, in bytes: Int) throws -> MemoryRegion {
    try scattered.withLock { known in
      let key = "\(count) \(rowBytes) \(bytes)"
      if let region = known[key] { return region }
      let region = try MemoryRegion(bytes: count * 4)
      var generator = SeededGenerator(seed: 0x6A7)
      let rows = rowBytes > 0 ? UInt64(max(1, bytes / rowBytes)) : 1
      for index in 0..<count {
        region.base.storeBytes(
          of: Int32(truncatingIfNeeded: generator.next() % rows), toByteOffset: index * 4,
          as: Int32.self)
      }
      known[key] = region
      return region
    }
  }
}

/// A probe that is ready to run: `algorithm` on `threads` threads over a buffer.
public final class Probe: @unchecked Sendable {
  /// What a probe works on.
  public struct Setup: Sendable {
    /// Bytes of the memory that all threads share, at most all of it; 0 where the probe needs none.
    public var bytes: Int
    /// Scattered rows that each thread reads, and their length in bytes; 0: no gather.
    public var rows: Int
    public var rowBytes: Int
    /// How often a thread repeats the row's own unit of work.
    public var iterations: Int

    public init(bytes: Int = 0, rows: Int = 0, rowBytes: Int = 0, iterations: Int = 1) {
      self.bytes = bytes
      self.rows = rows
      self.rowBytes = rowBytes
      self.iterations = iterations
    }
  }

  private let row: KernelRow
  private let team: ThreadTeam
  private let threads: Int
  private let parameters: [Int64]
  private let memory: ProbeMemory
  private let indices: MemoryRegion
  private let results: MemoryRegion
  private var problem: hone_probe

  init(
    row: KernelRow, parameters: [Int], teams: TeamPool, threads: Int, setup: Setup,
    memory: ProbeMemory
  ) throws {
    guard setup.bytes <= memory.region.bytes else {
      throw HoneError(.internal, "a probe of \(setup.bytes) bytes in less memory than that")
    }
    self.row = row
    self.threads = threads
    team = try teams.team(of: threads)
    self.parameters = parameters.map(Int64.init) + [0]
    self.memory = memory
    indices = try memory.indices(setup.rows, rowBytes: setup.rowBytes, in: setup.bytes)
    results = try MemoryRegion(bytes: threads * 16)
    problem = hone_probe(
      struct_size: UInt64(MemoryLayout<hone_probe>.size), buffer: memory.region.base,
      bytes: Int64(setup.bytes), iterations: Int64(setup.iterations),
      indices: UnsafePointer(indices.base.assumingMemoryBound(to: Int32.self)),
      count: Int64(setup.rows), row_bytes: Int64(setup.rowBytes),
      sink: (results.base + threads * 8).assumingMemoryBound(to: Float.self),
      done: results.base.assumingMemoryBound(to: Double.self))
  }

  public func prepare() { team.bind(to: TeamPool.processors("compact")) }

  /// Runs the probe once on all its threads and returns what they did together: flops for "peak", else bytes.
  public func run() throws(Refusal) -> Double {
    let code = withUnsafePointer(to: problem) { problem in
      parameters.withUnsafeBufferPointer {
        team.execute(
          TeamJob(
            entry: .run(row.run, parameters: $0.baseAddress!),
            problem: UnsafeRawPointer(problem), workspace: nil), count: threads)
      }
    }
    guard code == HONE_KERNEL_OK else { throw .failed("'\(row.variant)' answered code \(code)") }
    return (0..<threads).reduce(0.0) {
      $0 + results.base.load(fromByteOffset: $1 * 8, as: Double.self)
    }
  }
}

extension KernelBackend {
  /// Probes of an algorithm ("peak", "read", "gather" …) in some types: of every library, one for each combination of its parameters'
  /// values.
  public func probes(
    _ algorithm: String, types: String = "f32", threads: Int, setup: Probe.Setup,
    memory: ProbeMemory
  ) throws -> [Probe] {
    try rows.filter {
      $0.operation == "probe" && $0.algorithm == algorithm && $0.types == types
    }.flatMap { row in
      let combinations = row.parameters.reduce([[]]) { combinations, parameter in
        combinations.flatMap { head in SpaceBuilder.expanded(parameter).map { head + [$0] } }
      }
      return try combinations.map {
        try Probe(
          row: row, parameters: $0, teams: teams, threads: threads, setup: setup, memory: memory)
      }
    }
  }
}
