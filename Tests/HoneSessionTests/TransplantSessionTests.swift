// TransplantSessionTests.swift: another host's configurations, measured here: honest verdicts, records that stand, refusals that are kept.

import Hone
import HoneCore
import HoneDatabase
import HoneTesting
import Testing

@Suite("Transplants")
struct TransplantSessionTests {
  /// The default takes 100 µs, kc 256 takes 50, kc 512 takes 25; a second variant computes wrongly, a third fails.
  static let variants: [SimulatedBackend.Variant] = {
    let depths = [Parameter("kc", [.int(128), .int(256), .int(512)])]
    let seconds: @Sendable (Configuration) -> Double = {
      1e-4 * 128 / Double($0.int("kc", default: 128))
    }
    return [
      .init("right", parameters: depths, seconds: seconds),
      .init("wrong", .wrong, seconds: seconds),
      .init("failing", .failing, seconds: seconds),
    ]
  }()

  static func transplant(_ variant: String, kc: Int?, backend: String = "simulated") -> Transplant {
    Transplant(
      problem: Problem(operation: "gemm", types: "f32", shape: ["m": 3, "n": 4, "k": 5]),
      policy: MeasurementPolicy(), cores: 2,
      configuration: Configuration(
        backend: backend, variant: variant, parameters: kc.map { ["kc": .int($0)] } ?? [:]))
  }

  @Test("a foreign configuration meets the default here; a winner is served from then on")
  func winner() throws {
    let bench = try SessionBench(variants: Self.variants)
    let first = try bench.transplant([Self.transplant("right", kc: 256)])
    #expect(first[0].againstOwn?.verdict == .faster && first[0].note.isEmpty)
    #expect(abs((first[0].seconds ?? 0) - 5e-5) < 1e-7)
    let best = try #require(try bench.database()[bench.hardwareClass]?.best.first)
    #expect(best.configuration["kc"]?.int == 256)
    // The next one meets what is served now.
    let second = try bench.transplant([Self.transplant("right", kc: 512)])
    let versus = try #require(second[0].againstOwn)
    #expect(versus.role == "own" && abs(versus.speedup - 2) < 0.01)
    #expect(try bench.database().validate().allSatisfy { $0.severity != .error })
  }

  @Test("a loser is recorded, and what is served stays")
  func loser() throws {
    let bench = try SessionBench(variants: Self.variants)
    _ = try bench.transplant([Self.transplant("right", kc: 512)])
    let outcome = try bench.transplant([Self.transplant("right", kc: 256)])[0]
    #expect(outcome.againstOwn?.verdict == .slower)
    let best = try #require(try bench.database()[bench.hardwareClass]?.best.first)
    #expect(best.configuration["kc"]?.int == 512)
    #expect(try bench.records().contains { $0.configuration["kc"]?.int == 256 })
  }

  @Test("what is wrong, fails or is not there here is said and recorded, and never timed")
  func refusals() throws {
    let bench = try SessionBench(variants: Self.variants)
    let outcomes = try bench.transplant([
      Self.transplant("wrong", kc: nil), Self.transplant("failing", kc: nil),
      Self.transplant("right", kc: 256, backend: "elsewhere"), Self.transplant("right", kc: 128),
    ])
    #expect(outcomes[0].note.contains("wrongly") && outcomes[1].note.contains("simulated failure"))
    #expect(outcomes[2].note.contains("no back end 'elsewhere'"))
    #expect(outcomes[3].note == "it is what runs here anyway")
    #expect(outcomes.allSatisfy { $0.seconds == nil })
    let kinds = Set(try bench.records().map(\.outcome))
    #expect(kinds == [.wrong, .failed, .unsupported])
  }

  @Test("more threads than cores become as many as there are cores")
  func threads() throws {
    var transplant = Self.transplant("right", kc: 256)
    transplant.configuration.parameters["threads"] = 64
    let bench = try SessionBench(variants: Self.variants)
    let outcome = try bench.transplant([transplant])[0]
    #expect(outcome.configuration["threads"]?.int == 2)
  }
}
