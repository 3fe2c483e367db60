// AttentionOperands.swift: queries, keys, values and output of one attention problem, and the proof of a result.

internal import CHoneKernel
internal import HoneCore
internal import KernelReference

/// Q, `copies` sets of K and V, O. Values uniform in -0.5 ..< 0.5, but queries four times that, so that the softmax is not flat.
final class AttentionOperands: Operands, @unchecked Sendable {
  let problem: Problem
  let copies: Int
  private let storage: AttentionStorage
  private let q: OperandBuffer<UInt8>
  private let caches: [AttentionCache]
  private let extras: AttentionExtras
  private let o: OperandBuffer<UInt8>
  private let arguments: UnsafeMutablePointer<hone_attention>
  private var oracle: AttentionOracle?

  init(problem: Problem, seed: UInt64, copies: Int, pages: String) throws {
    self.problem = problem
    self.copies = max(1, copies)
    let sizes = AttentionOperation.sizes(of: problem)
    let storage = AttentionOperation.storage(of: problem.types)
    self.storage = storage
    let queries = problem["batch"] * problem["heads"] * problem["lq"] * problem["headDim"]
    let bytes = queries * storage.outer.bits / 8
    var generator = SeededGenerator(seed: seed)
    q = try OperandBuffer(bytes, pages: pages)
    q.fillUniform(as: storage.outer, queries, times: 4, &generator)
    o = try OperandBuffer(bytes, pages: pages)
    extras = try AttentionExtras(problem, seed: seed)
    caches = try (0..<self.copies).map {
      try AttentionCache(
        sizes, storage.cache, pages: pages, seed: seed &+ (1 << 20) &+ UInt64($0))
    }
    arguments = .allocate(capacity: self.copies)
    for (index, cache) in caches.enumerated() {
      var set = sizes
      set.q = UnsafeRawPointer(q.base)
      set.o = UnsafeMutableRawPointer(o.base)
      extras.put(into: &set)
      cache.put(into: &set)
      (arguments + index).initialize(to: set)
    }
  }

  deinit { arguments.deallocate() }

  func arguments(copy: Int) -> UnsafeRawPointer { UnsafeRawPointer(arguments + copy % copies) }

  func poison() { o.poison() }

  var outputBytes: UnsafeRawBufferPointer { .init(start: o.base, count: o.bytes) }

  func prove(copy: Int) -> Proof {
    let index = copy % copies
    if oracle?.copy != index {
      oracle = AttentionOracle(arguments[index], storage, copy: index)
    }
    return oracle!.proof(o: o.base)
  }
}

/// One set of K and V, with scales where their type needs them (contiguous: [batch or block][head][key]).
final class AttentionCache: @unchecked Sendable {
  private let k: OperandBuffer<UInt8>
  private let v: OperandBuffer<UInt8>
  private let scales: OperandBuffer<Float>?

  init(_ sizes: hone_attention, _ type: StoredType, pages: String, seed: UInt64) throws {
    let batches = Int(sizes.block_size > 0 ? sizes.block_count : sizes.batch)
    let rows = Int(sizes.kv_heads * (sizes.block_size > 0 ? sizes.block_size : sizes.lk)) * batches
    let count = rows * Int(sizes.head_dim)
    func filled(_ seed: UInt64) throws -> OperandBuffer<UInt8> {
      try OperandBuffer(
        count * type.bits / 8, pages: pages, content: "uniform \(type) \(seed)"
      ) {
        var generator = SeededGenerator(seed: seed)
        $0.fillUniform(as: type, count, &generator)
      }
    }
    k = try filled(seed)
    v = try filled(seed ^ 0x7A1E5)
    var generator = SeededGenerator(seed: seed ^ 0x5CA1E)
    scales = type.isScaled ? try OperandBuffer(rows, pages: pages) : nil
    guard let scales else { return }
    for index in 0..<rows { scales.base[index] = (0.75 + 0.5 * generator.centered()) / 256 }
  }

  func put(into p: inout hone_attention) {
    p.k = UnsafeRawPointer(k.base)
    p.v = UnsafeRawPointer(v.base)
    p.k_scales = scales.map { UnsafePointer($0.base) }
    p.v_scales = p.k_scales
  }
}
