// DriftCheckTests.swift: `hone doctor --drift` on simulated machines whose times changed since they were tuned.

import Hone
import HoneCore
import HoneDatabase
import HoneTesting
import Testing

@Suite("Drift")
struct DriftCheckTests {
  /// Microseconds of the default (kc=128) and of the other configuration (kc=256).
  private static func variants(_ byDefault: Double, _ other: Double, named name: String = "blocked")
    -> [SimulatedBackend.Variant]
  {
    [
      .init(name, parameters: [Parameter("kc", [.int(128), .int(256)])]) {
        1e-6 * ($0.int("kc", default: 128) == 128 ? byDefault : other)
      }
    ]
  }

  /// Tunes where kc=256 takes half the default's time, then checks where times are these.
  private static func drift(
    _ byDefault: Double, _ other: Double, named name: String = "blocked", version: String = "1"
  ) throws -> DriftRow {
    let folder = SessionBench.temporaryFolder()
    defer { SessionBench.remove(folder) }
    let before = try SessionBench(variants: variants(100, 50), folder: folder)
    _ = try before.tune()
    let after = try SessionBench(
      version: version, variants: variants(byDefault, other, named: name), folder: folder)
    let rows = try after.drift()
    #expect(rows.count == 1)
    return try #require(rows.first)
  }

  @Test("a row that is as much faster than the default as it was holds, also on a slower day")
  func holds() throws {
    let same = try Self.drift(100, 50)
    #expect(same.verdict == .holds && same.reasons.isEmpty)
    #expect(abs((same.speedupNow ?? 0) - 2) < 0.05)
    let slower = try Self.drift(200, 100)
    #expect(slower.verdict == .holds)
    #expect(abs((slower.now ?? 0) - 1e-4) < 1e-6)
  }

  @Test("a row that no longer beats the default is lost, whether it ties or loses")
  func lost() throws {
    #expect(try Self.drift(100, 100).verdict == .lost)
    #expect(try Self.drift(100, 130).verdict == .lost)
  }

  @Test("a row that still wins, by another factor, has moved")
  func moved() throws {
    #expect(try Self.drift(100, 25).verdict == .moved)
    #expect(try Self.drift(100, 80).verdict == .moved)
  }

  @Test("a configuration that is no longer here is unusable, with the reason")
  func unusable() throws {
    let row = try Self.drift(100, 50, named: "renamed")
    #expect(row.verdict == .unusable && row.now == nil)
    #expect(!row.reasons.isEmpty)
  }

  @Test("a library of another version is named, and the row is judged all the same")
  func changedLibrary() throws {
    let row = try Self.drift(100, 50, version: "2")
    #expect(row.verdict == .holds)
    #expect(row.reasons == ["simulated: 1 then, 2 now"])
  }

  @Test("without rows for this machine it says so; with many the longest come first")
  func choice() throws {
    let bench = try SessionBench(variants: Self.variants(100, 50))
    _ = try bench.tune([.init(SessionBench.problem(3)), .init(SessionBench.problem(4))])
    #expect(try bench.drift(rows: 1).count == 1)
    let stranger = try SessionBench(variants: Self.variants(100, 50))
    #expect(throws: HoneError.self) { try stranger.drift() }
  }
}
