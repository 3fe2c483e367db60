// RaceTests.swift: who leaves, when a race ends, and that it is the same for the same clock and seed.

import HoneCore
import HoneTesting
import Testing

@testable import HoneMeasure

@Suite("race")
struct RaceTests {
  private static func race(
    _ seconds: [Double], canary: Double = 1e-3, noise: SimulatedNoise = .init(), seed: UInt64 = 1,
    options: RaceOptions = .init()
  ) throws(Refusal) -> RaceResult {
    let machine = SimulatedMachine(noise: noise, seed: seed)
    return try Race.run(
      canary: SimulatedTarget(machine, seconds: canary),
      candidates: seconds.map { SimulatedTarget(machine, seconds: $0) }, options: options,
      instruments: machine.instruments, seed: seed)
  }

  @Test("on a quiet machine the slower leave after two rounds and the ranking is right")
  func quiet() throws {
    let result = try Self.race([1.2e-3, 0.8e-3, 0.9e-3, 2e-3])
    #expect(result.ranking == [1, 2, 0, 3])
    #expect(result.rounds == 2)
    #expect(result.lanes[1].departure == nil)
    guard case .worse(let excess, 2) = result.lanes[3].departure else {
      Issue.record("\(String(describing: result.lanes[3].departure))")
      return
    }
    #expect(abs(excess - 1.5) < 0.01)
    #expect(abs((result.lanes[1].relativeTime ?? 0) - 0.8) < 1e-3)
    #expect(result.lanes[1].measurement?.samples.count == 2)
  }

  @Test("a hopeless candidate leaves at warm-up, with what was seen")
  func hopeless() throws {
    let result = try Self.race([1e-3, 50e-3])
    #expect(result.lanes[1].departure == .hopeless(ratio: result.lanes[1].relativeTime ?? 0))
    #expect(abs((result.lanes[1].relativeTime ?? 0) - 50) < 0.1)
    #expect(result.lanes[1].samples.count == 1)
    #expect(result.ranking == [0, 1])
  }

  @Test("equals stay until the race is decided to be a tie")
  func ties() throws {
    var options = RaceOptions()
    options.rounds = 100
    let result = try Self.race([0.7e-3, 0.7e-3, 1.4e-3], options: options)
    #expect(result.rounds == 8)
    #expect(result.lanes[0].departure == nil && result.lanes[1].departure == nil)
    #expect(Set(result.ranking.prefix(2)) == [0, 1])
  }

  @Test("the race stops once few enough are left")
  func keepsSurvivors() throws {
    var options = RaceOptions()
    options.survivors = 3
    let result = try Self.race([0.7e-3, 0.71e-3, 0.705e-3, 1.4e-3], options: options)
    #expect(result.rounds == 2)
  }

  @Test("candidates worse than the canary leave although the canary is none of them")
  func canaryLeads() throws {
    let result = try Self.race([1.5e-3, 1.2e-3])
    #expect(result.lanes.allSatisfy { $0.departure != nil })
    #expect(result.ranking == [1, 0])
  }

  @Test("a refusal makes a candidate leave; one of the canary ends the race")
  func refusals() throws {
    let machine = SimulatedMachine()
    let good = SimulatedTarget(machine, seconds: 1e-3)
    let bad = SimulatedTarget(machine, seconds: 1e-3)
    bad.beforeRun = { target throws(Refusal) in
      if target.executions > 4 { throw .failed("worn out") }
    }
    let result = try Race.run(
      canary: good, candidates: [bad, good], instruments: machine.instruments, seed: 1)
    #expect(result.lanes[0].departure == .refused(.failed("worn out")))
    #expect(result.lanes[0].samples.isEmpty && result.lanes[0].measurement == nil)
    #expect(result.ranking == [1])
    #expect(throws: Refusal.failed("worn out")) {
      try Race.run(canary: bad, candidates: [good], instruments: machine.instruments, seed: 1)
    }
  }

  @Test("the budget is kept to one sample, and who had no turn says so")
  func budget() throws {
    var options = RaceOptions()
    options.seconds = 1
    let result = try Self.race(
      Array(repeating: 0.1, count: 20), canary: 0.1, options: options)
    #expect(result.seconds < 1.4)
    #expect(result.lanes.contains { $0.departure == .notReached })
    #expect(result.ranking.allSatisfy { !result.lanes[$0].samples.isEmpty })
    #expect(abs(result.busySeconds - result.seconds) < 1e-6)
  }

  @Test("an interrupted race returns what it has")
  func interrupted() throws {
    let machine = SimulatedMachine()
    var samples = 0
    let result = try Race.run(
      canary: SimulatedTarget(machine, seconds: 1e-3),
      candidates: (0..<5).map { _ in SimulatedTarget(machine, seconds: 1e-3) },
      instruments: machine.instruments, seed: 1
    ) {
      samples += 1
      return samples > 9
    }
    #expect(result.rounds == 1)
    #expect(result.ranking.count == 5)
  }

  @Test("no candidates is a short race")
  func empty() throws {
    let result = try Self.race([])
    #expect(result.lanes.isEmpty && result.ranking.isEmpty)
  }

  @Test("the same clock and seed give the same race; another seed another order")
  func deterministic() throws {
    let times = [0.8e-3, 0.81e-3, 0.9e-3, 1.1e-3]
    let first = try Self.race(times, noise: .busyHost, seed: 4)
    #expect(try Self.race(times, noise: .busyHost, seed: 4) == first)
    #expect(try Self.race(times, noise: .busyHost, seed: 5) != first)
  }

  @Test("rounds at which the sharp test looks")
  func looks() {
    #expect((0...100).filter(Race.isLook) == [8, 12, 16, 24, 32, 48, 64, 96])
  }

  @Test("one burst does not push out the best, whichever round it hits")
  func bursts() throws {
    for hit in 3..<12 {
      let machine = SimulatedMachine()
      let best = SimulatedTarget(machine, seconds: 1e-3)
      var runs = 0
      best.beforeRun = { _ throws(Refusal) in
        runs += 1
        if runs == hit { machine.pass(20e-3) }
      }
      let others = (0..<3).map { _ in SimulatedTarget(machine, seconds: 1.05e-3) }
      let result = try Race.run(
        canary: SimulatedTarget(machine, seconds: 2e-3), candidates: [best] + others,
        instruments: machine.instruments, seed: UInt64(hit))
      #expect(result.ranking.first == 0, "burst in run \(hit)")
    }
  }
}
