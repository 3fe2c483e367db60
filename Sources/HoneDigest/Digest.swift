// Digest.swift: SHA-256, for identities that must be the same on every machine.

internal import CMessageDigest

/// SHA-256 of bytes.
public enum Digest {
  /// 64 lower-case hexadecimal digits.
  public static func sha256(_ bytes: some Collection<UInt8>) -> String {
    // 64 digits and the zero that ends a C string.
    var digits = [CChar](repeating: 0, count: 65)
    Array(bytes).withUnsafeBufferPointer {
      _ = SHA256Data($0.baseAddress, $0.count, &digits)
    }
    return String(decoding: digits.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
