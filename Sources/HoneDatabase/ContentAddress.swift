// ContentAddress.swift: the name of a document is the hash of its bytes.

internal import CMessageDigest

enum ContentAddress {
  static let prefix = "sha256:"

  /// "sha256:" and 64 hexadecimal digits.
  static func of(_ text: String) -> String { prefix + hexDigest(Array(text.utf8)) }

  static func hexDigest(_ bytes: [UInt8]) -> String {
    // 64 digits and the zero that ends a C string.
    var digits = [CChar](repeating: 0, count: 65)
    bytes.withUnsafeBufferPointer { _ = SHA256Data($0.baseAddress, $0.count, &digits) }
    return String(decoding: digits.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
