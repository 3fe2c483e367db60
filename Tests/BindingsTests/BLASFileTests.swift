// BLASFileTests.swift: what the two libraries export: four functions, or all of BLAS, and nothing else.

import Foundation
import Testing

@Suite(
  "Files of libhone_blas",
  .enabled(if: Program(named: "nm") != nil && BLASBench.missing == nil, "needs nm, cc and a BLAS"))
struct BLASFileTests {
  /// Exported names of a library.
  static func exports(of library: String) throws -> Set<String> {
    let result = try #require(Program(named: "nm"))
      .run(["-D", "--defined-only", "--format=posix", library])
    return Set(
      result.output.split(separator: "\n").compactMap { line in
        line.split(separator: " ").first.map { String($0.prefix { $0 != "@" }) }
      })
  }

  static let own: Set = [
    "hone_blas_set_enabled", "hone_blas_get_counts", "hone_blas_real_library",
    "hone_blas_write_record",
  ]

  @Test("the library to preload takes sgemm and dgemm only")
  func preloadIsSmall() throws {
    let exports = try Self.exports(of: BLASBench().program("libhone_blas.so"))
    #expect(
      exports == Self.own.union(["sgemm_", "dgemm_", "cblas_sgemm", "cblas_dgemm"]), "\(exports)")
  }

  @Test("the alternative for libblas.so.3 has every function of the installed one")
  func alternativeIsWhole() throws {
    let exports = try Self.exports(of: BLASBench().program("libhone_blas_alternative.so"))
    let functions = exports.subtracting(Self.own)
    #expect(functions.count > 400)
    #expect(functions.allSatisfy { $0.hasSuffix("_") || $0.hasPrefix("cblas_") }, "\(functions)")
    guard let compiler = Program.compiler else { return }
    let installed = try compiler.run(["-print-file-name=libblas.so.3"]).output
      .trimmingCharacters(in: .whitespacesAndNewlines)
    guard installed.hasPrefix("/") else { return }
    let wanted = try Self.exports(of: installed).filter {
      !$0.hasPrefix("_") && ($0.hasSuffix("_") || $0.hasPrefix("cblas_"))
    }
    // Fortran parts of the reference CBLAS, which nothing but its own C parts calls.
    let missing = wanted.subtracting(functions).filter { !$0.hasSuffix("sub_") }
    #expect(missing.isEmpty, "\(missing.sorted())")
  }

  @Test("neither needs more than the C library")
  func needLittle() throws {
    let reader = try #require(Program(named: "readelf"))
    for name in ["libhone_blas.so", "libhone_blas_alternative.so"] {
      let output = try reader.run(["-d", BLASBench().program(name)]).output
      let needed = output.matches(of: /\(NEEDED\).*\[(.*)\]/).map { String($0.1) }
      let allowed = ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0"]
      #expect(needed.allSatisfy { allowed.contains($0) || $0.hasPrefix("ld-linux") }, "\(needed)")
    }
  }
}
