// Finding.swift: something noteworthy in a database: where, what, and how bad.

public struct Finding: Hashable, Sendable, Codable, CustomStringConvertible {
  public enum Severity: String, Sendable, Codable {
    /// Explained and harmless: a line that a killed writer did not finish.
    case note
    /// The database is not what it should be.
    case error
  }

  public var severity: Severity
  public var path: String
  /// From 1; nil where the finding is about the whole file.
  public var line: Int?
  public var message: String

  public init(_ severity: Severity, path: String, line: Int? = nil, _ message: String) {
    self.severity = severity
    self.path = path
    self.line = line
    self.message = message
  }

  public var description: String {
    "\(path)\(line.map { ":\($0)" } ?? ""): \(severity.rawValue): \(message)"
  }
}
