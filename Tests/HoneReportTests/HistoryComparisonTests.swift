// HistoryComparisonTests.swift: is a regression called one, and nothing else? On generated sessions whose truth is known.

import Foundation
import HoneCore
import HoneTesting
import Testing

@testable import HoneReport

@Suite("Comparing two sides")
struct HistoryComparisonTests {
  /// A machine with 10 % noise whose speed wanders during a session and differs between sessions.
  static let host: SyntheticHost = {
    var host = SyntheticHost(index: 0)
    host.noise = 0.1
    host.drift = 0.02
    return host
  }()

  static func side(
    _ problems: Int, seed: UInt64, name: String, slowdown: Double = 1, regression: Double = 1,
    time: String = "2026-01-01T00:00:00Z", samples: Int = 24, host: SyntheticHost = host
  ) -> HistorySide {
    let records = host.records(
      SyntheticSession(
        problems: SyntheticProblems.gemm(problems), screened: 0, samples: samples, name: name,
        time: time, seed: seed, slowdown: slowdown, regression: regression))
    return HistorySide(
      hardwareClass: host.hardwareClass, served: records.filter(\.served), finals: records)
  }

  static func changes(regression: Double, slowdown: Double, seed: UInt64) -> [HistoryChange] {
    HistoryComparison(
      old: [side(1000, seed: seed, name: "a")],
      new: [
        side(1000, seed: seed + 1, name: "b", slowdown: slowdown, regression: regression)
      ]
    ).changes
  }

  @Test(
    "95 % intervals hold the true change in 93 to 97 % of 1000 pairs, although the host drifts",
    arguments: [(1.0, 1.25, 3), (1.1, 0.8, 5), (0.9, 1.0, 8)])
  func coverage(regression: Double, slowdown: Double, seed: Int) {
    let changes = Self.changes(regression: regression, slowdown: slowdown, seed: UInt64(seed))
    let covered = changes.count { $0.speedup?.interval.contains(1 / regression) == true }
    let share = Double(covered) / Double(changes.count)
    print("coverage of changes by \(regression) with the host at \(slowdown): \(share)")
    #expect(changes.count == 1000 && (0.93...0.97).contains(share))
  }

  @Test("at most 5 of 100 A/A pairs are called slower, although the host was 25 % slower")
  func falseRegressions() {
    let changes = Self.changes(regression: 1, slowdown: 1.25, seed: 21)
    let alone = changes.count { change in
      var change = change
      change.judge(verdicts: 1)
      return change.judgement == .slower
    }
    print("false regressions, judged one by one: \(alone) of 1000")
    #expect(alone <= 50)
    #expect(changes.count { $0.judgement == .slower } <= 1)
  }

  @Test("at most 5 of 100 A/A databases of 20 problems have any regression")
  func falseAlarms() {
    let alarms = (0..<100).count { index in
      let comparison = HistoryComparison(
        old: [Self.side(20, seed: UInt64(1000 + 2 * index), name: "a")],
        new: [Self.side(20, seed: UInt64(1001 + 2 * index), name: "b", slowdown: 1.1)])
      return !comparison.regressions.isEmpty
    }
    print("A/A databases with a false regression: \(alarms) of 100")
    #expect(alarms <= 5)
  }

  @Test("a regression of 30 % is found in nearly every problem, and the gate obeys its limit")
  func findsRegressions() {
    let comparison = HistoryComparison(
      old: [Self.side(20, seed: 1, name: "a", samples: 48)],
      new: [Self.side(20, seed: 2, name: "b", slowdown: 0.9, regression: 1.3, samples: 48)])
    #expect(comparison.regressions.count >= 18)
    guard case .slower(let found) = comparison.answer(failAbove: 0.03) else {
      Issue.record("30 % slower passed the gate")
      return
    }
    #expect(found.count == comparison.regressions.count)
    guard case .nothingSlower = comparison.answer(failAbove: 0.8) else {
      Issue.record("a regression below the limit failed the gate")
      return
    }
  }

  /// What is left of a side without the records for which `isKept` is false.
  static func keeping(_ side: HistorySide, _ isKept: (Record) -> Bool) -> HistorySide {
    HistorySide(
      hardwareClass: side.hardwareClass, served: side.served, finals: side.finals.filter(isKept))
  }

  @Test("a problem without a control is judged by the controls of the others, or not at all")
  func withoutControls() {
    let (old, new) = (
      Self.side(12, seed: 1, name: "a"), Self.side(12, seed: 2, name: "b", slowdown: 1.5)
    )
    let first = old.served[0].problem
    let some = HistoryComparison(
      old: [Self.keeping(old) { $0.served || $0.problem != first }], new: [new])
    #expect(some.changes[0].correction == .host && some.changes[0].judgement == .tie)
    let none = HistoryComparison(old: [Self.keeping(old) { $0.served }], new: [new])
    #expect(none.judged.isEmpty && none.changes.allSatisfy { $0.reason.contains("drift") })
    guard case .notComparable(let error) = none.answer(failAbove: 0) else {
      Issue.record("nothing to go by, and yet an answer")
      return
    }
    #expect(error.code == .notComparable)
  }

  @Test("of several finals of one session, the control is of the winner's own")
  func severalFinals() {
    // An earlier final of the same session, when the host was three times as slow.
    let early = Self.side(3, seed: 7, name: "b", slowdown: 3)
    var new = Self.side(3, seed: 2, name: "b")
    new.finals = early.finals + new.finals
    let comparison = HistoryComparison(old: [Self.side(3, seed: 1, name: "a")], new: [new])
    for change in comparison.changes {
      #expect(change.correction == .control)
      #expect((0.55...1.8).contains(change.drift?.ratio ?? 0))
    }
  }

  @Test("a control whose library changed is none")
  func changedLibrary() {
    let old = Self.side(3, seed: 1, name: "a")
    var new = Self.side(3, seed: 2, name: "b")
    for index in new.finals.indices {
      new.finals[index].provenance.libraries["kernels-x86v3"] = "other"
    }
    for index in new.served.indices {
      new.served[index].provenance.libraries["kernels-x86v3"] = "other"
    }
    let comparison = HistoryComparison(old: [old], new: [new])
    #expect(comparison.changes.allSatisfy { $0.control?.backend == "openblas" })
    let text = comparison.report(old: "a", new: "b").rendered(as: TextRenderer.self)
    #expect(text.contains("kernels-x86v3 synthetic → other"))
  }

  @Test("too few samples and nothing in common are said, not guessed")
  func tooLittle() {
    let few = HistoryComparison(
      old: [Self.side(3, seed: 1, name: "a", samples: 5)],
      new: [Self.side(3, seed: 2, name: "b", samples: 5)])
    #expect(few.changes.allSatisfy { $0.reason.contains("too few samples (5 of 6)") })
    let apart = HistoryComparison(
      old: [Self.side(3, seed: 1, name: "a")],
      new: [Self.side(3, seed: 1, name: "b", host: SyntheticHost(index: 1))])
    guard case .notComparable(let error) = apart.answer(failAbove: 0) else {
      Issue.record("different hosts were compared")
      return
    }
    #expect(error.message.contains("nothing in common"))
  }

  @Test(
    "times themselves are judged with several sessions a side only, and then find a slower host")
  func absolute() {
    func sides(_ names: [String], _ slowdown: Double, _ first: UInt64) -> HistorySide {
      let all = names.enumerated().map { index, name in
        Self.side(
          6, seed: first + UInt64(index), name: name, slowdown: slowdown,
          time: "2026-01-0\(index + 1)T00:00:00Z", samples: 48)
      }
      return HistorySide(
        hardwareClass: Self.host.hardwareClass, served: all[all.count - 1].served,
        finals: all.flatMap(\.finals))
    }
    let one = HistoryComparison(
      old: [sides(["a"], 1, 1)], new: [sides(["b"], 1.5, 9)], absolute: true)
    #expect(one.judged.isEmpty && one.changes[0].reason.contains("one session a side"))
    let several = HistoryComparison(
      old: [sides(["a", "b", "c"], 1, 1)], new: [sides(["d", "e", "f"], 1.8, 9)], absolute: true)
    #expect(several.regressions.count >= 5)
    let same = HistoryComparison(
      old: [sides(["a", "b", "c"], 1, 1)], new: [sides(["d", "e", "f"], 1, 19)], absolute: true)
    #expect(same.regressions.isEmpty && same.judged.count == 6)
  }

  @Test("contested and stale results are listed")
  func lists() {
    var old = Self.side(3, seed: 1, name: "a")
    var rival = old.served[0]
    rival.configuration.parameters["kc"] = 64
    rival.measurement?.median *= 2
    rival.provenance.session = "z"
    old.finals.append(rival)
    var new = Self.side(3, seed: 2, name: "b")
    new.served[1].provenance.libraries["openblas"] = "0.2"
    new.served[1].provenance.time = "2025-01-01T00:00:00Z"
    let comparison = HistoryComparison(old: [old], new: [new])
    #expect(comparison.contested.count == 1 && comparison.contested[0].contains("2 configurations"))
    #expect(
      comparison.stale.count == 1 && comparison.stale[0].contains("openblas 0.2 instead of 0.3.21"))
    let names = comparison.report(old: "a", new: "b").bodies.map(\.name)
    #expect(names == ["results", "totals", "hosts", "contested", "stale"])
  }

  @Test("a selector takes days, sessions and versions of libraries")
  func selectors() {
    let record = Self.side(1, seed: 1, name: "session-9").served[0]
    for text in ["", "2026-01", "session-9", "sess", "openblas=0.3.21"] {
      #expect(HistorySelector(text).accepts(record), "\(text)")
    }
    for text in ["2025", "session-8", "openblas=0.3.2", "blis=1"] {
      #expect(!HistorySelector(text).accepts(record), "\(text)")
    }
  }
}
