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
    #expect(ReuseLaw.distance([0.5, 0.5], [0.5, 0, 0.5]) == 0.5)
  }

  @Test("uniform and zipf are far from the law of reuse, which is near itself")
  func distances() {
    let shares = { (name: String) in
      ReuseLaw.shares(of: stream(name, rows: 2_000_000, count: 1_000_000))
    }
    let reuse = shares("reuse2021")
    #expect(ReuseLaw.distance(reuse, shares("uniform")) > 0.5)
    #expect(ReuseLaw.distance(reuse, shares("zipf")) < 0.5)
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
    let distance = ReuseLaw.distance(published, drawn)
    #expect(distance < 1.0 / 6, "\(distance) \(drawn)")
  }
}
