// ContentAddress.swift: the name of a document is the hash of its bytes.

internal import HoneDigest

enum ContentAddress {
  static let prefix = "sha256:"

  /// "sha256:" and 64 hexadecimal digits.
  static func of(_ text: some StringProtocol) -> String { prefix + Digest.sha256(text.utf8) }

  static func of(_ bytes: some Collection<UInt8>) -> String { prefix + Digest.sha256(bytes) }
}
