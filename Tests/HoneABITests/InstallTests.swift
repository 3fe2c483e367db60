// InstallTests.swift: what `make install` puts in place can be used with pkg-config, and the article's program is true.

import Foundation
import Testing

@Suite("libhone installed", .enabled(if: Repository.hasCompilers, "needs cc and c++"))
struct InstallTests {
  private static let hasTools =
    Repository.tool("make") != nil && Repository.tool("pkg-config") != nil
    && FileManager.default.isExecutableFile(atPath: "\(Repository.products)/hone")

  /// The first C block of the article.
  private static func example() throws -> String {
    let article = try Repository.text("Sources/Hone/Hone.docc/CLibrary.md")
    let parts = article.split(separator: "```c\n", maxSplits: 1)
    return String(parts[1].split(separator: "```", maxSplits: 1)[0])
  }

  /// Runs where nothing was tuned.
  private static let untuned = [
    "HONE_DB": "/nowhere", "HOME": "/nowhere", "XDG_DATA_DIRS": "/nowhere",
  ]

  private static func check(_ run: Run) {
    #expect(run.code == 0, "\(run.story)")
    #expect(run.output.contains("grade: default\n") && run.output.contains("\nruns: "))
    #expect(run.output.hasSuffix("c[0][0] = 425\n"), "\(run.story)")
  }

  @Test("the program of the article compiles and does what the article says")
  func article() throws {
    let scratch = Scratch()
    let source = try scratch.write("example.c", try Self.example())
    let program = try LibHone.program(source, into: scratch)
    Self.check(try Run(program, [], environment: Self.untuned, in: scratch.path))
  }

  @Test(
    "libhone, hone.h and hone.pc work from where they were installed",
    .enabled(if: hasTools, "needs make, pkg-config and the built command"))
  func installed() throws {
    let scratch = Scratch()
    let build = "\(scratch.path)/build"
    try FileManager.default.createDirectory(atPath: build, withIntermediateDirectories: true)
    let products = try FileManager.default.contentsOfDirectory(atPath: Repository.products)
    for file in products
    where file == "hone" || (file.hasPrefix("libhone-") && file.hasSuffix(".so")) {
      try FileManager.default.createSymbolicLink(
        atPath: "\(build)/\(file)", withDestinationPath: "\(Repository.products)/\(file)")
    }
    let libraries = try Run(
      "make", ["--no-print-directory", "libhone", "libhone-blas", "BUILD=\(build)"])
    try #require(libraries.code == 0, "\(libraries.story)")
    let prefix = "\(scratch.path)/usr"
    let install = try Run(
      "make",
      ["--no-print-directory", "install-files", "BUILD=\(build)", "PREFIX=\(prefix)", "DESTDIR="])
    try #require(install.code == 0, "\(install.story)")
    let path = ["PKG_CONFIG_PATH": "\(prefix)/lib/pkgconfig"]
    let flags = try Run("pkg-config", ["--cflags", "--libs", "hone"], environment: path)
    try #require(flags.code == 0, "\(flags.story)")
    let version = try Run("pkg-config", ["--modversion", "hone"], environment: path)
    #expect(version.output.split(separator: ".").count == 3, "\(version.story)")
    let source = try scratch.write("example.c", try Self.example())
    let words = flags.output.split(whereSeparator: \.isWhitespace).map(String.init)
    let compile = try Run(
      "cc", ["-std=c99", source, "-o", "\(scratch.path)/example"] + words)
    try #require(compile.code == 0, "\(compile.story)")
    let environment = Self.untuned.merging(["LD_LIBRARY_PATH": "\(prefix)/lib"]) { $1 }
    Self.check(try Run("\(scratch.path)/example", [], environment: environment, in: scratch.path))
  }
}
