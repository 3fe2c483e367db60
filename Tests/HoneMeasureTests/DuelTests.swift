// DuelTests.swift: the verdicts of the paired final, its noise floor, and when it ends.

import HoneCore
import HoneTesting
import Testing

@testable import HoneMeasure

@Suite("duel")
struct DuelTests {
  private let configuration = Configuration(backend: "b", variant: "v")

  private static func duel(
    _ seconds: [Double], noise: SimulatedNoise = .init(), seed: UInt64 = 1,
    options: DuelOptions = .init()
  ) throws(Refusal) -> DuelResult {
    let machine = SimulatedMachine(noise: noise, seed: seed)
    return try Duel.run(
      contestants: seconds.map { SimulatedTarget(machine, seconds: $0) }, options: options,
      instruments: machine.instruments, seed: seed)
  }

  private static var short: DuelOptions {
    var options = DuelOptions()
    options.minimumSeconds = 0
    return options
  }

  @Test("rounds are spread over a minimum of time")
  func minimumSeconds() throws {
    let result = try Self.duel([1e-3, 0.8e-3])
    #expect(result.rounds > 12)
    #expect((0.25...0.3).contains(result.seconds))
  }

  @Test("on a quiet machine twelve rounds settle it")
  func quiet() throws {
    let result = try Self.duel([1e-3, 0.8e-3, 0.9e-3], options: Self.short)
    #expect(result.rounds == 12)
    #expect(result.winner == 1 && result.tied.isEmpty)
    #expect(result.noiseFloor == 0.005)
    let comparison = try #require(
      result.comparison(of: 1, against: 0, role: "default", configuration: configuration))
    #expect(comparison.verdict == .faster)
    #expect(abs(comparison.speedup - 1.25) < 1e-3)
    #expect(comparison.interval.contains(comparison.speedup))
    #expect(abs(comparison.interval.confidence - 0.975) < 1e-12)
    #expect(comparison.pairs == 12 && comparison.role == "default")
    let reverse = try #require(
      result.comparison(of: 0, against: 1, role: "", configuration: configuration))
    #expect(reverse.verdict == .slower)
  }

  @Test("a gain is doubted by half of what it differs from an earlier one")
  func doubt() throws {
    var result = try Self.duel([1e-3, 1e-3 / 1.02, 2e-3], options: Self.short)
    result.doubt(1, earlier: 1.03)
    #expect(result.winner == 1)
    #expect(abs(result.noiseFloor - 0.005) < 1e-3)
    result.doubt(1, earlier: 1.10)
    #expect(result.winner == 0 && result.tied == [1])
    #expect(abs(result.noiseFloor - 0.0385) < 1e-3)
    result.doubt(7, earlier: 2)
    #expect(result.noiseFloor < 0.04)
  }

  @Test(
    "blocks that disagree are a tie with an interval that spans them; blocks that agree are not")
  func blocks() throws {
    var options = Self.short
    options.settlesLosers = false
    let even = try Self.duel([1e-3, 1e-3], options: options)
    let ahead = try Self.duel([1e-3, 0.8e-3], options: options)
    let both = DuelResult.joined([even, ahead])
    #expect(both.winner == 0 && both.tied == [1] && both.rounds == even.rounds + ahead.rounds)
    let comparison = try #require(
      both.comparison(of: 1, against: 0, role: "default", configuration: configuration))
    #expect(comparison.interval.low < 1.01 && comparison.interval.high > 1.24)
    #expect(DuelResult.joined([ahead, ahead]).winner == 1)
    #expect(DuelResult.joined([ahead, even, ahead, ahead]).winner == 1)
  }

  @Test("nobody wins where nobody is faster than the noise floor")
  func defaultStays() throws {
    let result = try Self.duel([1e-3, 0.997e-3, 1.4e-3])
    #expect(result.winner == 0)
    #expect(result.tied == [1])
  }

  @Test("equal winners are a tie set")
  func tieSet() throws {
    var options = DuelOptions()
    options.rounds = 40
    let noisy = try Self.duel(
      [1e-3, 0.7e-3, 0.7e-3, 0.95e-3], noise: .busyHost, seed: 3, options: options)
    #expect([1, 2].contains(noisy.winner))
    #expect(noisy.tied == [3 - noisy.winner])
  }

  @Test("too few rounds for the confidence asked for are no verdict")
  func tooFew() throws {
    var options = DuelOptions()
    options.rounds = 4
    let result = try Self.duel([1e-3, 0.5e-3], options: options)
    #expect(result.winner == 0)
    let comparison = try #require(
      result.comparison(of: 1, against: 0, role: "default", configuration: configuration))
    #expect(comparison.verdict == .tie)
    #expect(comparison.interval.confidence < 0.95)
  }

  @Test("the noise floor grows with the noise and shrinks with rounds")
  func noiseFloor() throws {
    var short = DuelOptions()
    short.rounds = 12
    let few = try Self.duel([1e-3, 1e-3], noise: .busyHost, options: short)
    let many = try Self.duel([1e-3, 1e-3], noise: .busyHost)
    #expect(few.noiseFloor > many.noiseFloor)
    #expect(many.noiseFloor > 0.005)
  }

  @Test("a loser is no longer measured, the default always is")
  func settles() throws {
    var options = DuelOptions()
    options.precision = 0
    options.rounds = 50
    var noise = SimulatedNoise()
    noise.lognormal = 0.02
    let result = try Self.duel([1e-3, 0.5e-3, 0.6e-3], noise: noise, options: options)
    #expect(result.lanes[0].settled == nil && result.lanes[0].samples.count == result.rounds)
    #expect(result.lanes[2].settled == 12 && result.lanes[2].samples.count == 12)
    #expect(result.winner == 1 && result.tied.isEmpty)
  }

  @Test("a large gain does not need to be known to a percent")
  func largeGain() throws {
    let small = try Self.duel([1e-3, 0.97e-3], noise: .busyHost)
    let large = try Self.duel([1e-3, 0.3e-3], noise: .busyHost)
    // The A/A comparison must still be precise, so only the contestant's share shrinks.
    #expect(large.rounds <= small.rounds)
  }

  @Test("the budget is kept to one sample; without a round nothing is claimed")
  func budget() throws {
    var options = DuelOptions()
    options.seconds = 2.5
    let result = try Self.duel([1, 0.5], options: options)
    #expect(result.seconds < 3.6)
    #expect(result.winner == 0)
    #expect(result.noiseFloor > 1)
  }

  @Test("a refusing contestant is out; a refusing default ends the duel")
  func refusals() throws {
    let machine = SimulatedMachine()
    let good = SimulatedTarget(machine, seconds: 1e-3)
    let bad = SimulatedTarget(machine, seconds: 0.5e-3)
    bad.beforeRun = { _ throws(Refusal) in throw .unsupported("no") }
    let result = try Duel.run(
      contestants: [good, bad], instruments: machine.instruments, seed: 1)
    #expect(result.lanes[1].refusal == .unsupported("no"))
    #expect(result.lanes[1].measurement == nil)
    #expect(result.winner == 0 && result.tied.isEmpty)
    #expect(
      result.comparison(of: 1, against: 0, role: "", configuration: configuration) == nil)
    #expect(throws: Refusal.unsupported("no")) {
      try Duel.run(contestants: [bad, good], instruments: machine.instruments, seed: 1)
    }
    #expect(throws: Refusal.self) {
      try Duel.run(contestants: [], instruments: machine.instruments, seed: 1)
    }
  }

  @Test("the default alone still yields a noise floor")
  func alone() throws {
    let result = try Self.duel([1e-3], options: Self.short)
    #expect(result.winner == 0 && result.noiseFloor == 0.005 && result.rounds == 12)
  }

  @Test("the same clock and seed give the same duel")
  func deterministic() throws {
    let first = try Self.duel([1e-3, 0.9e-3], noise: .busyHost, seed: 9)
    #expect(try Self.duel([1e-3, 0.9e-3], noise: .busyHost, seed: 9) == first)
  }
}
