// RandomProblem.swift: problems for both sides of a comparison: as Swift has them and as hone.h does.

import CHone
import CHone.Internals
import HoneCore
import HoneOperations

enum RandomProblem {
  /// Words of the form of a measured stream; from the fifth on they are none.
  static let measured = [
    "reuse:1:1000", "reuse:1040000:43.50.907", "reuse:999000000000:0.1000", "reuse:120:1.0.999",
    "reuse:0:1000", "reuse:1041000:1000", "reuse:12:0999.1", "reuse:12:999", "reuse:12:1000.0",
    "reuse:12:1000.", "reuse:012:1000", "reuse:12", "reuse:12:1000:", "reuse::1000", "reuse:12:",
    "reuse:12:-1.1001", "reuse:12:1001", "reuse:2000000000000:1000", " reuse:12:1000",
    "reuse:12:500.500 ",
    "reuse:12:" + String(repeating: "0.", count: 39) + "1000",
    "reuse:12:" + String(repeating: "0.", count: 40) + "1000",
    "reuse:12:18446744073709552616", "reuse:99999999999999:1000",
  ]

  /// Some fields of an operation at random; now and then an impossible or a missing one.
  static func draft(
    of operation: any HoneOperations.Operation, _ generator: inout SeededGenerator
  ) -> Problem {
    var problem = Problem(
      operation: operation.name, types: operation.types[generator.below(operation.types.count)],
      shape: [:])
    for dimension in operation.dimensions
    where dimension.fallback == nil ? generator.below(40) > 0 : generator.below(3) == 0 {
      let extents = [0, 1, 2, 8, 64, 65, 128, 4096, 1 << 30, 1 << 40]
      problem.shape[dimension.name] = extents[generator.below(extents.count)]
    }
    for attribute in operation.attributes where generator.below(4) == 0 {
      let words = attribute.allowed + (attribute.form == nil ? [] : measured)
      problem.attributes[attribute.name] = words[generator.below(words.count)]
    }
    return problem
  }

  /// The key of neighbours as index.h describes it.
  static func groupKey(of problem: Problem) -> String {
    let attributes = problem.attributes.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
    let fields =
      [problem.operation, problem.types] + attributes + [""] + problem.shape.keys.sorted()
    return fields.map { $0 + "\u{1f}" }.joined()
  }
}

/// A hone_problem.
struct CProblem {
  struct Refused: Error { var message: String }

  let pointer: UnsafeMutablePointer<hone_problem>

  /// The caller destroys `pointer`.
  init(_ problem: Problem) throws {
    var made: UnsafeMutablePointer<hone_problem>?
    guard hone_problem_create(problem.operation, problem.types, &made) == HONE_OK, let made else {
      throw Refused(message: String(cString: hone_last_error()))
    }
    pointer = made
    for (name, extent) in problem.shape
    where hone_problem_set_dimension(made, name, Int64(extent)) != HONE_OK { try refuse() }
    for (name, value) in problem.attributes
    where hone_problem_set_attribute(made, name, value) != HONE_OK { try refuse() }
  }

  private func refuse() throws {
    let message = String(cString: hone_last_error())
    hone_problem_destroy(pointer)
    throw Refused(message: message)
  }

  private var fields: hone_problem { pointer.pointee }

  var isComplete: Bool { fields.complete }

  var key: String {
    withUnsafeBytes(of: fields.key) {
      String(decoding: $0.prefix(fields.key_size), as: UTF8.self)
    }
  }

  /// Operations and bytes at least.
  var cost: [Double] {
    let cost = withUnsafeBytes(of: fields.sorted) {
      hone__cost_of(pointer, $0.bindMemory(to: Int64.self).baseAddress)
    }
    return [cost.flops, cost.bytes]
  }

  /// In the order of the dimensions' names.
  var extents: [Int64] {
    withUnsafeBytes(of: fields.sorted) {
      Array($0.bindMemory(to: Int64.self).prefix(Int(fields.dimension_count)))
    }
  }
}
