// Operation.swift: what Hone must know of an operation: its fields, its cost, its operands and its oracle.

public import HoneCore

/// A dimension of an operation's problems.
public struct DimensionSpec: Sendable {
  public var name: String
  public var summary: String
  /// nil: required.
  public var fallback: (@Sendable (Problem) -> Int)?
  /// As with attributes: a normalised problem does not name it where it has its default.
  public var isLeftOut: Bool

  public init(
    _ name: String, _ summary: String, isLeftOut: Bool = false,
    default fallback: (@Sendable (Problem) -> Int)? = nil
  ) {
    self.name = name
    self.summary = summary
    self.isLeftOut = isLeftOut
    self.fallback = fallback
  }
}

/// An attribute of an operation's problems: one of a few words.
public struct AttributeSpec: Sendable {
  public var name: String
  public var summary: String
  public var allowed: [String]
  public var fallback: String
  /// A normalised problem does not name it where it has its default: an attribute that came later leaves older problems as they
  /// were.
  public var isLeftOut: Bool
  /// It describes the operands' values, not what is computed: a record may be reused for other data that is near enough
  /// (see `Operation.dataDistance`).
  public var isData: Bool
  /// Words beside the allowed ones: their form, for people, and whether a word has it.
  public var form: (words: String, admits: @Sendable (String) -> Bool)?

  public init(
    _ name: String, _ summary: String, allowed: [String], default fallback: String,
    isLeftOut: Bool = false, isData: Bool = false,
    form: (words: String, admits: @Sendable (String) -> Bool)? = nil
  ) {
    self.name = name
    self.summary = summary
    self.allowed = allowed
    self.fallback = fallback
    self.isLeftOut = isLeftOut
    self.isData = isData
    self.form = form
  }

  func admits(_ value: String) -> Bool { allowed.contains(value) || form?.admits(value) == true }

  /// "uniform, zipf, reuse:LOOKUPS:SHARES".
  var choice: String { (allowed + (form.map { [$0.words] } ?? [])).joined(separator: ", ") }
}

/// One operation. To add one: a file with a type that conforms, and a row in `Operations.all`.
public protocol Operation: Sendable {
  /// "gemm"; the name in problems, records and the kernel ABI.
  var name: String { get }
  var summary: String { get }
  /// "f32" …
  var types: [String] { get }
  var dimensions: [DimensionSpec] { get }
  var attributes: [AttributeSpec] { get }

  /// What the fields' own ranges cannot say ("heads is a multiple of kvHeads"). The problem has all fields.
  func validate(_ problem: Problem) throws
  /// The shape as people write it in a table: "512x512x512 tn".
  func title(of problem: Problem) -> String
  func cost(of problem: Problem) -> Cost
  /// Bytes that one run reads of the operands that are constant in use (weights, tables, caches): what a cold policy keeps cold. A number of
  /// bytes that no memory holds is no error here: problems are looked up and costed before anyone makes them.
  func constantBytes(of problem: Problem) -> Double
  /// Bytes of all operands with so many sets of the constant ones: what making them takes time and memory for.
  func operandBytes(of problem: Problem, copies: Int) -> Double
  /// More sets of these than this are not worth their memory and the time to make them.
  var mostCopies: Int { get }
  /// Their names in the operation's formula, for people: ["B"].
  var constantOperands: [String] { get }
  /// How far the data of two problems is apart that are equal but in attributes that describe data, on a table (cache, weights) of the
  /// second's extents: 0 alike … 1. nil: there is no such attribute, and problems with other attributes are strangers.
  func dataDistance(_ one: Problem, _ other: Problem) -> Double?
  /// The problem's sizes as its struct of hone_kernel.h with null pointers, for entry points that read no data. The pointer is valid in `body` only.
  func withSizes<R>(of problem: Problem, _ body: (UnsafeRawPointer) -> R) -> R
  /// Operands filled with a distribution that is stated in the operation's file; the same for the same seed.
  /// `copies` of the operands that are constant in use (weights, tables, caches) are made, for cold measurements.
  func makeOperands(for problem: Problem, seed: UInt64, copies: Int, pages: String) throws
    -> any Operands
}

/// The operands of one problem in memory, and what their product must be.
public protocol Operands: AnyObject, Sendable {
  var problem: Problem { get }
  /// How many sets of constant operands there are.
  var copies: Int { get }
  /// The problem as its struct of hone_kernel.h, pointing to set `copy` of the constant operands.
  func arguments(copy: Int) -> UnsafeRawPointer
  /// Restores operands that are read and written, and fills every output with a pattern that cannot be a result.
  func poison()
  /// Compares the output of a run on set `copy` with the Double oracle. Expensive the first time, then cached.
  func prove(copy: Int) -> Proof
  /// The memory that a run writes its output to; empty where there is none to look at.
  var outputBytes: UnsafeRawBufferPointer { get }
}

extension Operands {
  public var outputBytes: UnsafeRawBufferPointer { .init(start: nil, count: 0) }

  /// Compares the output as `prove` does, and notes its numeric class.
  public func prove(copy: Int, notingBits: Bool) -> Proof {
    var proof = prove(copy: copy)
    if notingBits, !outputBytes.isEmpty { proof.bits = outputBytes.digest }
    return proof
  }
}

extension UnsafeRawBufferPointer {
  /// 16 digits that differ where a bit does, but for one chance in 2^64; not against forgery. About the speed of memory.
  fileprivate var digest: String {
    var lanes = SIMD4<UInt64>(
      0x9e37_79b9_7f4a_7c15, 0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb, 1)
    var offset = 0
    while offset + 32 <= count {
      lanes ^= loadUnaligned(fromByteOffset: offset, as: SIMD4<UInt64>.self)
      lanes &*= SIMD4(repeating: 0x9e37_79b9_7f4a_7c15)
      lanes ^= lanes &>> 29
      offset += 32
    }
    var hash = (0..<4).reduce(UInt64(count)) { ($0 ^ lanes[$1]) &* 0xbf58_476d_1ce4_e5b9 }
    for byte in self[offset...] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    hash ^= hash >> 32
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

extension Operation {
  public var constantOperands: [String] { [] }

  public var mostCopies: Int { 256 }

  public func operandBytes(of problem: Problem, copies: Int) -> Double {
    cost(of: problem).bytes + Double(copies - 1) * constantBytes(of: problem)
  }

  public func dataDistance(_ one: Problem, _ other: Problem) -> Double? { nil }

  /// The problem with every field present, or an error that names the field, what is wrong and what is allowed.
  public func normalised(_ problem: Problem) throws -> Problem {
    var result = problem
    guard types.contains(problem.types) else {
      throw HoneError(
        .usage, "\(name) has no data type '\(problem.types)'",
        advice: "Choose one of: \(types.joined(separator: ", ")).")
    }
    try refuseUnknown(problem.shape.keys, known: dimensions.map(\.name), what: "dimension")
    try refuseUnknown(problem.attributes.keys, known: attributes.map(\.name), what: "attribute")
    for spec in attributes {
      let value = problem.attributes[spec.name] ?? spec.fallback
      guard spec.admits(value) else {
        throw HoneError(
          .usage, "\(name): \(spec.name) cannot be '\(value)'",
          advice: "Choose one of: \(spec.choice).")
      }
      result.attributes[spec.name] = spec.isLeftOut && value == spec.fallback ? nil : value
    }
    for spec in dimensions {
      guard let extent = problem.shape[spec.name] ?? spec.fallback?(result) else {
        throw HoneError(
          .usage, "\(name) needs the dimension '\(spec.name)' (\(spec.summary))",
          advice: "Give \(spec.name)=N.")
      }
      guard (0...(1 << 40)).contains(extent) else {
        throw HoneError(
          .usage, "\(name): \(spec.name) cannot be \(extent)", advice: "Give 0 … 2^40.")
      }
      let isUsual = spec.isLeftOut && extent == spec.fallback?(result)
      result.shape[spec.name] = isUsual ? nil : extent
    }
    try validate(result)
    return result
  }

  /// More elements than any machine holds are refused before sizes are multiplied as integers.
  func refuseHuge(_ problem: Problem, _ operand: String, _ dimensions: [String]) throws {
    let elements = dimensions.reduce(1.0) { $0 * Double(problem[$1]) }
    guard elements > 0x1p44 else { return }
    let product = dimensions.map { "\($0)=\(problem[$0])" }.joined(separator: " · ")
    throw HoneError(
      .usage, "\(name): \(operand) has more than 2^44 elements (\(product))",
      advice: "Give a problem that fits into the memory of a machine.")
  }

  private func refuseUnknown(
    _ names: some Collection<String>, known: [String], what: String
  ) throws {
    guard let stranger = names.sorted().first(where: { !known.contains($0) }) else { return }
    throw HoneError(
      .usage, "\(name) has no \(what) '\(stranger)'",
      advice: "It has: \(known.joined(separator: ", ")).")
  }
}
