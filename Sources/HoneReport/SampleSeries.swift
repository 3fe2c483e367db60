// SampleSeries.swift: the measurements behind a report, for formats that hold samples: JSON, Google Benchmark, Go, OpenMetrics.

public import HoneCore
internal import HoneOperations

/// The samples of one result.
public struct SampleSeries: Sendable, Hashable {
  public var host: String
  public var hardwareClass: String
  public var isSynthetic: Bool
  public var title: String
  public var problem: Problem
  public var cores: Int
  public var policy: String
  public var configuration: Configuration
  /// Seconds for one execution.
  public var measurement: Measurement
  public var weight: Double
  /// nil where the operation is not known here.
  public var cost: Cost?
  public var noiseFloor: Double?
  public var limitShare: Double?
  /// Time of the untuned default over this one's, from their paired comparison; 1 where the default is served.
  public var speedup: Double
  public var session: String
  public var time: String

  init?(_ row: ResultRow, host: String, hardwareClass: String, isSynthetic: Bool) {
    let record = row.served
    guard let measurement = record.measurement else { return nil }
    self.host = host
    self.hardwareClass = hardwareClass
    self.isSynthetic = isSynthetic
    title = row.title
    problem = record.problem
    cores = record.cores
    policy = record.policy.name
    configuration = record.configuration
    self.measurement = measurement
    weight = row.weight
    cost = Operations.named(record.problem.operation)?.cost(of: record.problem)
    noiseFloor = record.noiseFloor
    limitShare = row.share?.share
    speedup = row.speedup
    session = record.provenance.session
    time = record.provenance.time
  }

  static func all(of grid: Grid) -> [SampleSeries] {
    grid.rows.indices.flatMap { row in
      grid.columns.indices.compactMap { column in
        grid[row, column].flatMap { result in
          let host = grid.fleet.hosts[result.host]
          return SampleSeries(
            result.row, host: host.name, hardwareClass: host.hardwareClass,
            isSynthetic: host.isSynthetic)
        }
      }
    }
  }

  static func all(of subject: ReportSubject) -> [SampleSeries] {
    let isSynthetic = subject.served.contains {
      $0.provenance.strategy == FleetHost.syntheticStrategy
    }
    return subject.rows.compactMap {
      SampleSeries(
        $0, host: Fleet.shortName(subject.hardwareClass), hardwareClass: subject.hardwareClass,
        isSynthetic: isSynthetic)
    }
  }
}
