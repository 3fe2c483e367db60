// HardwareCountersTests.swift: scaling and summing of counters, reasons where there are none, and the real ones where they exist.

import Glibc
import HoneCore
import Testing

@testable import HoneHost

@Suite("hardware counters")
struct HardwareCountersTests {
  private func reading(
    _ name: String, _ count: UInt64, enabled: UInt64 = 100, running: UInt64 = 100
  ) -> CounterReading {
    CounterReading(name: name, count: count, enabled: enabled, running: running)
  }

  @Test("threads are summed and the sum is divided by the executions")
  func sums() throws {
    let values = try #require(
      CounterValues(
        [reading("cycles", 300), reading("cycles", 100), reading("instructions", 1000)],
        executions: 4))
    #expect(values.counts == ["cycles": 100, "instructions": 250])
    #expect(values.running == 1 && values.instructionsPerCycle == 2.5)
  }

  @Test("what was counted for part of the time is scaled up, each thread by its own share")
  func scaling() throws {
    let values = try #require(
      CounterValues(
        [
          reading("llc-misses", 10, enabled: 200, running: 50),
          reading("llc-misses", 6, enabled: 100, running: 60),
          reading("cycles", 7, enabled: 100, running: 300),
        ], executions: 1))
    #expect(values.counts == ["llc-misses": 50, "cycles": 7])
    #expect(values.running == 0.25)
  }

  @Test("an event that was wanted and never counted is left out, a thread that slept is not missed")
  func missing() throws {
    let values = try #require(
      CounterValues(
        [
          reading("cycles", 5), reading("cycles", 0, enabled: 0, running: 0),
          reading("dtlb-misses", 9), reading("dtlb-misses", 0, running: 0),
        ], executions: 1))
    #expect(values.counts == ["cycles": 5])
    #expect(CounterValues([reading("cycles", 0, running: 0)], executions: 1) == nil)
    #expect(CounterValues([], executions: 1) == nil)
    #expect(CounterValues([reading("cycles", 5)], executions: 0) == nil)
    #expect(values.instructionsPerCycle == nil)
  }

  @Test(
    "each refusal says what is missing and what to do",
    arguments: [
      (EACCES, "perf_event_paranoid is 4"), (EPERM, "CAP_PERFMON"), (ENOENT, "virtual PMU"),
      (ENODEV, "no hardware counters"), (ENOSYS, "without perf events"), (EMFILE, "Too many open"),
    ])
  func refusals(_ number: Int32, _ words: String) throws {
    let system = try FakeSystem(["proc/sys/kernel/perf_event_paranoid": "4\n"])
    let refusal = CounterRefusal(number: number, files: system.files)
    #expect(refusal.description.contains(words))
  }

  private static let why: String? = {
    do throws(CounterRefusal) {
      _ = try HardwareCounters()
      return nil
    } catch { return error.description }
  }()

  @Test(
    "twice the work counts about twice the instructions",
    .enabled(if: why == nil, "no hardware counters here: the other tests use made-up readings"))
  func real() throws {
    let counters = try HardwareCounters()
    func instructions(_ steps: Int) -> Double {
      counters.start()
      var value = 1.0
      for index in 0..<steps { value = value * 0.999 + Double(index & 7) }
      let counted = counters.stop(executions: 1)?.counts["instructions"] ?? 0
      return value.isFinite ? counted : 0
    }
    _ = instructions(1000)
    let once = instructions(1_000_000)
    let twice = instructions(2_000_000)
    #expect(once > 0 && (1.5...2.5).contains(twice / once))
  }

  @Test("here there are counters, or a reason that is a sentence")
  func here() {
    if let why = Self.why { #expect(why.count > 20) }
  }
}
