// MeasuredReuseTests.swift: a stream of indices becomes a word of a problem, and the word a law.

import HoneCore
import Testing

@testable import HoneOperations

@Suite("Measured reuse")
struct MeasuredReuseTests {
  private func problem(_ distribution: String) throws -> Problem {
    try EmbeddingBagOperation().normalised(
      Problem(
        operation: "embedding-bag", types: "f32",
        shape: ["rows": 50_000, "dim": 16, "bags": 4, "lookups": 40],
        attributes: ["distribution": distribution]))
  }

  @Test("a stream is counted by octaves of use counts, in thousandths that add up")
  func counting() throws {
    let stream = [1, 2, 2, 3, 3, 3] + [Int](repeating: 9, count: 6)
    let reuse = try #require(MeasuredReuse(of: stream))
    #expect(reuse.word == "reuse:12:83.167.250.500")
    #expect(MeasuredReuse(word: reuse.word) == reuse)
    #expect(MeasuredReuse(of: []) == nil)
    #expect(MeasuredReuse(of: (0..<123_456).map { $0 })?.word == "reuse:123000:1000")
  }

  @Test(
    "a word of another form is refused, with the form",
    arguments: [
      "reuse:12", "reuse:12:999", "reuse:12:1000.0", "reuse:012:1000", "reuse:1234:1000",
      "reuse:12:1000.", "reuse:0:1000", "reuse:12:0999.1", "Reuse:12:1000", "reuse:12:-1.1001",
    ])
  func refusals(_ word: String) {
    let error = #expect(throws: HoneError.self) { try problem(word) }
    #expect(error?.advice.contains("reuse:LOOKUPS:SHARES") == true)
  }

  @Test("a stream that a law drew has a word that is near the law, and draws such a stream again")
  func roundTrip() throws {
    for name in ["zipf", "reuse2021"] {
      var drawn = IndexDistribution(rows: 50_000, named: name, seed: 5)
      let reuse = try #require(MeasuredReuse(of: (0..<400_000).map { _ in drawn.next() }))
      #expect(reuse.distance(to: name, rows: 50_000) < 0.1, "\(name) \(reuse.word)")
      var again = IndexDistribution(rows: 50_000, named: reuse.word, seed: 6)
      let second = try #require(MeasuredReuse(of: (0..<400_000).map { _ in again.next() }))
      #expect(second.distance(to: reuse.word, rows: 50_000) < 0.1)
    }
  }

  @Test("records of other data are told by their distance; those of other attributes are strangers")
  func likeness() throws {
    let (uniform, zipf) = (try problem("uniform"), try problem("zipf"))
    let likeness = try #require(Operations.likeness(zipf, uniform))
    #expect(likeness.problem == uniform && likeness.distance > 0.5)
    #expect(likeness.differs.hasPrefix("distribution: zipf instead of uniform, 0."))
    #expect(Operations.likeness(uniform, uniform) == nil)
    var weighted = zipf
    weighted.attributes["weighted"] = "yes"
    #expect(Operations.likeness(weighted, uniform) == nil)
    var larger = zipf
    larger.shape["rows"] = 60_000
    #expect(Operations.likeness(larger, uniform)?.problem["rows"] == 60_000)
  }
}
