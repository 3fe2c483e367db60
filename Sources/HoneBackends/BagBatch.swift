// BagBatch.swift: many embedding-bags as one plan: threads share the bytes of all tables, cutting tables between bags.

internal import CHoneKernel
public import HoneCore
internal import HoneHost

// Idea: the cost of a table is the rows that it reads and the rows that it writes, so all tables together are one line of bytes, and
// thread t of T takes the part t / T … (t + 1) / T of it. Where that part begins or ends inside a table, the table is cut between two bags:
// a run of bags is an embedding-bag itself. No thread waits for another, and a bag is summed by one thread, so the number of threads
// changes no bit.
//
//   tables   |---- 0 ----|-- 1 --|---------------- 2 ----------------|-3-|
//   threads  |-------- 0 --------|-------- 1 --------|-------- 2 --------|
//
// Where tables lie on several NUMA nodes, the line is in order of their nodes, as the threads are in order of theirs: each thread gets the
// tables that are near it, as far as the bytes of the nodes are in proportion to their threads.

/// Executed with an array of pointers to the tables' structs (hone_embedding_bag), in the order of the plans.
public final class BagBatch: Plan, @unchecked Sendable {
  public let workspaceBytes = 0
  private let plans: [KernelPlan]
  private let parts: UnsafeMutableBufferPointer<Part>
  private let team: ThreadTeam
  private let threads: Int
  /// The tables in the order of the line.
  private let order: UnsafeMutableBufferPointer<Int>
  /// Tells the node of a table's memory until it was asked; nil on machines with one node.
  private var nodeOf: (@Sendable (UnsafeRawPointer) -> Int?)?

  fileprivate struct Part {
    var run: hone_kernel_run
    var parameters: UnsafePointer<Int64>
    /// What a look-up reads.
    var rowBytes: Double
  }

  /// What every thread reads of a call.
  fileprivate struct Call {
    var parts: UnsafeMutableBufferPointer<Part>
    var arguments: UnsafePointer<UnsafeRawPointer?>
    var order: UnsafeMutableBufferPointer<Int>

    func run(_ index: Int) -> BagRun { BagRun(arguments[index], rowBytes: parts[index].rowBytes) }
  }

  /// - Throws: `Refusal.unsupported` for plans that are none of Hone's for embedding-bag without a workspace.
  public convenience init(_ plans: [any Plan], threads: Int) throws(Refusal) {
    let nodeOf: @Sendable (UnsafeRawPointer) -> Int? = { MemoryPlacement.node(of: $0) }
    try self.init(
      plans, threads: threads, nodeOf: MemoryPlacement.hasSeveralNodes ? nodeOf : nil)
  }

  init(
    _ plans: [any Plan], threads: Int, nodeOf: (@Sendable (UnsafeRawPointer) -> Int?)?
  ) throws(Refusal) {
    self.nodeOf = nodeOf
    var own: [KernelPlan] = []
    for (index, plan) in plans.enumerated() {
      guard let kernel = plan as? KernelPlan, kernel.operation == "embedding-bag",
        kernel.workspaceBytes == 0
      else { throw .unsupported("plan \(index) is not a plain embedding-bag of Hone's kernels") }
      own.append(kernel)
    }
    guard let first = own.first else { throw .unsupported("a batch needs a table") }
    self.plans = own
    self.threads = max(1, threads)
    team = try first.teams.team(of: self.threads)
    order = .allocate(capacity: own.count)
    _ = order.initialize(from: own.indices)
    parts = .allocate(capacity: own.count)
    _ = parts.initialize(
      from: own.map {
        Part(run: $0.entryPoint, parameters: $0.parameterAddress, rowBytes: $0.rowBytes)
      })
  }

  deinit {
    parts.deallocate()
    order.deallocate()
  }

  public func prepare() {}

  /// The tables in the order in which threads share them.
  var line: [Int] { Array(order) }

  public func execute(_ arguments: UnsafeRawPointer) throws(Refusal) {
    var call = Call(
      parts: parts, arguments: arguments.assumingMemoryBound(to: UnsafeRawPointer?.self),
      order: order)
    if let nodeOf { arrange(call, nodeOf) }
    let code = withUnsafePointer(to: &call) {
      let job = TeamJob(
        entry: .run(
          { call, _, _, team in BagBatch.share(call, team) }, parameters: parts[0].parameters),
        problem: UnsafeRawPointer($0), workspace: nil)
      return team.execute(job, count: threads)
    }
    guard code == HONE_KERNEL_OK else { throw .failed("a table answered code \(code)") }
  }

  /// Puts tables in order of the nodes on which they begin; those whose node nobody knows come last. Once: tables stay where they are.
  private func arrange(_ call: Call, _ nodeOf: (UnsafeRawPointer) -> Int?) {
    let nodes = parts.indices.map { index in
      call.run(index).problem.table.flatMap(nodeOf) ?? Int.max
    }
    for (place, index) in parts.indices.sorted(by: { (nodes[$0], $0) < (nodes[$1], $1) })
      .enumerated()
    {
      order[place] = index
    }
    self.nodeOf = nil
  }

  /// One thread's part of all tables.
  private static func share(
    _ call: UnsafeRawPointer?, _ team: UnsafePointer<hone_kernel_team>?
  ) -> Int32 {
    guard let call = call?.assumingMemoryBound(to: Call.self).pointee, let team else {
      return Int32(HONE_KERNEL_BAD_ARGUMENT)
    }
    var total = 0.0
    for index in call.parts.indices { total += call.run(index).cost }
    let (thread, threads) = (Double(team.pointee.index), Double(team.pointee.count))
    let (low, high) = (total * thread / threads, total * (thread + 1) / threads)
    let isLast = team.pointee.index + 1 == team.pointee.count
    var alone = hone_kernel_team(index: 0, count: 1, barrier: nil, context: nil)
    var before = 0.0
    for index in call.order {
      let table = call.run(index)
      let first = table.border(low - before)
      let end = isLast ? table.count : table.border(high - before)
      before += table.cost
      guard first < end else { continue }
      var slice = table.slice(first..<end)
      let part = call.parts[index]
      let code = part.run(&slice, part.parameters, nil, &alone)
      if code != HONE_KERNEL_OK { return code }
    }
    return Int32(HONE_KERNEL_OK)
  }
}
