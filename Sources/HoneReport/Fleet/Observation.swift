// Observation.swift: what one host has for one problem: the served record with everything that belongs to it.

internal import Glibc
public import HoneCore
internal import HoneOperations

/// One result of one host.
public struct Observation: Sendable {
  /// Position in the fleet's hosts.
  public var host: Int
  public var row: ResultRow
  /// Keys of configurations that were not shown to differ from the one that is served.
  public var tied: [String]
  /// What was computed in the time.
  public var cost: Cost?
  let logMedian: LogMedian?

  init(host: Int, row: ResultRow) {
    self.host = host
    self.row = row
    let record = row.served
    tied = Self.tied(record)
    cost = Operations.named(record.problem.operation)?.cost(of: record.problem)
    logMedian = LogMedian((record.measurement?.samples ?? []).map { log($0) })
  }

  public var record: Record { row.served }
  public var seconds: Double? { row.tunedSeconds }
  /// Of one execution, beyond what the idle machine draws; nil where it was not metered.
  public var joules: Double? { record.measurement?.energy?.value?.joules }
  public var noiseFloor: Double { record.noiseFloor ?? 0 }

  /// Half the width of the median's interval, relative to the median.
  var relativeError: Double? {
    record.measurement.map { ($0.interval.high - $0.interval.low) / 2 / $0.median }
  }

  /// Time of the other over time of this: above 1, this one is faster. nil with fewer than 6 samples on a side.
  func speedup(over other: Observation, confidence: Double = 0.95) -> UnpairedRatio? {
    guard let above = other.logMedian, let below = logMedian else { return nil }
    return UnpairedRatio(above, below, confidence: confidence)
  }

  /// What is said of the tuner's finalists in older records of winners.
  private static let tiePrefix = "not shown to differ from: "

  private static func tied(_ record: Record) -> [String] {
    if let tied = record.tied {
      return tied.filter { $0 != record.configuration }.map(\.key)
    }
    guard record.detail.hasPrefix(tiePrefix) else { return [] }
    let list = record.detail.dropFirst(tiePrefix.count)
    return list.split(separator: ";").map { String($0.drop { $0 == " " }) }
  }
}
