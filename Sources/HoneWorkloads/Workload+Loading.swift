// Workload+Loading.swift: a workload by the name of a preset or the path of a file.

internal import FoundationEssentials
internal import HoneCore

extension Workload {
  /// A preset's name, or the path of a JSON file: whatever has a slash or ends in ".json".
  /// - Throws: `HoneError` that says what is wrong with the name, the file or an entry of it.
  public static func load(_ nameOrPath: String) throws -> Workload {
    guard nameOrPath.contains("/") || nameOrPath.hasSuffix(".json") else {
      return try Presets.named(nameOrPath)
    }
    guard let data = try? Data(contentsOf: URL(filePath: nameOrPath)) else {
      throw HoneError(
        .unusableData, "the workload \(nameOrPath) cannot be read",
        advice: "Check the path and its permissions.", context: ["path": nameOrPath])
    }
    return try WorkloadDocument.workload(from: data, origin: nameOrPath)
  }
}
