// ProblemOutcome.swift: what became of one problem so far; the session's summary is made of these.

internal import HoneCore
internal import HoneDatabase

struct ProblemOutcome {
  let job: TuningJob
  let size: Int
  /// In this session.
  var tried = 0
  var unusable = 0
  /// Had its first pass, in this session or before.
  var isReached = false
  /// There is nothing more to do: converged, exhausted, or tuned before.
  var isDone = false
  var note = ""
  private(set) var served: TuningSummary.Served?
  private(set) var servedConfiguration: Configuration?
  private(set) var end: SearchEnd?
  /// Was it served by this session?
  private(set) var isNew = false

  init(_ job: TuningJob, size: Int) {
    self.job = job
    self.size = size
  }

  /// What an earlier session served.
  mutating func take(over record: Record) {
    serve(record, end: record.search)
    isNew = false
    isReached = true
    note = "tuned before"
    isDone = record.search?.isOpen != true
  }

  mutating func serve(_ record: Record, end: SearchEnd?) {
    guard let measurement = record.measurement else { return }
    let versus = record.againstDefault
    servedConfiguration = record.configuration
    self.end = end
    isNew = true
    served = TuningSummary.Served(
      configuration: record.configuration.key, medianSeconds: measurement.median,
      speedup: versus?.verdict == .faster ? versus?.speedup ?? 1 : 1,
      interval: versus?.interval ?? Interval(low: 1, high: 1),
      isDefault: versus?.verdict != .faster, noiseFloor: record.noiseFloor ?? 0,
      tied: max(0, (record.tied?.count ?? 1) - 1), origin: record.origin ?? "",
      facts: ObjectiveFacts(
        seconds: measurement.median, joules: measurement.energy?.value?.joules,
        flops: job.operation.cost(of: job.entry.problem).flops))
  }

  func summary(fallback: TuningSummary.Fallback?) -> TuningSummary {
    TuningSummary(
      operation: job.kind, title: job.shape, cores: job.cores, policy: job.entry.policy.name,
      calls: job.entry.weight, tried: tried, unusable: unusable, spaceSize: size, served: served,
      isNew: isNew, search: end, fallback: served == nil ? fallback : nil, note: note)
  }
}
