// ConditionsTests.swift: what a policy changes in how samples are taken: batches, what is tolerated, energy, groups and pauses.

import HoneCore
import HoneTesting
import Testing

@testable import HoneMeasure

@Suite("conditions of samples")
struct ConditionsTests {
  @Test("a policy decides the length of samples, and whether they are single executions")
  func lengths() throws {
    for (name, batch) in [("warm", 100), ("warm+2000us", 2000), ("cold+single", 1)] {
      let machine = SimulatedMachine()
      var sampler = Sampler(
        SimulatedTarget(machine, seconds: 1e-6), instruments: machine.instruments,
        options: SamplerOptions(try MeasurementPolicy(name: name)))
      try sampler.prepare()
      #expect((batch...(batch * 3 / 2)).contains(sampler.batch), "\(name): \(sampler.batch)")
      sampler.stretch(by: 2)
      #expect(batch > 1 || sampler.batch == 1)
    }
  }

  @Test("a neighbour on the same cores may preempt; theft still pollutes")
  func tolerated() throws {
    let options = SamplerOptions(MeasurementPolicy(), sharesCores: true)
    let machine = SimulatedMachine()
    let target = SimulatedTarget(machine, seconds: 1e-3)
    var sampler = Sampler(target, instruments: machine.instruments, options: options)
    try sampler.prepare()
    target.beforeRun = { _ throws(Refusal) in machine.disturbance.involuntarySwitches += 5 }
    let preempted = try sampler.sample()
    #expect(preempted.pollution.isEmpty && preempted.retaken == 0)
    target.beforeRun = { _ throws(Refusal) in machine.disturbance.stolenSeconds += 1 }
    #expect(try sampler.sample().pollution == .stolen)
  }

  @Test("new pages pollute a sample; a target that takes them every time is what it is")
  func minorFaults() throws {
    let machine = SimulatedMachine()
    let target = SimulatedTarget(machine, seconds: 1e-3)
    var sampler = Sampler(target, instruments: machine.instruments)
    try sampler.prepare()
    #expect(try sampler.sample().retaken == 0)
    var runs = 0
    target.beforeRun = { _ throws(Refusal) in
      runs += 1
      if runs == 2 { machine.disturbance.minorFaults += 50 }
    }
    #expect(try sampler.sample().retaken == 1)

    let greedy = SimulatedTarget(machine, seconds: 1e-3)
    greedy.beforeRun = { _ throws(Refusal) in machine.disturbance.minorFaults += 400 }
    var second = Sampler(greedy, instruments: machine.instruments)
    _ = try second.sample()
    #expect(try second.sample().retaken == 0)
  }

  @Test("energy is what is drawn beyond the idle machine, for one execution")
  func energy() throws {
    let machine = SimulatedMachine()
    let target = SimulatedTarget(machine, seconds: 1e-3)
    target.watts = 7
    var sampler = Sampler(target, instruments: machine.meteredInstruments)
    let sample = try sampler.sample()
    #expect(abs((sample.joules ?? 0) - 7e-3) < 1e-6)
    #expect(sampler.metered.executions == sampler.batch)
    var plain = Sampler(target, instruments: machine.instruments)
    #expect(try plain.sample().joules == nil)
  }

  @Test("where energy is compared, the frugal wins over the fast, and its record says what it took")
  func energyDuel() throws {
    let machine = SimulatedMachine()
    let targets = [1e-3, 0.5e-3, 0.8e-3].map { SimulatedTarget(machine, seconds: $0) }
    for (target, watts) in zip(targets, [20.0, 60, 10]) { target.watts = watts }
    var options = DuelOptions()
    options.sampler = SamplerOptions(try MeasurementPolicy(name: "warm+energy"))
    let result = try Duel.run(
      contestants: targets, options: options, instruments: machine.meteredInstruments, seed: 1)
    #expect(result.winner == 2)
    let energy = try #require(result.lanes[2].measurement?.energy?.value)
    #expect(abs(energy.joules - 8e-3) < 1e-5 && energy.idleWatts == 10)
    #expect(energy.domains == ["simulated"] && energy.seconds > 0.1)
    #expect(abs((result.lanes[2].measurement?.median ?? 0) - 0.8e-3) < 1e-6)
    let versus = result.comparison(
      of: 2, against: 0, role: "", configuration: Configuration(backend: "", variant: ""))
    #expect(abs((versus?.speedup ?? 0) - 2.5) < 0.01)
  }

  @Test("energy that nobody meters is refused, not guessed")
  func unmetered() {
    let machine = SimulatedMachine()
    var options = DuelOptions()
    options.sampler.quantity = .energy
    #expect(throws: Refusal.self) {
      try Duel.run(
        contestants: [SimulatedTarget(machine, seconds: 1e-3)], options: options,
        instruments: machine.instruments, seed: 1)
    }
  }

  @Test("in a race for energy a fast glutton leaves")
  func energyRace() throws {
    let machine = SimulatedMachine()
    let glutton = SimulatedTarget(machine, seconds: 0.5e-3)
    glutton.watts = 100
    var options = RaceOptions()
    options.sampler.quantity = .energy
    let result = try Race.run(
      canary: SimulatedTarget(machine, seconds: 1e-3),
      candidates: [glutton, SimulatedTarget(machine, seconds: 0.9e-3)], options: options,
      instruments: machine.meteredInstruments, seed: 3)
    #expect(result.ranking == [1, 0])
    #expect(abs((result.lanes[0].relativeTime ?? 0) - 2.5) < 0.05)
  }

  @Test("members of a group run beside each other, and every order of groups and members occurs")
  func groups() {
    var generator = SeededGenerator(seed: 8)
    var seen: Set<String> = []
    for _ in 0..<200 {
      var order = [0, 1, 2, 3]
      generator.shuffleByGroup(&order) { $0 < 2 ? "a" : "b" }
      let text = order.map(String.init).joined()
      seen.insert(text)
      #expect(order.sorted() == [0, 1, 2, 3])
      #expect(Set(text.prefix(2)) == Set("01") || Set(text.prefix(2)) == Set("23"))
    }
    #expect(seen.count == 8)
  }

  @Test("where getting ready takes long, samples grow until it is a tenth of the duel")
  func stretch() throws {
    func duel(pause: Double, seconds: Double) throws -> DuelResult {
      var noise = SimulatedNoise()
      noise.lognormal = 0.02
      let machine = SimulatedMachine(noise: noise)
      let targets = [1e-3, 0.99e-3, 1.01e-3].map { SimulatedTarget(machine, seconds: $0) }
      targets[2].group = "other"
      for target in targets { target.pauseSeconds = pause }
      var options = DuelOptions()
      options.seconds = seconds
      options.rounds = 40
      options.precision = 0
      return try Duel.run(
        contestants: targets, options: options, instruments: machine.instruments, seed: 1)
    }
    let waiting = try duel(pause: 0.03, seconds: 60)
    #expect(waiting.pauseSeconds < 0.15 * waiting.seconds, "\(waiting.pauseSeconds)")
    #expect(waiting.rounds == 40 && waiting.lanes[0].batch > 50)
    // Where there is no time for that, the rounds matter more.
    let short = try duel(pause: 0.03, seconds: 4)
    #expect(short.rounds >= 30 && short.seconds < 4.2)
    #expect(try duel(pause: 0, seconds: 60).lanes[0].batch == 1)
  }

  @Test(
    "the tick clock agrees with the system's",
    .enabled(if: TickClock.isInvariant, "no such counter"))
  func tickClock() throws {
    let ticks = try TickClock(calibratingFor: 0.02)
    let host = HostClock()
    let start = (ticks.now(), host.now())
    while host.seconds(since: start.1) < 0.01 {}
    let passed = (ticks.seconds(since: start.0), host.seconds(since: start.1))
    #expect(abs(passed.0 / passed.1 - 1) < 0.02)
    #expect(ticks.resolutionNanoseconds >= 1)
  }
}
