// OperationTableTests.swift: libhone's table of operations says what HoneOperations says.

import CHone
import CHone.Internals
import HoneCore
import HoneOperations
import Testing

/// A null-terminated list of C strings in a tuple of pointers.
private func words<List>(_ list: List) -> [String] {
  withUnsafeBytes(of: list) {
    $0.bindMemory(to: UnsafePointer<CChar>?.self).prefix { $0 != nil }.compactMap {
      $0.map { String(cString: $0) }
    }
  }
}

@Suite("Operations of libhone")
struct OperationTableTests {
  /// Rows of the C table by name.
  private static var rows: [String: hone__operation] {
    let all = sequence(state: UInt32(0)) { index -> hone__operation? in
      defer { index += 1 }
      return hone__operation_at(index)?.pointee
    }
    return Dictionary(uniqueKeysWithValues: all.map { (String(cString: $0.name), $0) })
  }

  @Test(
    "the same operations, types, dimensions and attributes; a new one needs a row in operations.c")
  func tables() throws {
    #expect(Set(Self.rows.keys) == Set(Operations.all.map(\.name)))
    for operation in Operations.all {
      let row = try #require(Self.rows[operation.name])
      #expect(words(row.types) == operation.types, "types of \(operation.name)")
      let dimensions = withUnsafeBytes(of: row.dimensions) {
        $0.bindMemory(to: hone__dimension.self).prefix { $0.name != nil }
          .map { String(cString: $0.name) }
      }
      #expect(dimensions == operation.dimensions.map(\.name), "dimensions of \(operation.name)")
      let attributes = withUnsafeBytes(of: row.attributes) {
        Array($0.bindMemory(to: hone__attribute.self).prefix { $0.name != nil })
      }
      #expect(attributes.map { String(cString: $0.name) } == operation.attributes.map(\.name))
      for (one, other) in zip(attributes, operation.attributes) {
        let (allowed, name) = (words(one.allowed), other.name)
        #expect(Set(allowed) == Set(other.allowed), "\(operation.name) \(name)")
        #expect(allowed.first == other.fallback, "default of \(operation.name) \(name)")
        #expect(one.left_out == other.isLeftOut, "\(operation.name) \(name)")
        #expect(one.is_data == other.isData, "\(operation.name) \(name)")
        #expect((one.admits != nil) == (other.form != nil), "\(operation.name) \(name)")
      }
    }
  }

  @Test("both make the same of random fields: accepted or refused, the same problem, the same cost")
  func normalising() throws {
    var generator = SeededGenerator(seed: 5)
    var accepted = 0
    for round in 0..<3000 {
      let operation = Operations.all[round % Operations.all.count]
      let draft = RandomProblem.draft(of: operation, &generator)
      let swift = try? operation.normalised(draft)
      let problem = try? CProblem(draft)
      defer { problem.map { hone_problem_destroy($0.pointer) } }
      #expect((swift != nil) == (problem?.isComplete ?? false), "\(draft.key)")
      guard let swift, let problem else { continue }
      accepted += 1
      #expect(problem.key == RandomProblem.groupKey(of: swift))
      guard swift.shape["batch"] ?? 1 <= 4096 else { continue }
      let cost = try #require(Operations.named(draft.operation)).cost(of: swift)
      // Beyond it the order of the factors shows.
      guard max(cost.flops, cost.bytes) < 0x1p53 else { continue }
      #expect(problem.cost == [cost.flops, cost.bytes], "\(swift.key)")
      #expect(problem.extents == swift.shape.sorted { $0.key < $1.key }.map { Int64($0.value) })
    }
    #expect(accepted > 500)
  }
}
