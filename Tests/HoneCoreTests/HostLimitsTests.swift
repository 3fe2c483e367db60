// HostLimitsTests.swift: limits are the best that was seen, and are looked up by name and cores.

import HoneCore
import Testing

@Suite("Host limits")
struct HostLimitsTests {
  private func limits(_ values: [(String, Int, Double)], _ time: String) -> HostLimits {
    HostLimits(
      limits: values.map {
        HostLimit(
          name: $0.0, cores: $0.1, unit: "flop/s", value: $0.2,
          interval: Interval(low: $0.2, high: $0.2))
      }, time: time)
  }

  @Test("merging keeps the larger of each, whichever way round")
  func merging() {
    let one = limits([("peak.f32", 1, 100), ("peak.f32", 2, 120)], "2026-01-01T00:00:00Z")
    let other = limits(
      [("peak.f32", 1, 90), ("peak.f32", 2, 200), ("read.l2", 1, 5)], "2026-01-02T00:00:00Z")
    for merged in [one.merging(other), other.merging(one)] {
      #expect(merged.value("peak.f32", cores: 1) == 100)
      #expect(merged.value("peak.f32", cores: 2) == 200)
      #expect(merged.value("read.l2", cores: 1) == 5)
      #expect(merged.limits.count == 3)
      #expect(merged.time == "2026-01-02T00:00:00Z")
    }
  }

  @Test("a core count without a limit of its own has what its neighbours allow at most")
  func bounds() {
    let limits = limits([("peak.f32", 1, 100), ("peak.f32", 8, 700)], "")
    #expect(limits.value("peak.f32", cores: 4) == 400)
    #expect(limits.value("peak.f32", cores: 7) == 700)
    #expect(limits.value("peak.f32", cores: 16) == 1400)
    #expect(limits.value("peak.f64", cores: 1) == nil)
  }
}
