// TransferTests.swift: what a host loses with another's configurations: measured, predicted or impossible.

import HoneCore
import Testing

@testable import HoneReport

@Suite("Transfer")
struct TransferTests {
  /// Columns: north, south, east; the last "tuned on" is the default.
  static func matrix() throws -> TransferMatrix { TransferMatrix(try SampleFleet.grid()) }

  @Test("what the host's own records contain is measured")
  func measured() throws {
    // South tried north's best: 0.8 of the default's time where its own takes 1 / 1.5.
    let loss = try #require(try Self.matrix().loss(on: 1, from: 0))
    #expect(abs(loss.loss - 0.2) < 1e-9 && loss.measured == loss.total && loss.total == 3)
  }

  @Test("what cannot run there costs the default, and counts as known")
  func fallback() throws {
    let loss = try #require(try Self.matrix().loss(on: 0, from: 1))
    #expect(abs(loss.loss - 0.5) < 1e-9 && loss.measured == 3)
    let evidence = try Self.matrix().entries[0][1].map(\.loss.evidence)
    #expect(evidence.allSatisfy { $0 == .fallback })
  }

  @Test("what was never tried is predicted from the most similar that was, and marked")
  func predicted() throws {
    // East never tried kc=384; its own 256 is 0.58 doublings away.
    let loss = try #require(try Self.matrix().loss(on: 2, from: 0))
    #expect(loss.loss == 0 && loss.measured == 0 && loss.total == 2)
    let text = Report(of: try SampleFleet.grid(), sections: [TransferSection.self])
      .rendered(as: TextRenderer.self)
    #expect(text.contains("≈ +0 %"))
  }

  @Test("portability is the harmonic mean of efficiencies; own sets lose nothing")
  func portability() throws {
    let matrix = try Self.matrix()
    let north = try #require(matrix.portability(from: 0))
    #expect(abs(north - 3 / (1 + 1.2 + 1)) < 1e-9)
    for host in 0..<3 { #expect(matrix.loss(on: host, from: host)?.loss == 0) }
    let untuned = try #require(matrix.portability(from: 3))
    #expect(abs(untuned - 1 / 1.5) < 1e-9)
  }

  @Test(
    "distances: doublings of parameters, another instruction set counts one, other variants are no neighbours"
  )
  func distances() {
    func configuration(_ variant: String, _ kc: Int) -> Configuration {
      Configuration(backend: "hone", variant: variant, parameters: ["kc": .int(kc)])
    }
    let one = configuration("a@x86v3", 255)
    #expect(TransferModel.distance(one, configuration("a@x86v3", 511)) == 1)
    #expect(TransferModel.distance(one, configuration("a@x86v4", 255)) == 1)
    #expect(TransferModel.distance(one, configuration("b@x86v3", 255)) == nil)
    var words = one
    words.parameters["kc"] = .text("auto")
    #expect(TransferModel.distance(one, words) == nil)
  }

  @Test("the section is as it was found good")
  func golden() throws {
    let report = Report(of: try SampleFleet.grid(), sections: [TransferSection.self])
    try GoldenFile.check(report.rendered(as: TextRenderer.self), "transfer.txt")
  }

  @Test("one host has nobody to transfer from")
  func single() throws {
    let grid = try SampleFleet.grid(hosts: [SampleFleet.hosts[0]])
    #expect(TransferSection.body(of: grid) == nil)
  }
}

@Suite("Scaling")
struct ScalingTests {
  static func curve(_ steps: [(Int, Double)]) -> ScalingSection.Curve {
    ScalingSection.Curve(
      host: 0, title: "t", policy: "warm", steps: steps.map { .init(cores: $0.0, seconds: $0.1) })
  }

  @Test("the knee is the last count before a core brings less than half")
  func knees() {
    #expect(Self.curve([(1, 1), (2, 0.5), (4, 0.25)]).knee == nil)
    #expect(Self.curve([(1, 1), (2, 0.5), (4, 0.4)]).knee == 1)
    #expect(Self.curve([(1, 1), (2, 0.9), (4, 0.8)]).knee == 0)
    #expect(Self.curve([(1, 1), (2, 2)]).knee == 0)
  }

  @Test("speed-up counts from the smallest core count that was measured")
  func speedups() {
    let curve = Self.curve([(2, 1), (4, 0.5), (8, 0.5)])
    #expect(curve.speedup(0) == 2 && curve.speedup(1) == 4 && curve.speedup(2) == 4)
    #expect(curve.efficiency(1) == 1 && curve.efficiency(2) == 0.5)
  }

  @Test("the section is as it was found good, and silent where there is one count only")
  func golden() throws {
    let report = Report(of: try SampleFleet.grid(), sections: [ScalingSection.self])
    try GoldenFile.check(report.rendered(as: TextRenderer.self), "scaling.txt")
    #expect(ScalingSection.body(of: try SampleFleet.grid(filter: "cores:1")) == nil)
  }
}
