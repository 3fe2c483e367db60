// EmbeddingBagOperands.swift: the table, indices and output of one embedding-bag problem, and the proof of a result.

internal import CHoneKernel
internal import HoneCore
internal import KernelReference

/// One table and `copies` sets of indices: what must not be warm is the rows that a run reads, and another set of indices
/// reads other rows. Bag lengths vary by half around their mean; weights are uniform in -0.5 ..< 0.5, and so are the table's elements, in every type.
final class EmbeddingBagOperands: Operands, @unchecked Sendable {
  let problem: Problem
  let copies: Int
  private let table: OperandBuffer<UInt8>
  private let indices: [OperandBuffer<UInt8>]
  private let offsets: OperandBuffer<UInt8>
  private let weights: OperandBuffer<Float>?
  private let output: OperandBuffer<UInt8>
  private let arguments: UnsafeMutablePointer<hone_embedding_bag>
  private var oracle: EmbeddingBagOracle?

  init(problem: Problem, seed: UInt64, copies: Int, pages: String) throws {
    self.problem = problem
    self.copies = max(1, copies)
    let sizes = EmbeddingBagOperation.sizes(of: problem)
    let width = Int(sizes.index_bytes)
    let type = EmbeddingBagOperation.rowType(of: problem)
    table = try OperandBuffer(
      Int(sizes.rows) * type.rowBytes(Int(sizes.dim)), pages: pages,
      content: "table \(type) \(sizes.dim) \(sizes.scales_first) \(seed)"
    ) {
      EmbeddingBagTable.fill(
        $0, type, dim: Int(sizes.dim), scalesFirst: sizes.scales_first != 0, seed: seed)
    }
    let outputBytes = EmbeddingBagOperation.outputType(of: problem).bytes
    output = try OperandBuffer(Int(sizes.bags * sizes.dim) * outputBytes, pages: pages)
    let lookups = problem["lookups"]
    weights =
      problem.attributes["weighted"] == "yes" ? try OperandBuffer(lookups, pages: pages) : nil
    weights?.fillUniform(seed: seed ^ 0xBEEF)
    offsets = try OperandBuffer(problem["bags"] * width, pages: pages)
    Self.store(Self.bagOffsets(problem, seed: seed), in: offsets, width: width)
    indices = try (0..<self.copies).map { copy in
      let buffer = try OperandBuffer<UInt8>(lookups * width, pages: pages)
      var rows = IndexDistribution(
        rows: problem["rows"], named: problem.attributes["distribution"] ?? "uniform",
        seed: seed &+ UInt64(copy))
      Self.store((0..<lookups).map { _ in rows.next() }, in: buffer, width: width)
      return buffer
    }
    arguments = .allocate(capacity: self.copies)
    for (index, buffer) in indices.enumerated() {
      var set = sizes
      set.table = UnsafeRawPointer(table.base)
      set.indices = UnsafeRawPointer(buffer.base)
      set.offsets = UnsafeRawPointer(offsets.base)
      set.weights = weights.map { UnsafePointer($0.base) }
      set.output = UnsafeMutableRawPointer(output.base)
      (arguments + index).initialize(to: set)
    }
  }

  deinit { arguments.deallocate() }

  func arguments(copy: Int) -> UnsafeRawPointer { UnsafeRawPointer(arguments + copy % copies) }

  /// Every byte 0xFF: a NaN in each type, with a payload that no computation makes.
  func poison() {
    UnsafeMutableRawBufferPointer(start: output.base, count: output.count).initializeMemory(
      as: UInt8.self, repeating: 0xFF)
  }

  var outputBytes: UnsafeRawBufferPointer { .init(start: output.base, count: output.bytes) }

  func prove(copy: Int) -> Proof {
    let index = copy % copies
    if oracle?.copy != index {
      oracle = EmbeddingBagOracle(
        arguments[index], EmbeddingBagOperation.rowType(of: problem),
        EmbeddingBagOperation.outputType(of: problem), copy: index,
        allowed: BagPrecision.maxError(of: problem) ?? 0)
    }
    return oracle!.proof()
  }

  /// Start of each bag: lengths vary by half around the mean and add up to `lookups`.
  private static func bagOffsets(_ problem: Problem, seed: UInt64) -> [Int] {
    let bags = problem["bags"]
    var generator = SeededGenerator(seed: seed ^ 0x0FF5E7)
    let shares = (0..<bags).map { _ in 0.5 + generator.unit() }
    let total = max(shares.reduce(0, +), 1e-9)
    var offsets: [Int] = []
    var sum = 0.0
    for share in shares {
      offsets.append(Int(Double(problem["lookups"]) * (sum / total)))
      sum += share
    }
    return offsets
  }

  private static func store(_ values: [Int], in buffer: OperandBuffer<UInt8>, width: Int) {
    let raw = UnsafeMutableRawPointer(buffer.base)
    for (index, value) in values.enumerated() {
      if width == 4 {
        raw.storeBytes(of: Int32(value), toByteOffset: index * 4, as: Int32.self)
      } else {
        raw.storeBytes(of: Int64(value), toByteOffset: index * 8, as: Int64.self)
      }
    }
  }
}
