// SamplerTests.swift: batches, warm-up and disturbed samples on a simulated machine; the host's instruments for real.

import HoneCore
import HoneTesting
import Testing

@testable import HoneMeasure

@Suite("sampler")
struct SamplerTests {
  @Test(
    "a sample lasts long enough for the clock, and no longer than needed",
    arguments: [1e-9, 3e-8, 1e-6, 7e-5, 1.1e-4, 2.0])
  func batches(_ seconds: Double) throws {
    let machine = SimulatedMachine()
    let target = SimulatedTarget(machine, seconds: seconds)
    var sampler = Sampler(target, instruments: machine.instruments)
    let estimate = try sampler.prepare()
    let length = Double(sampler.batch) * seconds
    #expect(length >= 99e-6)
    #expect(sampler.batch == 1 || length <= 400e-6)
    #expect(abs(estimate - seconds) <= 0.01 * seconds)
    #expect(abs(try sampler.sample().seconds - seconds) <= 0.01 * seconds)
  }

  @Test("a measurement keeps quantiles beside its median")
  func quantiles() throws {
    let measurement = Measurement(samples: (0...100).map { Double($0 * 37 % 101) }, batch: 1)
    #expect(measurement.median == 50)
    #expect(measurement.quantiles == ["0.05": 5, "0.25": 25, "0.75": 75, "0.95": 95])
  }

  @Test("a coarse clock asks for longer samples")
  func coarseClock() throws {
    let machine = SimulatedMachine()
    machine.resolutionNanoseconds = 1000
    var sampler = Sampler(
      SimulatedTarget(machine, seconds: 1e-5), instruments: machine.instruments)
    try sampler.prepare()
    #expect(sampler.batch >= 100)
  }

  @Test("a target that takes no time at all ends at the largest batch")
  func nothing() throws {
    let machine = SimulatedMachine()
    var options = SamplerOptions()
    options.maximumBatch = 100
    var sampler = Sampler(
      SimulatedTarget(machine, seconds: 0), instruments: machine.instruments, options: options)
    #expect(try sampler.prepare() == 0)
    #expect(sampler.batch == 100)
  }

  @Test(
    "a preemption during warm-up does not make a batch of one look long enough", arguments: 1...5)
  func disturbedWarmUp(_ hit: Int) throws {
    let machine = SimulatedMachine()
    let target = SimulatedTarget(machine, seconds: 2e-6)
    var runs = 0
    target.beforeRun = { _ throws(Refusal) in
      runs += 1
      if runs == hit { machine.pass(8e-3) }
    }
    var sampler = Sampler(target, instruments: machine.instruments)
    try sampler.prepare()
    #expect(Double(sampler.batch) * 2e-6 >= 99e-6)
  }

  @Test("a long target is not run again to warm up")
  func longTarget() throws {
    let machine = SimulatedMachine()
    let target = SimulatedTarget(machine, seconds: 3)
    var sampler = Sampler(target, instruments: machine.instruments)
    _ = try sampler.sample()
    #expect(target.executions == 2)
    #expect(abs(sampler.busySeconds - 6) < 1e-6)
  }

  @Test("a disturbed sample is thrown away and retaken")
  func retakes() throws {
    let machine = SimulatedMachine()
    let target = SimulatedTarget(machine, seconds: 1e-3)
    var sampler = Sampler(target, instruments: machine.instruments)
    try sampler.prepare()
    var runs = 0
    target.beforeRun = { _ throws(Refusal) in
      runs += 1
      // Run 1 is the lead-in, run 2 the sample.
      if runs == 2 { machine.disturbance.involuntarySwitches += 1 }
    }
    let sample = try sampler.sample()
    #expect(sample.pollution.isEmpty)
    #expect(sample.retaken == 1 && sampler.polluted == 1)
    #expect(runs == 4)
  }

  @Test("a sample that stays disturbed is kept and marked after the last retake")
  func givesUp() throws {
    let machine = SimulatedMachine()
    let target = SimulatedTarget(machine, seconds: 1e-3)
    var sampler = Sampler(target, instruments: machine.instruments)
    target.beforeRun = { _ throws(Refusal) in machine.disturbance.cpu += 1 }
    let sample = try sampler.sample()
    #expect(sample.pollution == .migrated)
    #expect(sample.retaken == 3)
  }

  @Test("what counts as a disturbance")
  func pollution() {
    let quiet = DisturbanceReading(cpu: 3)
    func read(_ change: (inout DisturbanceReading) -> Void, _ seconds: Double) -> Pollution {
      var reading = quiet
      change(&reading)
      return reading.pollution(since: quiet, lasting: seconds)
    }
    #expect(read({ _ in }, 1) == [])
    #expect(read({ $0.involuntarySwitches = 1 }, 0.001) == .preempted)
    // A sample of 50 ms may be preempted twice.
    #expect(read({ $0.involuntarySwitches = 2 }, 0.05) == [])
    #expect(read({ $0.involuntarySwitches = 3 }, 0.05) == .preempted)
    #expect(read({ $0.majorFaults = 1 }, 1) == .faulted)
    #expect(read({ $0.cpu = 2 }, 1) == .migrated)
    #expect(read({ $0.stolenSeconds = 0.01 }, 0.5) == .stolen)
    #expect(read({ $0.stolenSeconds = 0.01 }, 2) == [])
  }

  @Test("a refusal passes through")
  func refusal() {
    let machine = SimulatedMachine()
    let target = SimulatedTarget(machine, seconds: 1)
    target.beforeRun = { _ throws(Refusal) in throw .failed("broken") }
    #expect(throws: Refusal.failed("broken")) {
      try Sampler.measure(target, samples: 3, instruments: machine.instruments)
    }
  }

  @Test("plain timings have the median and its interval")
  func measure() throws {
    let machine = SimulatedMachine()
    let measurement = try Sampler.measure(
      SimulatedTarget(machine, seconds: 2e-3), samples: 9, instruments: machine.instruments)
    #expect(measurement.samples.count == 9)
    #expect(measurement.batch == 1 && measurement.polluted == 0)
    #expect(abs(measurement.median - 2e-3) < 1e-6)
    #expect(measurement.interval.contains(measurement.median))
  }

  @Test("the host's clock moves on and its sensor reads counters that grow")
  func host() {
    let instruments = Instruments.host()
    let start = instruments.clock.now()
    let before = instruments.sensor.read()
    while instruments.clock.seconds(since: start) < 1e-4 {}
    let after = instruments.sensor.read()
    #expect(instruments.clock.resolutionNanoseconds >= 1)
    #expect(after.involuntarySwitches >= before.involuntarySwitches)
    #expect(after.stolenSeconds >= before.stolenSeconds)
    #expect(before.cpu >= 0)
  }

  @Test("steal time is the eighth number of the first line")
  func steal() {
    #expect(HostSensor.stealTicks("cpu  1 2 3 4 5 6 7 88 9 10\ncpu0 1") == 88)
    #expect(HostSensor.stealTicks("cpu  1 2 3") == nil)
    #expect(HostSensor.stealTicks("") == nil)
  }
}
