// Workload+Normalised.swift: checks a workload against the operations there are and fills in what it leaves out.

internal import HoneCore
public import HoneOperations

extension Workload {
  /// The same workload with every field of every problem present; entries that mean the same problem under the same conditions
  /// become one, with the sum of their weights.
  /// - Throws: `HoneError` that names the entry.
  public func normalised(by operations: [any HoneOperations.Operation]) throws -> Workload {
    var result = self
    result.entries = []
    var places: [Place: Int] = [:]
    for (index, entry) in entries.enumerated() {
      var complete = entry
      complete.problem = try normalised(entry, index, operations)
      let place = Place(problem: complete.problem, policy: entry.policy)
      if let first = places[place] {
        result.entries[first].weight += entry.weight
        result.entries[first].observed.add(entry.observed)
      } else {
        places[place] = result.entries.count
        result.entries.append(complete)
      }
    }
    return result
  }

  private struct Place: Hashable {
    var problem: Problem
    var policy: MeasurementPolicy
  }

  private func normalised(
    _ entry: WorkloadEntry, _ index: Int, _ operations: [any HoneOperations.Operation]
  ) throws -> Problem {
    let name = WorkloadDocument.entryName(index, note: entry.note)
    guard let operation = operations.first(where: { $0.name == entry.problem.operation }) else {
      throw HoneError(
        .usage, "\(name): there is no operation '\(entry.problem.operation)'",
        advice: "Choose one of: \(operations.map(\.name).joined(separator: ", ")).")
    }
    do {
      return try operation.normalised(entry.problem)
    } catch let error as HoneError {
      throw HoneError(error.code, "\(name): \(error.message)", advice: error.advice)
    }
  }
}
