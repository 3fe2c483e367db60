// KernelPlan.swift: one variant with its parameters, its workspace and its threads, ready to run.

internal import CHoneKernel
internal import HoneCore
internal import HoneHost
internal import HoneOperations

final class KernelPlan: Plan, @unchecked Sendable {
  private let row: KernelRow
  private let parameters: UnsafeMutableBufferPointer<Int64>
  private let workspace: MemoryRegion?
  private let team: ThreadTeam
  private let threads: Int
  private let placement: String
  private let pool: PackedPool
  private var adopted: PackedOperands?
  let workspaceBytes: Int
  /// For plans that join several of these: the operation, what one gathered row takes, and the pool of the team.
  let operation: String
  let rowBytes: Double
  let teams: TeamPool

  init(
    row: KernelRow, operation: any HoneOperations.Operation, problem: Problem,
    configuration: Configuration, teams: TeamPool, packed pool: PackedPool
  ) throws(Refusal) {
    var values: [Int64] = []
    for parameter in row.parameters {
      let value = configuration.int(parameter.name, default: parameter.defaultValue)
      guard (parameter.low...parameter.high).contains(value) else {
        throw .unsupported(
          "\(parameter.name)=\(value) is outside \(parameter.low)…\(parameter.high)")
      }
      values.append(Int64(value))
    }
    threads = max(1, configuration.int("threads", default: 1))
    placement = configuration["placement"]?.text ?? "compact"
    let count = threads
    let (code, bytes) = operation.withSizes(of: problem) { sizes in
      (row.check(sizes, values), row.workspaceBytes(sizes, values, threads: count))
    }
    guard code == HONE_KERNEL_OK || code == HONE_KERNEL_UNPROFITABLE else {
      throw .unsupported("'\(row.variant)' declines this problem with these parameters (\(code))")
    }
    guard bytes >= 0 else { throw .failed("'\(row.variant)' asks for \(bytes) bytes of workspace") }
    do {
      workspace = bytes > 0 ? try MemoryRegion(bytes: bytes) : nil
    } catch { throw .failed("no workspace of \(bytes) bytes: \(error)") }
    workspaceBytes = bytes
    team = try teams.team(of: count)
    self.teams = teams
    self.operation = row.operation
    rowBytes = Double(operation.cost(of: problem).gatheredRowBytes)
    self.row = row
    self.pool = pool
    parameters = .allocate(capacity: values.count)
    _ = parameters.initialize(from: values)
  }

  deinit { parameters.deallocate() }

  func adopt(_ operands: any Operands) throws(Refusal) {
    if row.wantsPacking { adopted = try pool.adopt(operands, row: row) }
  }

  func packed(_ arguments: UnsafeRawPointer) throws(Refusal) -> MemoryRegion? {
    guard row.wantsPacking else { return nil }
    var problem = arguments.assumingMemoryBound(to: hone_gemm.self).pointee
    return try row.packed(&problem)
  }

  func prepare() {
    SpinningThreads.take("hone", lingerMicroseconds: threads > 1 ? 600 : 0)
    team.bind(to: TeamPool.processors(placement))
  }

  func execute(_ arguments: UnsafeRawPointer) throws(Refusal) {
    var problem = arguments
    if let adopted {
      guard let packed = adopted.arguments(for: arguments) else {
        throw .failed("'\(row.variant)' runs on operands that it adopted only")
      }
      problem = packed
    }
    let job = TeamJob(
      run: row.run, problem: problem, parameters: parameterAddress, workspace: workspace?.base)
    let code = team.execute(job, count: threads)
    guard code == HONE_KERNEL_OK else { throw .failed("'\(row.variant)' answered code \(code)") }
  }

  var entryPoint: hone_kernel_run { row.run }

  /// A row without parameters still gets a valid address.
  var parameterAddress: UnsafePointer<Int64> {
    UnsafePointer(parameters.baseAddress ?? KernelPlan.none)
  }

  private nonisolated(unsafe) static let none = UnsafeMutablePointer<Int64>.allocate(capacity: 1)
}
