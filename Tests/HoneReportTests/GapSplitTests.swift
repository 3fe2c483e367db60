// GapSplitTests.swift: do the parts of a gap multiply up to it, and does each part get what it alone explains?

import Foundation
import HoneCore
import Testing

@testable import HoneReport

@Suite("Why one host is faster")
struct GapSplitTests {
  static func model(_ index: Int) throws -> MachineModel {
    let host = SampleFleet.hosts[index]
    return try #require(MachineModel(host, types: "f32", cores: SampleFleet.specs[index].cores))
  }

  static func record(_ problem: Problem, _ operands: MeasurementPolicy.Operands) -> Record {
    Sample.record(problem, Sample.tuned, seconds: 1e-3, operands: operands)
  }

  @Test("the parts multiply up to the ratio of the limits", arguments: [0, 1, 2])
  func partsMultiply(other: Int) throws {
    let split = GapSplit(base: try Self.model(0), other: try Self.model(other), types: "f32")
    for (problem, operands) in [
      (Sample.small, MeasurementPolicy.Operands.warm), (Sample.skinny, .cold),
      (Sample.skinny, .warm),
      (SampleFleet.tall, .warm),
    ] {
      let factors = try #require(split.factors(of: Self.record(problem, operands)))
      let product = factors.parts.reduce(1, *)
      #expect(abs(product / factors.explained - 1) < 1e-9)
      if other == 0 { #expect(factors.parts.allSatisfy { abs($0 - 1) < 1e-12 }) }
    }
  }

  @Test(
    "one part exchanged explains everything, and the others nothing",
    arguments: MachinePart.allCases)
  func singleParts(part: MachinePart) throws {
    let base = try Self.model(0)
    var donor = base
    (donor.cores, donor.cacheCores) = (4, 4)
    (donor.instructions, donor.coreSpeed) = (32, base.coreSpeed / 3)
    (donor.memory, donor.cacheBytes, donor.cacheSpeed) = (20e9, 1 << 20, 30e9)
    let split = GapSplit(base: base, other: base.taking(part, from: donor), types: "f32")
    for problem in [Sample.small, Sample.skinny, SampleFleet.tall] {
      let factors = try #require(split.factors(of: Self.record(problem, .warm)))
      for other in MachinePart.allCases where other != part {
        #expect(abs(factors.parts[other.rawValue] - 1) < 1e-12, "\(other) in \(problem.key)")
      }
      #expect(abs(factors.parts[part.rawValue] / factors.explained - 1) < 1e-9)
    }
  }

  @Test("arithmetic is split into cores, instructions and speed; memory is memory's alone")
  func meaning() throws {
    let split = GapSplit(base: try Self.model(0), other: try Self.model(1), types: "f32")
    let compute = try #require(split.factors(of: Self.record(Sample.small, .warm)))
    #expect(compute.base.bound == "compute" && abs(compute.explained - 2) < 1e-9)
    #expect(abs(compute.parts[MachinePart.instructions.rawValue] - 2) < 1e-9)
    let memory = try #require(split.factors(of: Self.record(Sample.skinny, .cold)))
    #expect(memory.other.bound == "memory" && abs(memory.explained - 1.25) < 1e-9)
    #expect(abs(memory.parts[MachinePart.memory.rawValue] - 1.25) < 1e-9)
  }

  @Test("a cache that holds the problem explains what it saves")
  func cacheSize() throws {
    // 67 MB of weights: 80 MB hold them, 32 MB do not.
    var large = try Self.model(0)
    large.cacheBytes = 80 << 20
    let split = GapSplit(base: try Self.model(0), other: large, types: "f32")
    let factors = try #require(split.factors(of: Self.record(Sample.skinny, .warm)))
    #expect(factors.base.bound == "memory" && factors.other.bound == "L2")
    #expect(abs(factors.parts[MachinePart.cacheSize.rawValue] - 6) < 1e-9)
  }

  @Test("a host whose limits are unknown is not explained")
  func unknownLimits() throws {
    var host = SampleFleet.hosts[1]
    host.subject.limits = nil
    #expect(MachineModel(host, types: "f32", cores: 8) == nil)
    let grid = try SampleFleet.grid(hosts: [SampleFleet.hosts[0], host])
    let blocks = WhySection.body(of: grid)?.tables ?? []
    #expect(blocks.isEmpty)
  }

  @Test("the section shows ratio, parts and remainder, and says which ISA who lacks")
  func section() throws {
    let report = Report(of: try SampleFleet.grid(), sections: [WhySection.self])
    try GoldenFile.check(report.rendered(as: TextRenderer.self), "why.txt")
    let text = report.rendered(as: TextRenderer.self)
    #expect(text.contains("north-8c has x86v3, south-8c x86v4."))
  }
}
