// SessionIdentity.swift: who measures: what all records of a session share.

internal import FoundationEssentials
internal import HoneCore

struct SessionIdentity: Sendable {
  var hardwareClass: String
  var host: String
  var session: String
  var seed: UInt64
  var strategy: String
  var quietness: String?

  func provenance(space: String, libraries: [String: String]) -> Provenance {
    Provenance(
      tool: "hone \(toolVersion)", libraries: libraries, hardwareClass: hardwareClass, host: host,
      session: session, seed: seed, strategy: strategy, space: space, time: Self.now(),
      quietness: quietness)
  }

  /// RFC 3339 with milliseconds, UTC.
  static func now() -> String {
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    return Date().formatted(style)
  }
}
