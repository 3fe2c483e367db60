// ReuseLawTests.swift: the laws of reuse draw what they say, and come near the published statistics.

import FoundationEssentials
import HoneCore
import Testing

@testable import HoneOperations

@Suite("Laws of reuse")
struct ReuseLawTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../shared/data/traces").standardizedFileURL

  static func file(_ name: String) -> String? {
    let year = name.suffix(4)
    let path = folder.appending(path: "dlrm_datasets_\(year)_locality_stats.txt").path
    return try? String(contentsOfFile: path, encoding: .utf8)
  }

  private func stream(_ name: String, rows: Int, count: Int) -> [Int] {
    var drawn = IndexDistribution(rows: rows, named: name, seed: 3)
    return (0..<count).map { _ in drawn.next() }
  }

  @Test(
    "every law stays in the table, whatever its size, and repeats itself", arguments: ReuseLaw.names
  )
  func staysInside(_ name: String) {
    for rows in [1, 2, 17, 5000, 3_000_000] {
      let drawn = stream(name, rows: rows, count: 500)
      #expect(drawn.allSatisfy { (0..<rows).contains($0) })
      #expect(drawn == stream(name, rows: rows, count: 500))
    }
  }

  @Test("a stream counts as its uses say")
  func counting() {
    #expect(ReuseLaw.shares(of: [7, 8, 8, 9, 9, 9, 9, 1]) == [0.25, 0.25, 0.5])
    #expect(ReuseLaw.shares(of: []) == [])
  }

  @Test(
    "a distance is symmetric, 0 to itself, at most 1, and large where caches tell the laws apart")
  func distances() {
    let names = ["uniform", "zipf"] + ReuseLaw.names + ["reuse:1000:1000", "reuse:500000:10.990"]
    for rows in [1, 100, 50_000, 40_000_000] {
      let laws = names.map { IndexLaw(named: $0, rows: rows) }
      for (one, other) in laws.flatMap({ one in laws.map { (one, $0) } }) {
        let distance = one.distance(to: other)
        #expect(distance == other.distance(to: one) && (0...1).contains(distance))
      }
      #expect(laws.allSatisfy { $0.distance(to: $0) == 0 })
    }
    let law = { IndexLaw(named: $0, rows: 4_000_000) }
    #expect(law("uniform").distance(to: law("reuse2021")) > 0.5)
    #expect(law("reuse2022").distance(to: law("reuse2021")) < 0.1)
  }

  @Test(
    "the popularity of a law is what a drawn stream shows",
    arguments: ["uniform", "zipf", "reuse2021", "reuse:60000:10.200.0.0.90.700"])
  func popularity(_ name: String) {
    let (rows, count) = (3000, 200_000)
    let law = IndexLaw(named: name, rows: rows)
    var uses: [Int: Int] = [:]
    for row in stream(name, rows: rows, count: count) { uses[row, default: 0] += 1 }
    let sorted = uses.values.sorted(by: >)
    for cached in [1, 8, 64, 512, 2048] {
      let seen = Double(sorted.prefix(cached).reduce(0, +)) / Double(count)
      // Chance makes some rows of a uniform stream more popular than others.
      #expect(abs(law.popularity(Double(cached)) - seen) < 0.06, "\(name) \(cached) \(seen)")
    }
    #expect(law.popularity(Double(rows)) > 0.999)
  }

  @Test(
    "a law drawn at the size of the traffic has the published histogram to a sixth of the look-ups",
    .enabled(if: file("reuse2021") != nil, "the published statistics are not here"),
    arguments: zip(["reuse2021", "reuse2022"], [1_040_000, 1_780_000]))
  func published(name: String, count: Int) throws {
    let text = try #require(Self.file(name))
    let part = try #require(
      text.components(separatedBy: "Ratio of index distribution").dropFirst().first)
    let published = part.split(separator: "\n").dropFirst().prefix(17).compactMap {
      Double($0.split(separator: " ").last ?? "")
    }
    try #require(published.count == 17)
    let drawn = ReuseLaw.shares(of: stream(name, rows: 4_000_000, count: count))
    let distance = zip(published, drawn + [0, 0]).reduce(0) { $0 + abs($1.0 - $1.1) } / 2
    #expect(distance < 1.0 / 6, "\(distance) \(drawn)")
  }
}
