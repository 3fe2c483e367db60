// MedianPolishTests.swift: contestants and rounds are told apart, also where some left early and rounds were disturbed.

import Glibc
import HoneCore
import HoneTesting
import Testing

@testable import HoneMeasure

@Suite("median polish")
struct MedianPolishTests {
  @Test("without noise the contestants come back, however early they left and however rounds drift")
  func exact() {
    let truth = [0, -0.3, 0.2, 0.7, -0.1]
    let drift = [0, 0.4, -0.2, 0.1, 0.9, 0.3]
    let lengths = [6, 6, 2, 1, 4]
    let rows = zip(truth, lengths).map { score, length in
      drift.prefix(length).map { $0 + score }
    }
    let polish = MedianPolish(rows)
    for index in truth.indices {
      #expect(abs(polish.scores[index] - polish.scores[0] - truth[index]) < 1e-9)
    }
    #expect(polish.residuals(rows[2]).allSatisfy { abs($0 - polish.scores[2]) < 1e-9 })
  }

  @Test("neither do many that left early come out of step with the few that stayed")
  func manyLeave() {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<300 {
      let rounds = 1 + Int(generator.unit() * 24)
      let drift = (0..<rounds).map { _ in generator.unit() }
      let truth = (0..<7).map { $0 == 0 ? 0 : 3 * generator.unit() - 2 }
      let lengths = truth.indices.map { index in
        index == 0 ? rounds : min(rounds, [1, 2, 3, rounds, rounds - 1][Int(generator.unit() * 5)])
      }
      let rows = zip(truth, lengths).map { score, length in drift.prefix(length).map { $0 + score }
      }
      let polish = MedianPolish(rows)
      for index in truth.indices where lengths[index] > 0 {
        #expect(abs(polish.scores[index] - polish.scores[0] - truth[index]) < 1e-6)
      }
    }
  }

  @Test("a burst that hits the canary alone does not make the others look fast")
  func burst() {
    let steady = [Double](repeating: 0, count: 8)
    var canary = steady
    canary[0] += log(3.0)
    canary[1] += log(3.0)
    let polish = MedianPolish([canary, steady, steady, Array(steady.prefix(2))])
    #expect(abs(polish.scores[3] - polish.scores[0]) < 0.01)
  }

  @Test("who has no round has no score")
  func absent() {
    let polish = MedianPolish([[0, 1], []])
    #expect(polish.scores[1].isNaN && polish.scores[0] == polish.scores[0])
    #expect(MedianPolish([]).scores.isEmpty)
  }

  @Test("in a race, who leaves is never said to be faster than the best who stays")
  func leavers() throws {
    for seed in UInt64(1)...40 {
      let machine = SimulatedMachine(noise: .busyHost, seed: seed)
      let times = [0.7e-3, 0.8e-3, 0.9e-3, 1.1e-3, 1.3e-3]
      let result = try Race.run(
        canary: SimulatedTarget(machine, seconds: 1e-3),
        candidates: times.map { SimulatedTarget(machine, seconds: $0) },
        instruments: machine.instruments, seed: seed)
      let stayed = result.lanes.filter { $0.departure == nil }.compactMap(\.relativeTime)
      let left = result.lanes.filter { $0.departure != nil }.compactMap(\.relativeTime)
      #expect((left.min() ?? .infinity) > (stayed.min() ?? 0))
    }
  }

  @Test("a race that ends before the canary had its turn says nothing of relative times")
  func canaryWithoutTurn() throws {
    var sawNone = false
    for seed in UInt64(1)...20 {
      let machine = SimulatedMachine()
      var options = RaceOptions()
      options.seconds = 4e-3
      let result = try Race.run(
        canary: SimulatedTarget(machine, seconds: 1e-3),
        candidates: (0..<3).map { _ in SimulatedTarget(machine, seconds: 0.5e-3) },
        options: options, instruments: machine.instruments, seed: seed)
      for lane in result.lanes {
        #expect(lane.relativeTime.map { $0.isFinite && $0 > 0 } ?? true)
        if result.canary.samples.isEmpty { #expect(lane.relativeTime == nil) }
      }
      sawNone = sawNone || (result.canary.samples.isEmpty && !result.lanes[0].samples.isEmpty)
    }
    #expect(sawNone)
  }

  @Test(
    "Wilson's interval has its published values",
    arguments: [
      (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611),
      (1, 29, 0.0061, 0.1718),
    ])
  func wilson(_ hits: Int, _ trials: Int, _ low: Double, _ high: Double) {
    let interval = Statistics.wilsonInterval(successes: hits, of: trials)
    #expect(abs(interval.low - low) < 6e-5 && abs(interval.high - high) < 6e-5)
  }
}
