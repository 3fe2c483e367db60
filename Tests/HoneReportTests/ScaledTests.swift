// ScaledTests.swift: numbers as people read them.

import HoneReport
import Testing

@Suite("Scaled numbers")
struct ScaledTests {
  @Test(
    "seconds have three significant digits and the unit that fits",
    arguments: [
      (1.0, "1.00 s"), (12.34e-6, "12.3 µs"), (0.5e-9, "0.50 ns"), (123.4e-3, "123 ms"),
      (90.0, "90.0 s"),
      (0.0, "0.00 ns"), (.nan, "–"), (.infinity, "–"),
    ])
  func seconds(value: Double, text: String) {
    #expect(Scaled.seconds(value) == text)
  }

  @Test(
    "rates name their unit",
    arguments: [
      (81.23e9, "flop/s", "81.2 GFLOP/s"), (17e9, "byte/s", "17.0 GB/s"),
      (5.0, "row/s", "5.00 row/s"),
      (2e12, "flop/s", "2.00 TFLOP/s"),
    ])
  func rates(value: Double, unit: String, text: String) {
    #expect(Scaled.rate(value, unit: unit) == text)
  }

  @Test(
    "bytes are binary",
    arguments: [
      (0, "0 B"), (1023, "1023 B"), (32 << 10, "32 KiB"), (3 << 19, "1.5 MiB"), (1 << 40, "1 TiB"),
    ])
  func bytes(value: Int, text: String) {
    #expect(Scaled.bytes(value) == text)
  }

  @Test("ratios, percents and decimals round, keep zeros and survive what is no number")
  func others() {
    #expect(Scaled.ratio(1.005) == "1.00×" || Scaled.ratio(1.005) == "1.01×")
    #expect(Scaled.percent(0.714) == "71 %" && Scaled.percent(.nan) == "–")
    #expect(Scaled.decimals(-1.05, 1) == "-1.1" || Scaled.decimals(-1.05, 1) == "-1.0")
    #expect(Scaled.decimals(-0.001, 2) == "0.00" && Scaled.decimals(3, 0) == "3")
  }
}
