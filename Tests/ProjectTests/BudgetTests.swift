// BudgetTests.swift: length is debt: how long functions and files may be.

import Testing

@Suite("Budgets")
struct BudgetTests {
  struct Entry: Sendable {
    var file: String
    var name: String
    var line: Int
    var lines: Int
  }

  static func functions(under folder: String) throws -> [Entry] {
    try Repository.files(under: folder).flatMap { file in
      SwiftSource.functions(in: try Repository.text(file)).map {
        Entry(file: file, name: $0.name, line: $0.firstLine, lines: $0.lines)
      }
    }
  }

  /// A variant is straight-line code that gains nothing from being cut; everything else does.
  @Test(
    "no function is longer than its budget",
    arguments: [
      ("Sources", 60), ("Tests", 60), ("Kernels", 200),
    ])
  func functionsFit(folder: String, budget: Int) throws {
    for entry in try Self.functions(under: folder) {
      #expect(
        entry.lines <= budget,
        "\(entry.file):\(entry.line): \(entry.name) has \(entry.lines) lines; cut it")
    }
  }

  @Test("95 of 100 functions have 30 lines or fewer")
  func nearlyAllFunctionsAreShort() throws {
    let lengths = try Self.functions(under: "Sources").map(\.lines).sorted()
    try #require(!lengths.isEmpty)
    let short = lengths.count { $0 <= 30 }
    print("functions in Sources: \(Self.distribution(lengths))")
    #expect(Double(short) >= 0.95 * Double(lengths.count))
  }

  @Test("no file is longer than 500 lines", arguments: ["Sources", "Tests", "Kernels", "CShims"])
  func filesFit(folder: String) throws {
    let files = Repository.files(under: folder, endingIn: [".swift", ".c", ".h"])
    let lengths = try files.map { (file: $0, lines: try Self.lineCount(of: $0)) }
    print("files in \(folder): \(Self.distribution(lengths.map(\.lines).sorted()))")
    for entry in lengths {
      #expect(entry.lines <= 500, "\(entry.file) has \(entry.lines) lines; split it by topic")
    }
  }

  @Test("every Swift file says in its first line what it is for")
  func filesSayWhatTheyAreFor() throws {
    for folder in ["Sources", "Tests", "Kernels"] {
      for file in Repository.files(under: folder) where try Self.lineCount(of: file) > 3 {
        let name = file.split(separator: "/").last ?? ""
        let first = try Repository.text(file).prefix { $0 != "\n" }
        #expect(first.hasPrefix("// \(name): "), "\(file) begins with: \(first)")
      }
    }
  }

  private static func lineCount(of file: String) throws -> Int {
    try Repository.text(file).split(separator: "\n", omittingEmptySubsequences: false).count - 1
  }

  /// "120, half ≤ 8 lines, 95 % ≤ 27, longest 44" of sorted lengths.
  private static func distribution(_ lengths: [Int]) -> String {
    guard let longest = lengths.last else { return "none" }
    let median = lengths[lengths.count / 2]
    let high = lengths[min(lengths.count - 1, lengths.count * 95 / 100)]
    return "\(lengths.count), half ≤ \(median) lines, 95 % ≤ \(high), longest \(longest)"
  }
}
