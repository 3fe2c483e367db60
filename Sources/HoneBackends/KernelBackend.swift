// KernelBackend.swift: the back end "hone": variants of Hone's own kernel libraries and of plug-ins with the same ABI.

internal import CHoneKernel
public import HoneCore
public import HoneHost
internal import HoneOperations

/// Runs kernel libraries (hone_kernel.h) with Hone's own team of pinned threads.
public final class KernelBackend: Backend {
  public let name = "hone"
  public let summary =
    "Hone's kernels in Embedded Swift, one library per instruction set, and plug-ins"
  /// The rows that can be chosen, best instruction set first; within a library, the order of its catalogue.
  public let rows: [KernelRow]
  public let libraries: [String: String]
  let teams = TeamPool()
  let packed = AdoptionPool<PackedOperands>()
  let tables = AdoptionPool<AdoptedTables>()

  public init(libraries: [KernelLibrary]) {
    rows = libraries.flatMap(\.rows)
    var versions: [String: String] = [:]
    for library in libraries {
      versions["kernels-\(library.name)-\(library.instructionSet)"] = library.version
    }
    self.libraries = versions
  }

  public func branches(for problem: Problem, host: HostFacts, cores: Int) -> [Branch] {
    guard let operation = Operations.named(problem.operation) else { return [] }
    var branches: [Branch] = []
    for each in [problem] + Coarser.problems(than: problem) {
      let known = Set(branches.map(\.variant))
      branches += self.branches(of: each, operation, host, cores).filter {
        !known.contains($0.variant)
      }
    }
    return branches
  }

  /// The rows that compute the problem in its own precision.
  private func branches(
    of problem: Problem, _ operation: any HoneOperations.Operation, _ host: HostFacts, _ cores: Int
  ) -> [Branch] {
    operation.withSizes(of: problem) { sizes in
      let candidates = rows.filter {
        $0.operation == problem.operation && $0.types == problem.types
      }.map { SpaceBuilder(row: $0, problem: problem, host: host, cores: cores) }
      let willing = candidates.filter { $0.answer(sizes) == HONE_KERNEL_OK }
      let able = candidates.filter { $0.answer(sizes) == HONE_KERNEL_UNPROFITABLE }
      return (willing.isEmpty ? able : willing).map { $0.branch() }
    }
  }

  /// How a row computes the problem: nil in its own precision, else the first coarser one that the row knows.
  private func coarser(_ row: KernelRow, _ problem: Problem) throws(Refusal) -> Problem? {
    func takes(_ each: Problem) -> Bool {
      guard let operation = Operations.named(each.operation), row.types == each.types else {
        return false
      }
      let answer = operation.withSizes(of: each) {
        row.check($0, row.parameters.map { Int64($0.defaultValue) })
      }
      return answer == HONE_KERNEL_OK || answer == HONE_KERNEL_UNPROFITABLE
    }
    let others = Coarser.problems(than: problem)
    if others.isEmpty || takes(problem) { return nil }
    guard let found = others.first(where: takes) else {
      throw .unsupported("'\(row.variant)' does not compute \(problem.types)")
    }
    return found
  }

  public func plan(
    for problem: Problem, _ configuration: Configuration
  ) throws(Refusal) -> any Plan {
    guard let row = rows.first(where: { $0.variant == configuration.variant }) else {
      throw .unsupported("no kernel library here has the variant '\(configuration.variant)'")
    }
    guard let operation = Operations.named(problem.operation), row.operation == operation.name
    else {
      throw .unsupported("'\(row.variant)' does not compute \(problem.operation)")
    }
    return try KernelPlan(
      row: row, operation: operation, problem: problem, coarser: coarser(row, problem),
      configuration: configuration, teams: teams, packed: packed,
      tables: tables)
  }
}
