// EmbeddingBagOperands.swift: the table, indices and output of one embedding-bag problem, and the proof of a result.

internal import CHoneKernel
internal import HoneCore
internal import KernelReference

/// `copies` sets of indices: what must not be warm is the rows that a run reads, and another set of indices reads other rows. They take
/// turns over as many tables as hold the bytes that all sets read together: of one that fits into the caches, most rows would be there
/// again when the next set asks for them. Bag lengths vary by half around their mean; weights are uniform in -0.5 ..< 0.5, and so are the table's elements, in every type.
final class EmbeddingBagOperands: Operands, @unchecked Sendable {
  let problem: Problem
  let copies: Int
  private let tables: [OperandBuffer<UInt8>]
  /// Set after set, each from a cache line on.
  private let indices: OperandBuffer<UInt8>
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
    tables = try (0..<Self.tableCount(problem, copies: self.copies)).map { number in
      let seed = seed &+ UInt64(number) &* 0x9E37_79B9
      return try OperandBuffer(
        Int(sizes.rows) * type.rowBytes(Int(sizes.dim)), pages: pages,
        content: "table \(type) \(sizes.dim) \(sizes.scales_first) \(seed)"
      ) {
        EmbeddingBagTable.fill(
          $0, type, dim: Int(sizes.dim), scalesFirst: sizes.scales_first != 0, seed: seed)
      }
    }
    let outputBytes = EmbeddingBagOperation.outputType(of: problem).bytes
    output = try OperandBuffer(Int(sizes.bags * sizes.dim) * outputBytes, pages: pages)
    let lookups = problem["lookups"]
    weights =
      problem.attributes["weighted"] == "yes" ? try OperandBuffer(lookups, pages: pages) : nil
    weights?.fillUniform(seed: seed ^ 0xBEEF)
    offsets = try OperandBuffer(problem["bags"] * width, pages: pages)
    for (bag, offset) in Self.bagOffsets(problem, seed: seed).enumerated() {
      Self.store(offset, at: bag, in: offsets.base, width: width)
    }
    let setBytes = (lookups * width + 63) / 64 * 64
    indices = try OperandBuffer(setBytes * self.copies, pages: pages)
    arguments = .allocate(capacity: self.copies)
    for copy in 0..<self.copies {
      let own = UnsafeMutableRawPointer(indices.base + copy * setBytes)
      Self.draw(problem, seed: seed &+ UInt64(copy), to: own, width: width)
      var set = sizes
      set.table = UnsafeRawPointer(tables[copy % tables.count].base)
      set.indices = UnsafeRawPointer(own)
      set.offsets = UnsafeRawPointer(offsets.base)
      set.weights = weights.map { UnsafePointer($0.base) }
      set.output = UnsafeMutableRawPointer(output.base)
      (arguments + copy).initialize(to: set)
    }
  }

  /// One for warm operands; more only where a table is smaller than what all sets read.
  static func tableCount(_ problem: Problem, copies: Int) -> Int {
    let operation = EmbeddingBagOperation()
    let table = operation.tableBytes(of: problem)
    guard copies > 1, table > 0 else { return 1 }
    let read = Double(copies) * operation.constantBytes(of: problem)
    return max(1, min(copies, Int(min(read / table, 0x1p30).rounded(.up))))
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

  private static func draw(
    _ problem: Problem, seed: UInt64, to memory: UnsafeMutableRawPointer, width: Int
  ) {
    var rows = IndexDistribution(
      rows: problem["rows"], named: problem.attributes["distribution"] ?? "uniform", seed: seed)
    for index in 0..<problem["lookups"] { store(rows.next(), at: index, in: memory, width: width) }
  }

  private static func store(
    _ value: Int, at index: Int, in memory: UnsafeMutableRawPointer, width: Int
  ) {
    if width == 4 {
      memory.storeBytes(of: Int32(value), toByteOffset: index * 4, as: Int32.self)
    } else {
      memory.storeBytes(of: Int64(value), toByteOffset: index * 8, as: Int64.self)
    }
  }
}
