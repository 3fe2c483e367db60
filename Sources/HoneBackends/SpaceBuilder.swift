// SpaceBuilder.swift: the space of one kernel row on a problem and a host: declared ranges, cut to what can matter.

internal import CHoneKernel
internal import HoneCore
internal import HoneHost
internal import HoneOperations

/// Turns the declared parameters of a row into lists of values, and adds threads and placement.
struct SpaceBuilder {
  var row: KernelRow
  var problem: Problem
  var host: HostFacts
  var cores: Int

  /// The row's own word on the problem at its default parameters.
  func answer(_ sizes: UnsafeRawPointer) -> Int32 {
    row.check(sizes, row.parameters.map { Int64(defaultValue($0)) })
  }

  func branch() -> Branch {
    var parameters = row.parameters.map { declared in
      Parameter(
        declared.name, values(declared).map { .int($0) }, summary: declared.summary)
    }
    var defaults = zip(row.parameters, parameters).map { declared, parameter in
      nearest(defaultValue(declared), in: parameter.values.compactMap(\.int))
    }
    parameters.append(threads)
    defaults.append(threads.values.firstIndex(of: .int(defaultThreads)) ?? 0)
    if let tables {
      parameters.append(tables)
      defaults.append(0)
    }
    var constraints: [Constraint] = []
    if let placement {
      parameters.append(placement)
      defaults.append(placement.values.firstIndex(of: "compact") ?? 0)
      let only = placement.values[defaults[defaults.count - 1]]
      constraints.append(
        Constraint("one thread has one placement", over: ["threads", "placement"]) {
          $0[0] != .int(1) || $0[1] == only
        })
    }
    return Branch(
      backend: "hone", variant: row.variant, parameters: parameters, constraints: constraints,
      defaults: defaults)
  }

  private var threads: Parameter { SpaceBuilder.threads(upTo: cores) }

  /// 1, 2, 4 … and all of them.
  static func threads(upTo cores: Int) -> Parameter {
    var counts = Array(sequence(first: 1) { $0 * 2 < cores ? $0 * 2 : nil })
    if counts.last != cores { counts.append(cores) }
    return Parameter("threads", counts.map { .int($0) }, summary: "threads that run together")
  }

  private var placement: Parameter? {
    guard cores > 1, host.placements.count > 1 else { return nil }
    return Parameter(
      "placement", host.placements.keys.sorted().map { .text($0) }, kind: .categorical,
      summary: "which processors the threads sit on")
  }

  /// Where a table lies; one node leaves nothing to choose.
  private var tables: Parameter? {
    guard problem.operation == "embedding-bag", host.numaNodes > 1 else { return nil }
    return Parameter(
      "tables", TablePlacement.allCases.map { .text($0.rawValue) }, kind: .categorical,
      summary: "the table where it is, a copy over all NUMA nodes, or a copy on each")
  }

  /// Threads pay when a thread's share takes longer than waking it: about 2 µs against 30 GFLOP/s or 15 GB/s a core.
  private var defaultThreads: Int {
    guard let operation = Operations.named(problem.operation) else { return 1 }
    let cost = operation.cost(of: problem)
    let seconds = max(cost.flops / 30e9, cost.bytes / 15e9)
    return seconds > 20e-6 ? cores : 1
  }

  private func defaultValue(_ parameter: KernelRow.Parameter) -> Int {
    AnalyticDefaults.value(of: parameter.name, row: row, problem: problem, host: host)
      .map { min(max($0, parameter.low), parameter.high) } ?? parameter.defaultValue
  }

  /// The declared values, without those that a dimension of the problem makes alike (beyond the dimension, one is enough), plus the default.
  private func values(_ parameter: KernelRow.Parameter) -> [Int] {
    var list = Self.expanded(parameter)
    if let dimension = AnalyticDefaults.boundingDimension(of: parameter.name, problem.operation) {
      let extent = problem[dimension]
      let within = list.filter { $0 < extent }
      list = within + list.dropFirst(within.count).prefix(1)
    }
    return Array(Set(list + [defaultValue(parameter)])).sorted()
  }

  static func expanded(_ parameter: KernelRow.Parameter) -> [Int] {
    let step = max(parameter.step, 1)
    if parameter.isDoubling {
      let start = parameter.low > 0 ? parameter.low : step
      let doubled = Array(sequence(first: start) { $0 * 2 <= parameter.high ? $0 * 2 : nil })
      return parameter.low > 0 ? doubled : [0] + doubled
    }
    return Array(stride(from: parameter.low, through: parameter.high, by: step))
  }

  private func nearest(_ value: Int, in list: [Int]) -> Int {
    list.indices.min { abs(list[$0] - value) < abs(list[$1] - value) } ?? 0
  }
}
