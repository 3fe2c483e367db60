// Duel+Blocks.swift: several duels of the same contestants, each with other operands at another time, as one.

internal import Glibc
internal import HoneCore

extension DuelResult {
  /// One duel of all rounds of several. Where operands lie, and what the host does meanwhile, favours one contestant or the other for as long
  /// as a duel lasts: inside one the interval is narrow around the wrong place, over several it spans what they differ by.
  /// - Parameters:
  ///   - blocks: at least one; of the same contestants, measured with `settlesLosers` off.
  ///   - options: those of the blocks.
  public static func joined(
    _ blocks: [DuelResult], options: DuelOptions = .init()
  ) -> DuelResult {
    var all = blocks[0]
    guard blocks.count > 1 else { return all }
    for index in all.lanes.indices { all.lanes[index].join(blocks.map { $0.paired(index) }) }
    all.shadowRatios = blocks.flatMap(\.shadowRatios)
    all.noiseFloor = noiseFloor(
      of: all.shadowRatios, confidence: options.confidence, atLeast: options.minimumNoiseFloor)
    all.rounds = blocks.reduce(0) { $0 + $1.rounds }
    all.seconds = blocks.reduce(0) { $0 + $1.seconds }
    all.busySeconds = blocks.reduce(0) { $0 + $1.busySeconds }
    all.pauseSeconds = blocks.reduce(0) { $0 + $1.pauseSeconds }
    all.decide()
    return all
  }

  /// Takes into account what contestant `index` gained at another occasion, with other memory: half of what the two occasions differ by
  /// is noise that no A/A comparison inside one of them can show.
  public mutating func doubt(_ index: Int, earlier speedup: Double) {
    guard lanes.indices.contains(index), index != 0, speedup > 0 else { return }
    let ratios = Statistics.logRatios(lanes[0].costs, lanes[index].costs)
    guard !ratios.isEmpty else { return }
    noiseFloor = max(noiseFloor, expm1(abs(Statistics.median(ratios) - log(speedup)) / 2))
    decide()
  }

  /// The winner and its ties, from the samples and the noise floor.
  private mutating func decide() {
    let judged = self
    let speedups = lanes.map { judged.gain(of: $0) }
    let faster = lanes.indices.dropFirst().filter { judged.verdict(of: $0, against: 0) == .faster }
    let best = faster.max { speedups[$0] < speedups[$1] } ?? 0
    winner = best
    tied = lanes.indices.dropFirst().filter {
      $0 != best && !judged.lanes[$0].samples.isEmpty && judged.isTie($0, with: best)
    }
  }

  /// Logarithm of the default's cost over the lane's.
  private func gain(of lane: DuelLane) -> Double {
    Statistics.median(Statistics.logRatios(lanes[0].costs, lane.costs))
  }

  /// The lane, without the rounds that not everybody took part in: those of different blocks must not be paired.
  private func paired(_ index: Int) -> DuelLane {
    var lane = lanes[index]
    let rounds = lanes.map(\.costs.count).filter { $0 > 0 }.min() ?? 0
    lane.samples = Array(lane.samples.prefix(rounds))
    lane.costs = Array(lane.costs.prefix(rounds))
    return lane
  }
}

extension DuelLane {
  /// One that was refused, or not reached, in any of the blocks has no samples.
  fileprivate mutating func join(_ blocks: [DuelLane]) {
    let isComplete = blocks.allSatisfy { !$0.samples.isEmpty }
    samples = isComplete ? blocks.flatMap(\.samples) : []
    costs = isComplete ? blocks.flatMap(\.costs) : []
    energy = blocks.last?.energy
    batch = blocks.last?.batch ?? batch
    polluted = blocks.reduce(0) { $0 + $1.polluted }
    refusal = blocks.lazy.compactMap(\.refusal).first
  }
}
