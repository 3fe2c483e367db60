// Transfer.swift: what is served for near shapes, other core counts and other hosts, as first candidates for a problem.

internal import HoneCore
internal import HoneDatabase

/// Configurations that won elsewhere, nearest first, re-mapped into a problem's space.
struct Transfer {
  struct Seed: Hashable, Sendable {
    var point: Point
    /// "transfer:512x512x512", "transfer:<hardware class>".
    var origin: String
    var distance: Double
  }

  /// A winner of another problem, core count, policy or host that has no counterpart here.
  struct Dropped: Hashable, Sendable {
    var configuration: Configuration
    var reason: String
  }

  private(set) var seeds: [Seed] = []
  private(set) var dropped: [Dropped] = []

  /// As `Lookup`: beyond a factor of 64 in one dimension a shape says nothing.
  private static let farthest = 6.0
  /// In the unit of shape distance, where 1 is a factor of two in one dimension.
  private static let otherCores = 0.5
  private static let otherPolicy = 0.25
  private static let otherHardware = 1.0

  /// - Parameter winners: served records of any problem, policy and hardware class.
  init(
    to job: TuningJob, tree: SpaceTree, hardwareClass: String, winners: [Record],
    title: (Problem) -> String
  ) {
    let near = winners.compactMap { record in
      Self.distance(record, job, hardwareClass).map { (record: record, distance: $0) }
    }.sorted {
      ($0.distance, $0.record.problem.key, $0.record.configuration.key) < (
        $1.distance, $1.record.problem.key, $1.record.configuration.key
      )
    }
    var seen: Set<Point> = []
    for (record, distance) in near {
      let configuration = record.configuration
      switch tree.adopt(configuration, cores: job.cores, foreignCores: record.cores) {
      case .point(let point):
        guard seen.insert(point).inserted else { continue }
        let isOwn = record.provenance.hardwareClass == hardwareClass
        let from = isOwn ? title(record.problem) : record.provenance.hardwareClass
        seeds.append(Seed(point: point, origin: "transfer:\(from)", distance: distance))
      case .dropped(let reason):
        dropped.append(Dropped(configuration: configuration, reason: reason))
      }
    }
  }

  /// nil where the record says nothing about the job, or is about the very same problem and conditions: that one is the incumbent.
  private static func distance(
    _ record: Record, _ job: TuningJob, _ hardwareClass: String
  ) -> Double? {
    guard let shape = ShapeDistance.between(record.problem, job.entry.problem), shape <= farthest
    else { return nil }
    let distance =
      shape + (record.cores == job.cores ? 0 : otherCores)
      + (record.policy.name == job.entry.policy.name ? 0 : otherPolicy)
      + (record.provenance.hardwareClass == hardwareClass ? 0 : otherHardware)
    return distance > 0 ? distance : nil
  }
}
