// AttentionOperation+Cost.swift: what an attention problem multiplies and reads: what the mask lets through, sequence by sequence.

public import HoneCore
internal import KernelReference

extension AttentionOperation {
  public func cost(of problem: Problem) -> Cost {
    let storage = Self.storage(of: problem.types)
    let dim = Double(problem["headDim"])
    let pairs = Self.sequences(problem).reduce(0.0) {
      $0 + Self.visiblePairs(problem, lq: $1.lq, lk: $1.lk)
    }
    let queries = Self.sequences(problem).reduce(0.0) { $0 + Double($1.lq) }
    let outer = 2 * queries * Double(problem["heads"]) * dim * Double(storage.outer.bits) / 8
    return Cost(
      flops: 4 * Double(problem["heads"]) * dim * pairs,
      bytes: outer + constantBytes(of: problem))
  }

  /// Of K and V, with their scales.
  public func constantBytes(of problem: Problem) -> Double {
    let cache = Self.storage(of: problem.types).cache
    let keys = Self.sequences(problem).reduce(0.0) { $0 + Double($1.lk) }
    let row = Double(problem["headDim"]) * Double(cache.bits) / 8 + (cache.isScaled ? 4 : 0)
    return 2 * keys * Double(problem["kvHeads"]) * row
  }

  /// "f32s8": floats, and bytes in the cache.
  static func storage(of types: String) -> AttentionStorage {
    for outer in StoredType.allCases where types.hasPrefix(outer.rawValue) {
      let cache = StoredType(rawValue: String(types.dropFirst(outer.rawValue.count)))
      return AttentionStorage(outer, cache: cache)
    }
    return AttentionStorage()
  }

  /// The length of sequence b where the longest has `longest`.
  static func length(_ b: Int, of problem: Problem, _ longest: Int) -> Int {
    longest - longest * b / (2 * max(problem["batch"], 1))
  }

  /// Queries and keys of each sequence.
  static func sequences(_ problem: Problem) -> [(lq: Int, lk: Int)] {
    let lengths = problem.attributes["lengths"]
    return (0..<problem["batch"]).map { b in
      let (lq, lk) = (problem["lq"], problem["lk"])
      return (
        lengths == "packed" ? length(b, of: problem, lq) : lq,
        lengths == nil ? lk : length(b, of: problem, lk)
      )
    }
  }

  /// (query, key) pairs that the mask lets through, in one head.
  static func visiblePairs(_ problem: Problem, lq: Int, lk: Int) -> Double {
    let mask = problem.attributes["mask"] ?? "none"
    let shift = mask == "causal-top-left" ? 0 : lk - lq
    let below =
      mask == "none" ? Double(lq) * Double(lk) : pairs(lq: lq, lk: lk, below: shift + 1)
    guard let window = problem.attributes["window"].flatMap({ Int($0) }) else { return below }
    // Without those before the window, which begins `window` keys before the query's own.
    return max(0, below - pairs(lq: lq, lk: lk, below: shift + 1 - window))
  }

  /// Pairs whose key is below i + `reach`: a triangle and a rectangle.
  private static func pairs(lq: Int, lk: Int, below reach: Int) -> Double {
    let first = min(lq, max(0, 1 - reach))
    let full = min(lq, max(first, lk - reach + 1))
    let triangle = Double(full - first) * Double(first + full + 2 * reach - 1) / 2
    return triangle + Double(lq - full) * Double(lk)
  }
}
