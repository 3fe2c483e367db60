// Python.swift: the Pythons of this machine, and the libraries that the package `hone` needs.

import Foundation

/// A Python that these tests can use.
struct Python: Sendable {
  var path: String
  /// Its numpy calls a libblas.so.3 of its own, so that another one can be put before it.
  var sharesBLAS: Bool

  /// Those that have numpy, Debian's first.
  static let all: [Python] = {
    let candidates = ["/usr/bin/python3", Program(named: "python3")?.path].compactMap { $0 }
    return Array(NSOrderedSet(array: candidates)).compactMap { ($0 as? String).flatMap(examined) }
  }()

  static let any = all.first
  static let withSharedBLAS = all.first { $0.sharesBLAS }

  private static func examined(_ path: String) -> Python? {
    let program = """
      import glob, numpy, os
      print(*glob.glob(os.path.dirname(numpy.__file__) + "/*core/_multiarray_umath*.so"))
      """
    guard FileManager.default.isExecutableFile(atPath: path),
      let found = try? Program(path).run(["-c", program]), found.code == 0,
      let module = found.output.split(whereSeparator: \.isWhitespace).first
    else { return nil }
    let needed = try? Program(named: "ldd")?.run([String(module)]).output
    return Python(path: path, sharesBLAS: needed?.contains("libblas.so.3 =>") == true)
  }
}

/// libhone as it is shipped, made once for all tests beside the products, with the engine and the kernels of this build.
enum Libhone {
  static let folder = Result { () throws -> String in
    let folder = Build.folder.appending(path: "bindings-libhone")
    try? FileManager.default.removeItem(at: folder)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    guard let make = Program(named: "make"), Program.compiler != nil else {
      throw Program.Missing(description: "make or cc is not installed")
    }
    let made = try make.run(
      ["--no-print-directory", "libhone", "libhone-blas", "BUILD=\(folder.path)"])
    guard made.code == 0 else { throw Program.Missing(description: made.errors) }
    try FileManager.default.createDirectory(
      at: folder.appending(path: "alternative"), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: folder.appending(path: "alternative/libblas.so.3").path,
      withDestinationPath: folder.appending(path: "libhone_blas_alternative.so").path)
    for name in try FileManager.default.contentsOfDirectory(atPath: Build.folder.path)
    where name.hasPrefix("libhone-") && name.hasSuffix(".so") {
      try FileManager.default.createSymbolicLink(
        atPath: folder.appending(path: name).path, withDestinationPath: Build.product(name))
    }
    return folder.path
  }

  static func path(_ name: String) throws -> String { try folder.get() + "/" + name }

  static let isPossible = Program(named: "make") != nil && Program.compiler != nil
}
