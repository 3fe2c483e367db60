// BLASTests.swift: libhone_blas between a C program and its BLAS: results, who computes, switches, threads and fork.

import Foundation
import Testing

@Suite(
  "libhone_blas", .enabled(if: BLASBench.missing == nil, "\(BLASBench.missing ?? "")"))
struct BLASTests {
  /// One depth for each rule of the double (see libhone-double.c).
  static let depths = (30..<40).map(String.init)
  /// 72 products for each depth: all orders, transposes and interfaces, three pairs of factors.
  static let allServed = "served 144 forwarded 576 missed 216"

  @Test(
    "all transposes, orders and factors are right, and what is tuned is served",
    arguments: BLASBench.Way.allCases)
  func computes(way: BLASBench.Way) throws {
    let bench = try BLASBench()
    let result = try bench.run(["check"] + Self.depths, way)
    #expect(result.code == 0 && result.output == Self.allServed + "\n", "\(result)")
  }

  @Test("HONE_BLAS=0 sends everything to the real library")
  func switchedOff() throws {
    let bench = try BLASBench()
    let result = try bench.run(["check", "30"], .linked, ["HONE_BLAS": "0"])
    #expect(result.code == 0 && result.output == "served 0 forwarded 0 missed 0\n")
  }

  @Test("without libhone everything is forwarded, and that is told once")
  func withoutLibrary() throws {
    let bench = try BLASBench()
    let result = try bench.run(["threads", "30"], .linked, ["HONE_LIBRARY": "/nowhere/libhone.so"])
    #expect(result.code == 0 && result.output == "served 0 forwarded 1152 missed 1152\n")
    let lines = result.errors.split(separator: "\n")
    #expect(lines.count == 1 && result.errors.contains("/nowhere/libhone.so"), "\(result.errors)")
  }

  @Test("a row that no comparison with a BLAS proves to be faster is not served")
  func unprovenRows() throws {
    let bench = try BLASBench()
    let result = try bench.run(["check", "38", "39"])
    #expect(result.code == 0 && result.output == "served 0 forwarded 144 missed 0\n")
  }

  @Test("each miss is told once, whichever thread has it first, and only when asked")
  func missesAreTold() throws {
    let bench = try BLASBench()
    #expect(try bench.run(["threads", "31"]).errors == "")
    let result = try bench.run(["threads", "31"], .linked, ["HONE_BLAS_VERBOSE": "1"])
    let told = result.errors.split(separator: "\n").filter {
      $0.contains("nothing tuned is known for sgemm")
    }
    #expect(told.count == Set(told).count && told.count == 16, "\(told.count)")
    #expect(result.errors.contains("0 calls ran with Hone, 1152 with "), "\(result.errors)")
  }

  @Test("a row that cannot be planned or run goes to the real library")
  func failuresAreForwarded() throws {
    let bench = try BLASBench()
    let result = try bench.run(["check", "35", "36"])
    #expect(result.code == 0 && result.output == "served 0 forwarded 144 missed 0\n")
    #expect(result.errors.contains("the double was told to fail"))
    #expect(result.errors.split(separator: "\n").count == 1)
  }

  @Test("eight threads at once compute right", arguments: BLASBench.Way.allCases)
  func threads(way: BLASBench.Way) throws {
    let bench = try BLASBench()
    let result = try bench.run(["threads", "30", "31"], way)
    #expect(result.code == 0 && result.output == "served 1152 forwarded 1152 missed 1152\n")
  }

  @Test("a forked child goes on computing")
  func fork() throws {
    let bench = try BLASBench()
    let result = try bench.run(["fork", "30"])
    #expect(result.code == 0 && result.output == "served 144 forwarded 0 missed 0\n")
  }

  @Test("wrong arguments reach the program's own xerbla_", arguments: BLASBench.Way.allCases)
  func complaints(way: BLASBench.Way) throws {
    let bench = try BLASBench()
    let result = try bench.run(["xerbla", "30"], way)
    #expect(result.code == 0 && result.output.contains("parameter 8\n"), "\(result)")
  }

  @Test("what is not sgemm is the real library's", arguments: BLASBench.Way.allCases)
  func others(way: BLASBench.Way) throws {
    let bench = try BLASBench()
    let result = try bench.run(["others", "30"], way)
    #expect(result.code == 0 && result.output == "served 0 forwarded 1 missed 0\n", "\(result)")
  }

  @Test("HONE_BLAS_REAL names the real library; one that is none is refused by name")
  func realLibrary() throws {
    let bench = try BLASBench()
    let wrong = ["HONE_BLAS_REAL": bench.program("libhone.so.0")]
    let result = try bench.run(["check", "31"], .linked, wrong)
    #expect(result.code == 0 && result.errors.contains("is not used: it has no sgemm"))
    let own = ["HONE_BLAS_REAL": bench.program("libhone_blas.so.0")]
    #expect(try bench.run(["check", "31"], .linked, own).code == 0)
  }
}
