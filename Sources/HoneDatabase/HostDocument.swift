// HostDocument.swift: host.json: what the hardware of a class is and what it can do at most.

public import HoneCore

public struct HostDocument: Hashable, Sendable {
  public var hardwareClass: String
  /// Named facts about the hardware; their names are the business of who wrote them.
  public var hardware: JSONValue
  /// nil where they were never measured.
  public var limits: HostLimits?
  /// Name and version of the program that wrote it.
  public var tool: String

  static let schema = "hone.host/1"

  public init(hardwareClass: String, hardware: JSONValue, limits: HostLimits?, tool: String) {
    self.hardwareClass = hardwareClass
    self.hardware = hardware
    self.limits = limits
    self.tool = tool
  }

  /// nil where there is no such file; throws where it cannot be used.
  static func read(_ path: String) throws -> HostDocument? {
    guard let bytes = try Files.read(path) else { return nil }
    do {
      let json = try JSONValue(parsing: bytes)
      guard json["schema"]?.string == schema else {
        throw JSONSyntaxError(reason: "the schema is not \(schema)", offset: 0)
      }
      let limits = json["limits"].flatMap { $0 == .null ? nil : $0 }
      return HostDocument(
        hardwareClass: json["hardwareClass"]?.string ?? "", hardware: json["hardware"] ?? .null,
        limits: try limits?.decode(HostLimits.self), tool: json["tool"]?.string ?? "")
    } catch {
      throw HoneError(
        .unusableData, "\(path) cannot be used: \(JSONValue.reason(of: error))",
        advice: "Delete it: the next tuning writes it again.", context: ["path": path])
    }
  }

  func text() throws -> String {
    let json = JSONValue.object([
      "schema": .string(Self.schema), "hardwareClass": .string(hardwareClass),
      "hardware": hardware, "tool": .string(tool),
      "limits": try limits.map { try JSONValue(encoding: $0) } ?? .null,
    ])
    return json.canonical + "\n"
  }
}
