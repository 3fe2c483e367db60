// BLASBench.swift: the C program of the fixtures, built to call a BLAS in each of the ways that libhone_blas takes a call.

import Foundation

/// A folder with the driver, the double of libhone, and links with the names that loaders look for.
struct BLASBench {
  /// How a call gets to libhone_blas.
  enum Way: String, CaseIterable, Sendable {
    case linked, preloaded, alternative
  }

  static let warnings = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-g", "-O1"]
  static let includes = ["-I", "CShims/CHone/include", "-I", "CShims/CHoneBLAS/include"]
  static let fixtures = "Tests/BindingsTests/Fixtures"
  /// The rows of the double.
  static let database = Build.source("\(fixtures)/database")

  /// The programs, built once for all tests beside the products: they stay there.
  private static let programs = Result { try build(in: Build.folder.appending(path: "bindings")) }

  private let programs: URL
  /// For the files of one test.
  let scratch: Scratch

  /// Is there a BLAS to stand before, and a compiler? The reason where not.
  static let missing: String? = {
    guard Program.compiler != nil else { return "no C compiler is installed" }
    guard Program(named: "make") != nil else { return "make is not installed" }
    guard let result = try? Program.compiler?.run(["-print-file-name=libblas.so"]),
      result.output.contains("/")
    else { return "no libblas.so is installed" }
    return nil
  }()

  init() throws {
    programs = try Self.programs.get()
    scratch = try Scratch()
  }

  /// A file of this test.
  func path(_ name: String) -> String { scratch.path(name) }

  /// "libhone.so.0" is the double.
  func program(_ name: String) -> String { programs.appending(path: name).path }

  private static func build(in folder: URL) throws -> URL {
    try? FileManager.default.removeItem(at: folder)
    try FileManager.default.createDirectory(
      at: folder.appending(path: "alternative"), withIntermediateDirectories: true)
    func path(_ name: String) -> String { folder.appending(path: name).path }
    guard let make = Program(named: "make") else {
      throw Program.Missing(description: "make is not installed")
    }
    let made = try make.run(["--no-print-directory", "libhone-blas", "BUILD=\(folder.path)"])
    guard made.code == 0 else { throw Program.Missing(description: made.errors) }
    try FileManager.default.createSymbolicLink(
      atPath: path("alternative/libblas.so.3"),
      withDestinationPath: path("libhone_blas_alternative.so"))
    try compile(["-fPIC", "-shared", "-o", path("libhone.so.0"), "\(fixtures)/libhone-double.c"])
    let driver = "\(fixtures)/blas-driver.c"
    let libraries = ["-lblas", "-lm", "-lpthread"]
    try compile(["-o", path("plain"), driver] + libraries)
    try compile(
      ["-o", path("linked"), driver, path("libhone_blas.so.0"), "-Wl,-rpath,\(folder.path)"]
        + libraries)
    return folder
  }

  private static func compile(_ arguments: [String]) throws {
    guard let compiler = Program.compiler else {
      throw Program.Missing(description: "no C compiler is installed")
    }
    let result = try compiler.run(warnings + includes + arguments)
    guard result.code == 0 else { throw Program.Missing(description: result.errors) }
  }

  /// Leads calls to libhone_blas, and libhone_blas to the double and its rows.
  func environment(_ way: Way) -> [String: String] {
    let double = ["HONE_LIBRARY": program("libhone.so.0"), "HONE_DB": Self.database]
    let leads: [Way: [String: String]] = [
      .preloaded: ["LD_PRELOAD": program("libhone_blas.so")],
      .alternative: ["LD_LIBRARY_PATH": program("alternative")],
    ]
    return double.merging(leads[way] ?? [:]) { $1 }
  }

  /// Runs the driver. Settings are further environment variables.
  func run(
    _ arguments: [String], _ way: Way = .linked, _ settings: [String: String] = [:]
  ) throws -> Program.Result {
    try Program(program(way == .linked ? "linked" : "plain"))
      .run(arguments, environment(way).merging(settings) { $1 })
  }
}
