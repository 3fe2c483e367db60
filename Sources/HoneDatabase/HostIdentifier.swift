// HostIdentifier.swift: a random name for this host, so that records tell hosts apart without saying which they are.

internal import Glibc
internal import HoneCore
internal import HoneDigest

public enum HostIdentifier {
  /// Twelve hexadecimal digits, the same at each call on this host by this user.
  ///
  /// A random secret stands in `$XDG_STATE_HOME/hone/host-secret`; the identifier is a hash of it and the node's name, so that hosts that share a home
  /// folder differ, while nobody can find the name in the identifier. Where the file cannot be written the identifier is good for this run.
  public static func current(environment: [String: String] = SearchPath.environment) -> String {
    let secret = storedSecret(environment) ?? random()
    return String(Digest.sha256("\(secret)\n\(nodeName)".utf8).prefix(12))
  }

  /// Twelve random hexadecimal digits: the name of a session.
  public static func random() -> String {
    let digits = String(UInt64.random(in: 0..<1 << 48), radix: 16)
    return String(repeating: "0", count: 12 - digits.count) + digits
  }

  /// The session of a file that is imported: the same for the same bytes.
  public static func session(ofImported bytes: [UInt8]) -> String {
    "import-\(Digest.sha256(bytes).prefix(12))"
  }

  private static func storedSecret(_ environment: [String: String]) -> String? {
    let state =
      SearchPath.variable("XDG_STATE_HOME", environment)
      ?? SearchPath.variable("HOME", environment).map { "\($0)/.local/state" }
    guard let folder = state.map({ "\($0)/hone" }) else { return nil }
    let path = "\(folder)/host-secret"
    if let secret = secret(in: path) { return secret }
    do {
      try Files.makeFolder(folder)
      // Of several first runs one decides: a link, unlike a rename, never replaces what another run wrote.
      let own = "\(path).\(random())"
      try Files.replace(own, with: Array((random() + random() + "\n").utf8))
      link(own, path)
      unlink(own)
    } catch { return nil }
    return secret(in: path)
  }

  private static func secret(in path: String) -> String? {
    guard let bytes = try? Files.read(path) else { return nil }
    let digits = bytes.prefix { $0 != UInt8(ascii: "\n") }
    return digits.count >= 24 ? String(decoding: digits, as: UTF8.self) : nil
  }

  private static var nodeName: String {
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count - 1)
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
