// CHeaderTests.swift: the generated header compiles without a warning as C99 and as C++, and answers as it should.

import Foundation
import HoneCore
import Testing

@testable import HoneFormats

private enum Compiler {
  static let hasC = (try? run(["cc", "--version"]).code) == 0
  static let hasCPlusPlus = (try? run(["c++", "--version"]).code) == 0

  static func run(_ arguments: [String], input: String = "") throws -> (code: Int32, output: String)
  {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    let output = Pipe()
    let feed = Pipe()
    process.standardOutput = output
    process.standardError = output
    process.standardInput = feed
    try process.run()
    // Small enough for the pipe: nobody waits for anybody.
    feed.fileHandleForWriting.write(Data(input.utf8))
    try feed.fileHandleForWriting.close()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }
}

@Suite(.enabled(if: Compiler.hasC, "there is no C compiler"))
final class CHeaderTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "hone-h-\(UUID())")

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Random shapes, some in rows (equal in one extent), so that a split meets equal values.
  private func table(_ generator: inout SeededGenerator) -> ForeignTable {
    var seen: Set<[Int]> = []
    var records: [Record] = []
    while records.count < 60 {
      let shape = [1 << generator.below(12), 1 + generator.below(4096), 64 * generator.below(5)]
      guard seen.insert(shape).inserted else { continue }
      var record = SampleRecord.record(kc: records.count)
      record.problem.shape = ["m": shape[0], "n": shape[1], "k": shape[2], "lda": shape[2]]
      if records.count % 7 == 0 { record.configuration.parameters["placement"] = nil }
      records.append(record)
    }
    return SampleRecord.table(records)
  }

  /// Row of the nearest shape, the first of equals, by looking at all.
  private func nearest(_ rows: [[Int]], _ shape: [Int]) -> Int {
    let distances = rows.map { row in
      zip(row, shape).reduce(0.0) { sum, pair in
        let difference = CHeaderGroup.logarithm(pair.0) - CHeaderGroup.logarithm(pair.1)
        return sum + difference * difference
      }
    }
    let least = distances.min() ?? 0
    return distances.firstIndex { $0 <= least + 1e-9 } ?? 0
  }

  private func program(_ header: String, _ name: String, dimensions: Int) -> String {
    """
    #include <stdio.h>
    #include "\(header)"
    int main(void) {
      long long x[3];
      while (scanf("%lld %lld %lld", &x[0], &x[1], &x[2]) == 3) {
        int exact = -1;
        const \(name) *best = \(name)_find(x[0], x[1], x[2], &exact);
        printf("%lld %d %s %g\\n", best->kc, exact, best->variant, best->seconds);
      }
      return 0;
    }

    """
  }

  @Test(
    "exact rows give themselves, others the nearest, in C and in C++",
    arguments: [("cc", ["-std=c99", "-pedantic"]), ("c++", ["-std=c++11", "-x", "c++"])])
  func answers(compiler: String, flags: [String]) throws {
    try #require(compiler == "cc" || Compiler.hasCPlusPlus)
    var generator = SeededGenerator(seed: 31)
    let table = table(&generator)
    let document = try #require(try CHeader.write(table).first)
    #expect(document.notExpressed.contains { $0.contains("lda") }, "lda follows k in every row")
    try write(document.name, document.text)
    let group = try #require(CHeaderGroup.all(of: table).first)
    try write("main.c", program(document.name, group.identifier, dimensions: 3))
    let binary = folder.appending(path: "main").path
    let built = try Compiler.run(
      [compiler] + flags + ["-O1", "-Wall", "-Wextra", "-Werror"]
        + [folder.appending(path: "main.c").path, "-o", binary])
    try #require(built.code == 0, "\(built.output)")
    let rows = group.rows.map { group.extents($0) }
    let questions =
      rows
      + (0..<300).map { _ in
        [generator.below(5000), generator.below(5000), generator.below(400)]
      }
    let input = questions.map { $0.map(String.init).joined(separator: " ") + "\n" }.joined()
    let answers = try Compiler.run([binary], input: input).output.split(separator: "\n")
    #expect(answers.count == questions.count)
    for (question, answer) in zip(questions, answers) {
      let row = nearest(rows, question)
      let kc = group.rows[row].configuration["kc"]?.int ?? -1
      let isExact = rows[row] == question ? 1 : 0
      #expect(answer == "\(kc) \(isExact) gemm.f32.packed.6x16@x86v3 0.001", "\(question)")
    }
  }

  private func write(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: folder.appending(path: name))
  }

  @Test("any word may be in a table: identifiers, literals and comments stay sound")
  func strangeWords() throws {
    var record = SampleRecord.record()
    record.problem.attributes["mask"] = "*/ \"??/\n\\ ä"
    record.configuration.parameters = ["int": 1, "a-b": "x\"y\\z??/\n", "a_b": 2, "1st": 3]
    let document = try #require(try CHeader.write(SampleRecord.table([record])).first)
    try write("strange.h", document.text)
    try write("main.c", "#include \"strange.h\"\nint main(void) { return 0; }\n")
    let built = try Compiler.run(
      ["cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]
        + [folder.appending(path: "main.c").path])
    #expect(built.code == 0, "\(built.output)")
  }

  @Test("a tree over equal points, one point, many points in a line")
  func trees() {
    #expect(ShapeTree([[1, 2]]).nodes.count == 1)
    #expect(ShapeTree([[1, 2], [1, 2]]).nodes.count == 1)
    let line = ShapeTree((0..<33).map { [Double($0 / 3), 1] })
    #expect(line.nodes.allSatisfy { $0.axis <= 0 })
    #expect(Set(line.nodes.filter { $0.axis < 0 }.map(\.row)).count == 11)
  }
}
