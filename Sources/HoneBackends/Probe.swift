// Probe.swift: runs a kernel library's machine-limit probes: loops whose cost is known exactly.

internal import CHoneKernel
public import HoneCore
internal import HoneHost

/// A probe that is ready to run: `algorithm` on `threads` threads over a buffer.
public final class Probe: @unchecked Sendable {
  /// What a probe works on.
  public struct Setup: Sendable {
    /// Bytes of the buffer that all threads share; 0 where the probe needs none.
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
  private let buffer: MemoryRegion
  private let indices: MemoryRegion
  private let results: MemoryRegion
  private var problem: hone_probe

  init(row: KernelRow, teams: TeamPool, threads: Int, setup: Setup) throws {
    self.row = row
    self.threads = threads
    team = try teams.team(of: threads)
    parameters = row.parameters.map { Int64($0.defaultValue) } + [0]
    buffer = try MemoryRegion(bytes: setup.bytes)
    indices = try MemoryRegion(bytes: setup.rows * 4)
    results = try MemoryRegion(bytes: threads * 16)
    // Untouched pages are all the same zero page, which would never leave the cache.
    for offset in stride(from: 0, to: setup.bytes, by: 4096) {
      buffer.base.storeBytes(of: 1, toByteOffset: offset, as: UInt8.self)
    }
    Self.scatter(indices, setup)
    problem = hone_probe(
      struct_size: UInt64(MemoryLayout<hone_probe>.size), buffer: buffer.base,
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
            run: row.run, problem: UnsafeRawPointer(problem), parameters: $0.baseAddress!,
            workspace: nil), count: threads)
      }
    }
    guard code == HONE_KERNEL_OK else { throw .failed("'\(row.variant)' answered code \(code)") }
    return (0..<threads).reduce(0.0) {
      $0 + results.base.load(fromByteOffset: $1 * 8, as: Double.self)
    }
  }

  private static func scatter(_ indices: MemoryRegion, _ setup: Setup) {
    guard setup.rows > 0, setup.rowBytes > 0 else { return }
    var generator = SeededGenerator(seed: 0x6A7)
    let rows = setup.bytes / setup.rowBytes
    for index in 0..<setup.rows {
      let row = Int32(truncatingIfNeeded: Int.random(in: 0..<max(1, rows), using: &generator))
      indices.base.storeBytes(of: row, toByteOffset: index * 4, as: Int32.self)
    }
  }
}

extension KernelBackend {
  /// Algorithms of the probes that the opened libraries have: "peak", "read", "gather" …; one of each library.
  public func probes(_ algorithm: String, threads: Int, setup: Probe.Setup) throws -> [Probe] {
    try rows.filter { $0.operation == "probe" && $0.algorithm == algorithm }.map {
      try Probe(row: $0, teams: teams, threads: threads, setup: setup)
    }
  }
}
