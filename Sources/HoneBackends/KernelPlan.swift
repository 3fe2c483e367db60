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
  private let pool: AdoptionPool<PackedOperands>
  private let tables: AdoptionPool<AdoptedTables>
  private let tablePlacement: TablePlacement
  private var adopted: (any AdoptedOperands)?
  private let problem: Problem
  /// Where the row computes the problem in a coarser precision (`GEMMPrecision`): what it computes.
  private let coarser: Problem?
  private let precision: hone_gemm
  let workspaceBytes: Int
  /// For plans that join several of these: the operation, what one gathered row takes, and the pool of the team.
  let operation: String
  let rowBytes: Double
  let teams: TeamPool

  init(
    row: KernelRow, operation: any HoneOperations.Operation, problem: Problem, coarser: Problem?,
    configuration: Configuration, teams: TeamPool, packed pool: AdoptionPool<PackedOperands>,
    tables: AdoptionPool<AdoptedTables>
  ) throws(Refusal) {
    (self.problem, self.coarser) = (problem, coarser)
    var precision = hone_gemm()
    if let coarser, row.operation == "gemm" { GEMMPrecision.adopt(coarser, into: &precision) }
    self.precision = precision
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
    tablePlacement = configuration["tables"]?.text.flatMap(TablePlacement.init) ?? .local
    self.tables = tables
    let count = threads
    let (code, bytes) = operation.withSizes(of: coarser ?? problem) { sizes in
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

  private var isBag: Bool { operation == "embedding-bag" }

  var packs: Bool { row.wantsPacking || (isBag && coarser != nil) }

  func adopt(_ operands: any Operands) throws(Refusal) {
    guard !isBag else { return try adoptTable(operands) }
    guard packs else { return }
    // Whoever measures has all cores.
    let cores = max(threads, TeamPool.processors("compact").count)
    let team = try teams.team(of: cores)
    adopted = try pool.adopt(operands, key: row.variant) { () throws(Refusal) in
      try PackedOperands(operands) { problem throws(Refusal) in
        try pack(&problem, team, threads: cores)
      }
    }
  }

  private func adoptTable(_ operands: any Operands) throws(Refusal) {
    guard coarser != nil || tablePlacement != .local else { return }
    let key = "\(coarser?.types ?? "") \(tablePlacement)"
    adopted = try tables.adopt(operands, key: key) { () throws(Refusal) in
      try AdoptedTables(operands, coarser: coarser, tablePlacement)
    }
  }

  func packed(_ arguments: UnsafeRawPointer) throws(Refusal) -> MemoryRegion? {
    guard packs else { return nil }
    if isBag { return try convertedTable(arguments) }
    var problem = arguments.assumingMemoryBound(to: hone_gemm.self).pointee
    return try pack(&problem, team, threads: threads)
  }

  private func convertedTable(_ arguments: UnsafeRawPointer) throws(Refusal) -> MemoryRegion? {
    guard let coarser else { return nil }
    var p = arguments.assumingMemoryBound(to: hone_embedding_bag.self).pointee
    do { return try BagPrecision.convert(problem, to: coarser, &p) } catch {
      throw .failed("no memory for the table in \(coarser.types): \(error)")
    }
  }

  private func pack(
    _ arguments: inout hone_gemm, _ team: ThreadTeam, threads: Int
  ) throws(Refusal) -> MemoryRegion {
    guard let coarser else { return try row.packed(&arguments, team, threads: threads) }
    let made = GEMMPrecision.withConverted(problem, to: coarser, &arguments) {
      converted -> Result<MemoryRegion, Refusal> in
      do throws(Refusal) {
        let sizes = converted.assumingMemoryBound(to: hone_gemm.self)
        return .success(try row.packed(&sizes.pointee, team, threads: threads))
      } catch { return .failure(error) }
    }
    return try made.get()
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
    let code = coarser == nil ? run(problem) : runCoarser(problem)
    guard code == HONE_KERNEL_OK else { throw .failed("'\(row.variant)' answered code \(code)") }
  }

  private func run(_ arguments: UnsafeRawPointer) -> Int32 {
    if tablePlacement == .replicated, let tables = adopted as? AdoptedTables {
      let byNode = tables.byNode(arguments)
      if !byNode.isEmpty { return runNear(byNode, arguments) }
    }
    let job = TeamJob(
      entry: .run(row.run, parameters: parameterAddress), problem: arguments,
      workspace: workspace?.base)
    return team.execute(job, count: threads)
  }

  private func runNear(_ byNode: [UnsafeRawPointer?], _ arguments: UnsafeRawPointer) -> Int32 {
    byNode.withUnsafeBufferPointer { tables in
      guard let base = tables.baseAddress else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
      var call = NearTable(
        problem: arguments.assumingMemoryBound(to: hone_embedding_bag.self).pointee,
        tables: base, nodes: tables.count, run: row.run, parameters: parameterAddress)
      return withUnsafePointer(to: &call) {
        let job = TeamJob(
          entry: .run(NearTable.entry, parameters: parameterAddress), problem: $0,
          workspace: workspace?.base)
        return team.execute(job, count: threads)
      }
    }
  }

  /// The caller's arguments say what it asked for, not how it is computed.
  private func runCoarser(_ arguments: UnsafeRawPointer) -> Int32 {
    if isBag, let coarser {
      var p = arguments.assumingMemoryBound(to: hone_embedding_bag.self).pointee
      BagPrecision.adopt(coarser, into: &p)
      return run(&p)
    }
    var p = arguments.assumingMemoryBound(to: hone_gemm.self).pointee
    (p.compute, p.group, p.zero_points) = (
      precision.compute, precision.group, precision.zero_points
    )
    return run(&p)
  }

  var entryPoint: hone_kernel_run { row.run }

  /// A row without parameters still gets a valid address.
  var parameterAddress: UnsafePointer<Int64> {
    UnsafePointer(parameters.baseAddress ?? KernelPlan.none)
  }

  private nonisolated(unsafe) static let none = UnsafeMutablePointer<Int64>.allocate(capacity: 1)
}
