// SanitizerTests.swift: libhone_blas, its caller and a double of libhone, all built with a sanitizer.

import Foundation
import Testing

@Suite("libhone_blas under sanitizers")
struct SanitizerTests {
  struct Sanitizer: CustomTestStringConvertible, Sendable {
    var name: String
    var commands: [String]
    var testDescription: String { name }
  }

  /// ThreadSanitizer knows no threads after a fork.
  static let all = [
    Sanitizer(name: "address,undefined", commands: ["check", "threads", "fork", "xerbla"]),
    Sanitizer(name: "thread", commands: ["check", "threads"]),
  ]

  static func works(_ sanitizer: String) -> Bool {
    guard BLASBench.missing == nil, let scratch = try? Scratch() else { return false }
    let source = scratch.path("main.c")
    guard
      (try? "int main(void) { return 0; }".write(toFile: source, atomically: true, encoding: .utf8))
        != nil
    else { return false }
    let built = try? Program.compiler?.run([
      "-fsanitize=\(sanitizer)", "-o", scratch.path("main"), source,
    ])
    return built?.code == 0 && (try? Program(scratch.path("main")).run([]).code) == 0
  }

  @Test(
    "no finding with many threads, forks, wrong arguments and a recording",
    .enabled(if: works("address,undefined") && works("thread"), "cc has no sanitizers here"),
    arguments: all)
  func clean(sanitizer: Sanitizer) throws {
    let scratch = try Scratch()
    try build(sanitizer, scratch)
    for command in sanitizer.commands {
      let environment = [
        "HONE_DB": BLASBench.database, "HONE_LIBRARY": scratch.path("libhone.so.0"),
        "HONE_RECORD": scratch.path("\(command).json"), "LD_LIBRARY_PATH": scratch.folder.path,
      ]
      let result = try Program(scratch.path("driver")).run(
        [command] + BLASTests.depths, environment)
      #expect(result.code == 0, "\(command): \(result.errors.prefix(4000))")
    }
  }

  private func build(_ sanitizer: Sanitizer, _ scratch: Scratch) throws {
    let compiler = try #require(Program.compiler)
    let flags =
      BLASBench.warnings + BLASBench.includes
      + ["-fPIC", "-fsanitize=\(sanitizer.name)", "-fno-sanitize-recover=all"]
    let sources = ["CHoneBLAS", "CHoneBLAS/Preload"].flatMap { folder in
      let names =
        (try? FileManager.default.contentsOfDirectory(atPath: Build.source("CShims/\(folder)")))
        ?? []
      return names.filter { $0.hasSuffix(".c") }.map { "CShims/\(folder)/\($0)" }
    }
    let steps = [
      ["-shared", "-o", scratch.path("libhone.so.0"), "\(BLASBench.fixtures)/libhone-double.c"],
      ["-shared", "-I", "CShims/CHoneBLAS", "-o", scratch.path("libhone_blas.so")] + sources,
      ["-o", scratch.path("driver"), "\(BLASBench.fixtures)/blas-driver.c"]
        + [scratch.path("libhone_blas.so"), "-lblas", "-lm", "-lpthread"],
    ]
    for step in steps {
      let result = try compiler.run(flags + step)
      try #require(result.code == 0, "\(result.errors)")
    }
  }
}
