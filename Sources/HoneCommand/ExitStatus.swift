// ExitStatus.swift: what the exit codes of `hone` mean; 0 is fine.

internal import ArgumentParser
internal import HoneCore
internal import HoneReport

enum ExitStatus {
  /// The answer is no: a regression, an invalid database, an unhealthy host.
  static let no = ExitCode(1)
  static let unusableData = ExitCode(2)
  /// Not comparable, or too few samples.
  static let notComparable = ExitCode(3)
  static let usage = ExitCode(64)
  static let `internal` = ExitCode(70)
  static let interrupted = ExitCode(130)

  static func status(of error: HoneError) -> ExitCode {
    let codes: [HoneError.Code: ExitCode] = [
      .usage: usage, .unusableData: unusableData, .unavailable: unusableData, .internal: `internal`,
      .notComparable: notComparable,
    ]
    return codes[error.code] ?? `internal`
  }
}
