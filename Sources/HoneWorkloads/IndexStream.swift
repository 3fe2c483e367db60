// IndexStream.swift: the row numbers that a program looked up, from a file.

internal import FoundationEssentials
internal import HoneCore
public import HoneOperations

/// Three forms: NumPy's `.npy` (int32 or int64, any shape), raw little-endian numbers (`.i32`, `.i64`), and text: numbers between blanks,
/// commas or line ends, where `#` begins a comment. A file of PyTorch's is one line away: `numpy.save(path, indices.numpy())`.
public struct IndexStream: Sendable {
  public let indices: [Int]

  /// - Throws: `HoneError` that says what is wrong, and where in the file.
  public init(path: String) throws {
    guard let data = try? Data(contentsOf: URL(filePath: path)) else {
      throw HoneError(
        .unusableData, "the index stream \(path) cannot be read",
        advice: "Check the path and its permissions.", context: ["path": path])
    }
    try self.init(bytes: [UInt8](data), origin: path)
  }

  /// - Parameter origin: the file's name: its ending says which form the bytes have.
  public init(bytes: [UInt8], origin: String) throws {
    do throws(Unusable) {
      indices = try Self.read(bytes, origin)
      if indices.isEmpty { throw Unusable("it has no indices") }
      if let place = indices.firstIndex(where: { $0 < 0 || $0 >= 1 << 40 }) {
        throw Unusable("number \(place + 1) is \(indices[place]); rows are 0 … 2^40 - 1")
      }
    } catch {
      throw HoneError(
        .unusableData, "\(origin): \(error.reason)",
        advice: "Give an .npy file of int32 or int64, raw .i32 or .i64, or numbers in a text.",
        context: ["path": origin])
    }
  }

  /// Its histogram of reuse, as the attribute `distribution` has it.
  public var reuse: MeasuredReuse? { MeasuredReuse(of: indices) }

  private struct Unusable: Error {
    var reason: String
    init(_ reason: String) { self.reason = reason }
  }

  private static func read(_ bytes: [UInt8], _ origin: String) throws(Unusable) -> [Int] {
    if bytes.starts(with: magic) { return try array(bytes) }
    if origin.hasSuffix(".i32") { return try numbers(bytes[...], width: 4) }
    if origin.hasSuffix(".i64") { return try numbers(bytes[...], width: 8) }
    return try text(bytes)
  }

  private static func numbers(_ bytes: ArraySlice<UInt8>, width: Int) throws(Unusable) -> [Int] {
    guard bytes.count % width == 0 else {
      throw Unusable("\(bytes.count) bytes are no whole number of \(width)-byte indices")
    }
    return bytes.withUnsafeBytes { raw in
      stride(from: 0, to: raw.count, by: width).map {
        width == 4
          ? Int(Int32(littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: Int32.self)))
          : Int(Int64(littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: Int64.self)))
      }
    }
  }

  private static func text(_ bytes: [UInt8]) throws(Unusable) -> [Int] {
    var result: [Int] = []
    for (line, content) in bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated()
    {
      let blanks: Set<UInt8> = [32, 9, 13, 44]
      for word in content.prefix(while: { $0 != 35 }).split(whereSeparator: blanks.contains) {
        guard let index = Int(String(decoding: word, as: UTF8.self)) else {
          let text = String(decoding: word.prefix(40), as: UTF8.self)
          throw Unusable("line \(line + 1): '\(text)' is no index")
        }
        result.append(index)
      }
    }
    return result
  }
}

// MARK: - NumPy's format: magic, version, length of the header, the header as a Python literal, the numbers (NEP 1)

extension IndexStream {
  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  private static func array(_ bytes: [UInt8]) throws(Unusable) -> [Int] {
    let isOld = bytes.count > 6 && bytes[6] == 1
    let start = isOld ? 10 : 12
    guard bytes.count >= start else { throw Unusable("its header is cut off") }
    let length = bytes[8..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= bytes.count - start else { throw Unusable("its header is cut off") }
    let header = String(decoding: bytes[start..<start + length], as: UTF8.self)
    let types = ["'<i4'": 4, "'<i8'": 8]
    guard let type = types.first(where: { header.contains($0.key) }) else {
      throw Unusable("its elements are not little-endian int32 or int64: \(header.prefix(60))")
    }
    return try numbers(bytes[(start + length)...], width: type.value)
  }
}
