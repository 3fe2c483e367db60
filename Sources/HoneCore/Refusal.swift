// Refusal.swift: can't, shouldn't and failed are three different answers, and Hone's error type.

/// Why a configuration was not run.
public enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// It can't: this problem is outside what the variant does.
  case unsupported(String)
  /// It shouldn't: it could, but is known not to pay here.
  case unprofitable(String)
  /// It was tried and failed.
  case failed(String)

  public var description: String {
    switch self {
    case .unsupported(let reason): "unsupported: \(reason)"
    case .unprofitable(let reason): "unprofitable: \(reason)"
    case .failed(let reason): "failed: \(reason)"
    }
  }
}

/// What went wrong, what it means and what to do about it.
public struct HoneError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Open set: a module adds codes by extension. The raw value is stable and appears in JSON output.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The caller asked for something that makes no sense: a negative size, an unknown name. Exit code 64.
    public static let usage = Code(rawValue: "usage")
    /// A file or its content cannot be used. Exit code 2.
    public static let unusableData = Code(rawValue: "unusable-data")
    /// The machine lacks something: a library, a permission. Exit code 2.
    public static let unavailable = Code(rawValue: "unavailable")
    /// Hone's own fault. Exit code 70.
    public static let `internal` = Code(rawValue: "internal")
  }

  public var code: Code
  /// One sentence that names what is wrong.
  public var message: String
  /// One sentence that says what to do; empty where nothing sensible can be said.
  public var advice: String
  /// Machine-readable details: `["path": …, "line": …]`.
  public var context: [String: String]

  public init(
    _ code: Code, _ message: String, advice: String = "", context: [String: String] = [:]
  ) {
    self.code = code
    self.message = message
    self.advice = advice
    self.context = context
  }

  public var description: String { advice.isEmpty ? message : "\(message)\n\(advice)" }
}
