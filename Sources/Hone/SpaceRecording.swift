// SpaceRecording.swift: writes what a session knows of each problem's space as a recorded space, for `hone simulate`.

internal import FoundationEssentials
internal import Glibc
internal import HoneCore
internal import HoneDatabase
internal import HoneSearch

extension TuningSession {
  /// One file a problem and core budget; those without a single time are left out.
  /// - Returns: the paths that were written.
  /// - Throws: `HoneError` (`unusable-data`) where the folder cannot be written.
  func recordSpaces(in folder: String) throws -> [String] {
    let database = try? Database(path: options.database)
    var paths: [String] = []
    for tuner in tuners {
      let rows = tuner.recordedRows(database)
      guard rows.contains(where: { $0.value != nil }) else { continue }
      let path = "\(folder)/\(tuner.job.fileName).csv"
      try Self.write(RecordedSpace.csv(of: rows), folder, path)
      paths.append(path)
    }
    return paths
  }

  private static func write(_ text: String, _ folder: String, _ path: String) throws {
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw HoneError(
        .unusableData, "the recorded space \(path) cannot be written: \(error)",
        advice: "Name a folder that can be written with --record-space.", context: ["path": path])
    }
  }
}

extension TuningJob {
  /// `gemm-f32-512x512x512-2c-warm`.
  fileprivate var fileName: String {
    let words = "\(operation.name)-\(entry.problem.types)-\(shape)-\(cores)c-\(entry.policy.name)"
    return String(words.map { $0.isLetter || $0.isNumber || $0 == "." ? $0 : "-" })
  }
}

extension ProblemTuner {
  /// How the outcomes of records are called in recorded spaces.
  private static let statuses: [Outcome: String] = [
    .measured: "ok", .wrong: "invalid", .unsupported: "invalid", .failed: "runtime_error",
    .timedOut: "runtime_error",
  ]

  /// Everything that was tried, also by earlier sessions. Times are relative to the default's, so that drift has cancelled, times what the default
  /// takes, in seconds.
  fileprivate func recordedRows(_ database: Database?) -> [RecordedSpace.Row] {
    let records =
      database?.records(
        hardwareClass: session.identity.hardwareClass, problem: job.entry.problem,
        cores: job.cores, policy: policy.name
      ).map(\.record) ?? []
    let latest = Dictionary(records.map { ($0.configuration, $0) }) { first, later in
      later.measurement != nil || first.measurement == nil ? later : first
    }
    let unit = latest[problemSpace.defaultConfiguration]?.measurement?.median ?? defaultSeconds
    guard let unit else { return [] }
    return trials.map { point, trial in
      let configuration = problemSpace.space.configuration(at: point)
      let record = latest[configuration]
      let value = trial.relativeTime.map { $0 * unit }
      let failure = record.flatMap { Self.statuses[$0.outcome] }.flatMap { $0 == "ok" ? nil : $0 }
      return RecordedSpace.Row(
        configuration, value: value,
        deviation: value.flatMap { value in
          record?.measurement.map { value * Self.spread($0.samples) }
        },
        status: value == nil ? failure ?? "runtime_error" : "ok",
        benchMilliseconds: record?.measurement.map {
          1e3 * $0.samples.reduce(0, +) * Double($0.batch)
        })
    }
  }

  /// Standard deviation relative to the mean.
  private static func spread(_ samples: [Double]) -> Double {
    let mean = samples.reduce(0, +) / Double(samples.count)
    let squares = samples.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return samples.count > 1 ? sqrt(squares / Double(samples.count - 1)) / mean : 0.01
  }
}
