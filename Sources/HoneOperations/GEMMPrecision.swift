// GEMMPrecision.swift: the same product in coarser precisions, for problems that allow an error (max-error).

internal import CHoneKernel
internal import Dispatch
public import HoneCore
internal import KernelReference

/// How a problem that allows an error may be computed: B in fewer bits, A rounded on its way in. What error that makes is not promised
/// but measured, on the problem's own values.
public enum GEMMPrecision {
  /// The attribute's words: relative to the sum of the magnitudes of an element's terms.
  static let bounds =
    ["none"]
    + (1...6).flatMap { power in [5, 2, 1].map { "\($0)e-\(power)" } }

  /// What `problem` allows; nil: what its types do by themselves.
  static func maxError(of problem: Problem) -> Double? {
    problem.attributes["max-error"].flatMap(Double.init)
  }

  /// Can a problem of these types be computed in a coarser precision at all?
  static func isKnown(for problem: Problem) -> Bool {
    problem.operation == "gemm" && coarser[problem.types] != nil
  }

  /// Types of a problem → types and attributes that compute the same, coarser.
  private static let coarser: [String: [(types: String, attributes: [String: String])]] = [
    "f32f32": [
      ("f32bf16", ["compute": "bf16"]), ("f32f16", [:]), ("f32s8", ["compute": "s8"]),
      ("f32s4", ["compute": "s8", "group": "32"]),
    ],
    "f32bf16": [
      ("f32bf16", ["compute": "bf16"]), ("f32s8", ["compute": "s8"]),
      ("f32s4", ["compute": "s8", "group": "32"]),
    ],
    "f32f16": [
      ("f32bf16", ["compute": "bf16"]), ("f32s8", ["compute": "s8"]),
      ("f32s4", ["compute": "s8", "group": "32"]),
    ],
    "bf16": [
      ("bf16s8", ["compute": "s8"]), ("bf16s4", ["compute": "s8", "group": "32"]),
    ],
    "f32s8": [("f32s8", ["compute": "s8"])], "f32s4": [("f32s4", ["compute": "s8"])],
    "bf16s8": [("bf16s8", ["compute": "s8"])], "bf16s4": [("bf16s4", ["compute": "s8"])],
  ]

  /// Finest first; empty for problems that allow no error, and for those whose B is not constant.
  static func coarser(than problem: Problem) -> [Problem] {
    guard problem.operation == "gemm", maxError(of: problem) != nil else { return [] }
    return (coarser[problem.types] ?? []).compactMap { types, attributes in
      var other = problem
      other.types = types
      other.attributes.merge(attributes) { $1 }
      if types.hasSuffix("s4") { other.shape["ldb"] = (problem["ldb"] + 1) / 2 * 2 }
      return other == problem ? nil : other
    }
  }

  /// The problem that `coarser` computes in the place of `problem`: its sizes, precision and, where B's type differs, B converted.
  /// - Parameters:
  ///   - arguments: a hone_gemm of `problem`.
  ///   - body: gets a hone_gemm of `coarser`, whose B lives as long as the call.
  public static func withConverted<R>(
    _ problem: Problem, to coarser: Problem, _ arguments: UnsafeRawPointer,
    _ body: (UnsafeMutableRawPointer) -> R
  ) -> R {
    var p = arguments.assumingMemoryBound(to: hone_gemm.self).pointee
    adopt(coarser, into: &p)
    let (from, to) = (GEMMTypes(problem.types).b, GEMMTypes(coarser.types).b)
    guard from != to else { return body(&p) }
    let weights = ConvertedWeights(p, from: from, to: to, ld: coarser["ldb"])
    return weights.with(p, body)
  }

  /// What a coarser problem says of precision, put into the arguments of the finer one.
  public static func adopt(_ coarser: Problem, into arguments: UnsafeMutableRawPointer) {
    let sizes = GEMMOperation.sizes(of: coarser)
    let p = arguments.assumingMemoryBound(to: hone_gemm.self)
    (p.pointee.compute, p.pointee.group) = (sizes.compute, sizes.group)
    p.pointee.zero_points = sizes.zero_points
  }
}

/// B in a coarser type, symmetric, with the scales that its largest magnitudes ask for.
private struct ConvertedWeights {
  private let elements: [UInt8]
  private let scales: [UInt8]
  private let ld: Int

  /// - Parameter p: B as `from`, stored with its own ldb; its group is that of `to`.
  init(_ p: hone_gemm, from: StoredType, to: StoredType, ld: Int) {
    let (rows, columns) = p.trans_b != 0 ? (Int(p.n), Int(p.k)) : (Int(p.k), Int(p.n))
    self.ld = ld
    var quantiser = WeightQuantiser(p, to)
    if to.isScaled {
      for row in 0..<rows {
        quantiser.note(Reference.stored(p, from, row: row, columns), row: row)
      }
    }
    let finished = quantiser
    var bytes = [UInt8](repeating: 0, count: rows * ld * to.bits / 8)
    bytes.withUnsafeMutableBytes { target in
      nonisolated(unsafe) let (target, p) = (target, p)
      DispatchQueue.concurrentPerform(iterations: rows) { row in
        let values = Reference.stored(p, from, row: row, columns)
        finished.store(values, row: row, at: row * ld, target)
      }
    }
    elements = bytes
    scales = quantiser.scaleBytes
  }

  func with<R>(_ problem: hone_gemm, _ body: (UnsafeMutableRawPointer) -> R) -> R {
    elements.withUnsafeBytes { elements in
      scales.withUnsafeBytes { scales in
        var p = problem
        p.ldb = Int64(ld)
        (p.b, p.b_scales, p.b_zeros) = (elements.baseAddress, scales.baseAddress, nil)
        return body(&p)
      }
    }
  }
}

/// Rounds stored rows of B; for whole numbers by half a step of a column's (or a group's) largest magnitude.
private struct WeightQuantiser {
  private let type: StoredType
  private let isTransposed: Bool
  private let group: Int
  private let n: Int
  /// One a group and column; what is rounded is divided by it as stored.
  private var scales: [Double]

  init(_ p: hone_gemm, _ type: StoredType) {
    self.type = type
    (isTransposed, n) = (p.trans_b != 0, Int(p.n))
    group = p.group > 0 ? Int(p.group) : 0
    let groups = group > 0 ? (Int(p.k) + group - 1) / group : 1
    scales = [Double](repeating: 0, count: type.isScaled ? groups * n : 0)
  }

  private var steps: Double { type == .s8 ? 127 : 7 }

  private func place(_ row: Int, _ inner: Int) -> Int {
    let (l, j) = isTransposed ? (inner, row) : (row, inner)
    return (group > 0 ? l / group * n : 0) + j
  }

  /// A NaN stays one: its column's results are then all NaN.
  mutating func note(_ values: [Double], row: Int) {
    for (inner, value) in values.enumerated() {
      let at = place(row, inner)
      let scale = abs(value) / steps
      if !(scale <= scales[at]) { scales[at] = group > 0 ? Double(Float16(scale)) : scale }
    }
  }

  /// As the kernels read them: floats a column, binary16 a group.
  var scaleBytes: [UInt8] {
    scales.flatMap { scale in
      group > 0
        ? withUnsafeBytes(of: Float16(scale).bitPattern.littleEndian) { Array($0) }
        : withUnsafeBytes(of: Float(scale).bitPattern.littleEndian) { Array($0) }
    }
  }

  func store(_ values: [Double], row: Int, at first: Int, _ target: UnsafeMutableRawBufferPointer) {
    for (inner, value) in values.enumerated() {
      switch type {
      case .bf16:
        target.storeBytes(
          of: Float(value).roundedToBF16, toByteOffset: 2 * (first + inner), as: UInt16.self)
      case .f16:
        target.storeBytes(
          of: Float16(value).bitPattern, toByteOffset: 2 * (first + inner), as: UInt16.self)
      case .s8:
        target[first + inner] = UInt8(bitPattern: Int8(whole(value, place(row, inner))))
      default:
        let code = UInt8(whole(value, place(row, inner)) + 8)
        target[(first + inner) / 2] |= (first + inner) & 1 == 0 ? code : code << 4
      }
    }
  }

  private func whole(_ value: Double, _ at: Int) -> Int {
    let scale = scales[at]
    guard scale > 0, scale.isFinite else { return 0 }
    return Int(min(max((value / scale).rounded(), -steps), steps))
  }
}

extension Float {
  /// The bits of the nearest bfloat16, ties to even; a NaN stays one.
  var roundedToBF16: UInt16 {
    if isNaN { return UInt16(truncatingIfNeeded: bitPattern >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bitPattern &+ 0x7FFF &+ (bitPattern >> 16 & 1)) >> 16)
  }
}
