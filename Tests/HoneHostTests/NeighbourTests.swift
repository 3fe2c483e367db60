// NeighbourTests.swift: where a neighbour runs, what it is told, what it says it held, and that it ends with its owner.

import Glibc
import HoneCore
import Testing

@testable import HoneHost

@Suite("neighbours", .serialized)
struct NeighbourTests {
  @Test("a neighbour takes processors that no placement gives to the measured threads")
  func places() {
    var host = HostFacts(
      cores: 4, placements: ["compact": [0, 1, 2, 3], "spread": [0, 2, 1, 3]])
    #expect(Neighbour.places(beside: 1, of: host).processors == [1, 2, 3])
    #expect(Neighbour.places(beside: 2, of: host).processors == [3])
    // Every processor may be used by one placement or the other: those that "compact" leaves over.
    host.placements["scatter"] = [3, 0, 1, 2]
    #expect(Neighbour.places(beside: 3, of: host).processors == [3])
    #expect(Neighbour.places(beside: 3, of: host).sharesCores == false)
  }

  @Test("where all processors are measured, it shares them and says so")
  func sharedPlaces() {
    let one = Neighbour.places(beside: 1, of: HostFacts(cores: 1, placements: ["compact": [7]]))
    #expect(one.processors == [7] && one.sharesCores)
    let two = Neighbour.places(beside: 2, of: HostFacts(cores: 2))
    #expect(two.processors == [0, 1] && two.sharesCores)
  }

  private static func counts(_ bytes: Double, busy: Double, time: Double) -> NeighbourCounts {
    NeighbourCounts(bytes: bytes, busySeconds: busy, time: time)
  }

  @Test("the share of bandwidth is what was read of what all processors can read")
  func memoryShare() {
    let calibration = NeighbourCalibration(
      lastLevelBytes: 1 << 20, capacity: 4 << 20, fullRate: 20e9)
    let held = calibration.held(
      CoLoad(.memory, percent: 50), since: Self.counts(1e9, busy: 1, time: 10),
      until: Self.counts(17e9, busy: 2, time: 12))
    #expect(held.share == 0.4 && held.amount == 8e9)
    let idle = calibration.held(
      CoLoad(.memory, percent: 50), since: Self.counts(1, busy: 1, time: 1),
      until: Self.counts(1, busy: 1, time: 3))
    #expect(idle.share == 0 && idle.amount == 0)
  }

  @Test("the share of the cache follows from how long a line took, between hit and miss")
  func cacheShare() {
    let calibration = NeighbourCalibration(
      lastLevelBytes: 32 << 20, capacity: 128 << 20, hitSeconds: 10e-9, missSeconds: 50e-9)
    let load = CoLoad(.cache, percent: 25)
    func share(_ line: Double) -> Double {
      calibration.held(
        load, since: Self.counts(0, busy: 0, time: 0),
        until: Self.counts(64e6, busy: 1e6 * line, time: 1)
      ).share
    }
    #expect(abs(share(10e-9) - 0.25) < 1e-9)
    #expect(abs(share(30e-9) - 0.125) < 1e-9)
    #expect(share(70e-9) == 0)
    #expect(abs(share(5e-9) - 0.25) < 1e-9)
  }

  @Test("without a known cache there is no neighbour, and the error says what to do")
  func unknownCache() {
    let host = HostFacts(cores: 1, l1dBytes: 0, l2Bytes: 0)
    #expect {
      try Neighbour(CoLoad(.cache, percent: 25), beside: 1, of: host)
    } throws: {
      ($0 as? HoneError)?.code == .unavailable
    }
  }

  /// A small cache, so that this takes milliseconds; how much it achieves depends on who else runs here.
  private static var host: HostFacts {
    get throws {
      var facts = try Topology.live().facts
      facts.l3Bytes = 0
      facts.l2Bytes = 1 << 20
      return facts
    }
  }

  @Test("a neighbour reads, reports more than nothing and no more than it was asked for")
  func works() throws {
    let host = try Self.host
    for load in [CoLoad(.memory, percent: 20), CoLoad(.cache, percent: 50)] {
      let neighbour = try Neighbour(load, beside: 1, of: host, seconds: 0.03)
      usleep(60_000)
      let report = neighbour.report
      #expect(report.name == load.name && report.processors == neighbour.processors)
      #expect(report.sharesCores == (host.cores == 1))
      #expect(report.achieved >= 0 && report.achieved < 1.5 * load.share, "\(report)")
      if load.resource == .memory { #expect(report.amount > 0) }
    }
  }

  @Test("its processes end with it")
  func ends() throws {
    var neighbour: Neighbour? = try Neighbour(
      CoLoad(.cache, percent: 10), beside: 1, of: try Self.host, seconds: 0.01)
    let children = neighbour?.processes.map(\.child) ?? []
    #expect(!children.isEmpty && children.allSatisfy { kill($0, 0) == 0 })
    neighbour = nil
    #expect(children.allSatisfy { kill($0, 0) != 0 })
  }
}
