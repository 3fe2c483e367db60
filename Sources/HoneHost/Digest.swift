// Digest.swift: SHA-256, for identities that must be the same on every machine.

internal import CMessageDigest

/// SHA-256 of bytes.
public enum Digest {
  /// 64 lower-case hexadecimal digits.
  public static func sha256(_ bytes: some Collection<UInt8>) -> String {
    let input = Array(bytes)
    var context = SHA2_CTX()
    SHA256Init(&context)
    SHA256Update(&context, input, input.count)
    var digest = [UInt8](repeating: 0, count: 32)
    SHA256Final(&digest, &context)
    let digits = Array("0123456789abcdef")
    return String(digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}
