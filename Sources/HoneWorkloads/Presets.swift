// Presets.swift: the workloads that come with Hone. To add one: a file `Preset+Name.swift` and a row here.

internal import HoneCore

public enum Presets {
  public static let all: [Workload] = [
    quick, dlrm, embedding2021, embedding2022, embeddingSmall, embeddingGiant, llama3x8B,
    stableDiffusion15, attention,
  ]

  /// The preset of that name.
  /// - Throws: `HoneError` (`usage`) that lists the names.
  public static func named(_ name: String) throws -> Workload {
    if let workload = all.first(where: { $0.name == name }) { return workload }
    throw HoneError(
      .usage, "there is no workload '\(name)'",
      advice: "Choose one of: \(all.map(\.name).joined(separator: ", ")); or give a JSON file.")
  }
}
