// TuningJob.swift: one problem for one core budget: the unit that a session tunes.

internal import HoneCore
internal import HoneOperations
internal import HoneWorkloads

struct TuningJob {
  var entry: WorkloadEntry
  var operation: any HoneOperations.Operation
  var cores: Int

  /// - Throws: `HoneError` (`usage`) where there is no such operation.
  init(_ entry: WorkloadEntry, cores: Int) throws {
    guard let operation = Operations.named(entry.problem.operation) else {
      throw HoneError(.usage, "there is no operation '\(entry.problem.operation)'")
    }
    self.entry = entry
    self.operation = operation
    self.cores = cores
  }

  /// "gemm f32".
  var kind: String { "\(operation.name) \(entry.problem.types)" }
  /// "512x512x512".
  var shape: String { operation.title(of: entry.problem) }
  /// "gemm f32 512x512x512 · 2 cores".
  var title: String { "\(kind) \(shape) · \(cores) \(cores == 1 ? "core" : "cores")" }
}
