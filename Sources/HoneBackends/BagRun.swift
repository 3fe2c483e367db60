// BagRun.swift: an embedding-bag seen as a run of bags with costs: where a share of its bytes ends, and a part of it as a problem of its own.

internal import CHoneKernel

struct BagRun {
  let problem: hone_embedding_bag
  private let rowBytes: Double
  private let outputBytes: Int

  /// - Parameter rowBytes: what one look-up reads.
  init(_ problem: UnsafeRawPointer?, rowBytes: Double) {
    self.problem =
      problem?.assumingMemoryBound(to: hone_embedding_bag.self).pointee ?? hone_embedding_bag()
    self.rowBytes = rowBytes
    outputBytes = self.problem.output_type == Int32(HONE_OUTPUT_F32) ? 4 : 2
  }

  var count: Int { problem.dim > 0 ? Int(problem.bags) : 0 }

  private var isSingle: Bool { problem.pooling == Int32(HONE_POOL_NONE) }
  private var isLengths: Bool { !isSingle && problem.bag_form == Int32(HONE_BAGS_LENGTHS) }

  /// Bytes that all bags move.
  var cost: Double { count == 0 ? 0 : cost(of: count, start: start(count)) }

  /// Bytes that the first `bags` bags move, which end at look-up `start`.
  private func cost(of bags: Int, start: Int) -> Double {
    Double(start - self.start(0)) * rowBytes + Double(bags) * Double(outputBytes * Int(problem.dim))
  }

  /// The first bag whose bytes so far reach `wanted`.
  func border(_ wanted: Double) -> Int {
    if isLengths { return lengthBorder(wanted) }
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if cost(of: middle, start: start(middle)) < wanted { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func lengthBorder(_ wanted: Double) -> Int {
    var (bag, begin) = (0, 0)
    while bag < count && cost(of: bag, start: begin) < wanted {
      begin += integer(problem.offsets, bag)
      bag += 1
    }
    return bag
  }

  /// Where the look-ups of a bag begin; for `count` where the last bag's end.
  private func start(_ bag: Int) -> Int {
    if isSingle { return bag }
    if isLengths { return (0..<bag).reduce(0) { $0 + integer(problem.offsets, $1) } }
    let isEnd = bag == count && problem.bag_form == Int32(HONE_BAGS_STARTS)
    return isEnd ? Int(problem.index_count) : integer(problem.offsets, bag)
  }

  private func integer(_ list: UnsafeRawPointer?, _ at: Int) -> Int {
    guard let list else { return 0 }
    return problem.index_bytes == 4
      ? Int(list.loadUnaligned(fromByteOffset: 4 * at, as: Int32.self))
      : Int(list.loadUnaligned(fromByteOffset: 8 * at, as: Int64.self))
  }

  /// The bags `range` as a problem of their own.
  func slice(_ range: Range<Int>) -> hone_embedding_bag {
    var part = problem
    let width = Int(problem.index_bytes)
    part.bags = Int64(range.count)
    part.output = problem.output.map {
      $0 + range.lowerBound * Int(problem.output_stride) * outputBytes
    }
    if isSingle || isLengths {
      let begin = start(range.lowerBound)
      part.indices = problem.indices.map { $0 + begin * width }
      part.weights = problem.weights.map { $0 + begin }
      part.index_count = isSingle ? Int64(range.count) : problem.index_count - Int64(begin)
    }
    if !isSingle { part.offsets = problem.offsets.map { $0 + range.lowerBound * width } }
    if !isSingle, !isLengths, range.upperBound < count {
      part.bag_form = Int32(HONE_BAGS_BORDERS)
    }
    return part
  }
}
