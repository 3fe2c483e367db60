// RooflineTests.swift: which limit binds a problem, and how near to it a time is.

import HoneCore
import Testing

@testable import HoneReport

@Suite("Roofline")
struct RooflineTests {
  static let roofline = Roofline(limits: Sample.limits, lastLevelBytes: 1 << 20)

  static func share(
    _ cost: Cost, constant: Double = 0, types: String = "f32", cores: Int = 1,
    operands: MeasurementPolicy.Operands = .warm, seconds: Double = 1
  ) -> LimitShare? {
    roofline.share(
      ofLimit: cost, constantBytes: constant, types: types, cores: cores,
      policy: MeasurementPolicy(operands: operands), seconds: seconds)
  }

  @Test("much arithmetic on few bytes is bound by the peak of as many cores")
  func computeBound() {
    let cost = Cost(flops: 40e9, bytes: 1000)
    #expect(Self.share(cost) == LimitShare(share: 0.5, bound: "compute"))
    #expect(Self.share(cost, cores: 2)?.share == 40 / 158.0)
    #expect(Self.share(cost, cores: 64)?.share == 40 / (158.0 * 32))
    #expect(Self.share(cost, seconds: 2)?.share == 0.25)
  }

  @Test("arithmetic is held to the peak of the precision that its types begin with, the longest")
  func precisions() {
    let cost = Cost(flops: 40e9, bytes: 1000)
    #expect(Self.share(cost, types: "f32bf16") == LimitShare(share: 0.5, bound: "compute"))
    #expect(Self.share(cost, types: "u8s8")?.bound != "compute")
    var limits = Sample.limits
    limits.limits.append(Sample.limit("peak.f32bf16", 1, "flop/s", 160e9))
    let roofline = Roofline(limits: limits, lastLevelBytes: 1 << 20)
    let share = roofline.share(
      ofLimit: cost, constantBytes: 0, types: "f32bf16", cores: 1, policy: MeasurementPolicy(),
      seconds: 1)
    #expect(share == LimitShare(share: 0.25, bound: "compute"))
  }

  @Test("warm operands that fit the last-level cache are held to the L2, others to the memory")
  func warmOperands() {
    let fits = Self.share(Cost(flops: 1, bytes: 6e5), seconds: 1e-5)
    #expect(fits == LimitShare(share: 1, bound: "L2"))
    let spills = Self.share(Cost(flops: 1, bytes: 5e9))
    #expect(spills == LimitShare(share: 0.5, bound: "memory"))
  }

  @Test("of cold operands only the constant bytes must come from memory")
  func coldOperands() {
    let cost = Cost(flops: 1, bytes: 8e9)
    #expect(Self.share(cost, constant: 5_000_000_000, operands: .cold)?.share == 0.5)
    #expect(Self.share(cost, constant: .infinity, operands: .cold)?.share == 0.8)
  }

  @Test(
    "scattered rows are held to the gather rate of the shortest measured row that is not shorter")
  func gatheredRows() {
    let cost = Cost(flops: 1, bytes: 4e9, gatheredBytes: 4e9, gatheredRowBytes: 200)
    let share = Self.share(cost, constant: .infinity, operands: .cold)
    #expect(share?.bound == "gather" && abs((share?.share ?? 0) - 4.0 / 6) < 1e-12)
    let long = Cost(flops: 1, bytes: 4e9, gatheredBytes: 4e9, gatheredRowBytes: 4096)
    #expect(Self.share(long, constant: .infinity, operands: .cold)?.share == 0.4)
  }

  @Test("nothing is claimed without a limit or a time")
  func nothingToSay() {
    #expect(Self.share(Cost(flops: 1, bytes: 0), seconds: 0) == nil)
    let bare = Roofline(limits: HostLimits(limits: [], time: ""), lastLevelBytes: nil)
    let share = bare.share(
      ofLimit: Cost(flops: 1, bytes: 1), constantBytes: 1, types: "f32", cores: 1,
      policy: MeasurementPolicy(), seconds: 1)
    #expect(share == nil)
  }
}
