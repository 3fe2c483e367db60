// NumpyTests.swift: an unmodified numpy behind libhone_blas: right results, served what is tuned; from a recording to a hit.

import Foundation
import HoneWorkloads
import Testing

@Suite(
  "numpy with libhone_blas",
  .enabled(
    if: Python.withSharedBLAS != nil && BLASBench.missing == nil,
    "needs a numpy with a shared BLAS: python3-numpy on Debian"))
struct NumpyTests {
  struct Outcome: Decodable {
    var error: Double
    var singular: Double
    var served: Int
    var forwarded: Int
    var missed: Int
  }

  /// Runs the numpy program of the fixtures.
  static func multiply(_ shapes: [String], _ environment: [String: String]) throws -> Outcome {
    let python = try #require(Python.withSharedBLAS)
    let script = Build.source("Tests/BindingsTests/Fixtures/numpy_products.py")
    let result = try Program(python.path).run([script] + shapes, environment)
    try #require(result.code == 0, "\(result.errors)")
    return try JSONDecoder().decode(Outcome.self, from: Data(result.output.utf8))
  }

  @Test(
    "products are right by preloading and as the alternative for libblas.so.3",
    arguments: [BLASBench.Way.preloaded, .alternative])
  func computes(way: BLASBench.Way) throws {
    let bench = try BLASBench()
    let shapes = ["24x30x40", "31x17x40:nt", "12x50x30:tn", "20x20x41", "64x64x42:tt"]
    let outcome = try Self.multiply(shapes, bench.environment(way))
    #expect(outcome.error < 1e-4 && outcome.singular == 3)
    // Depths of 40 and 30 are the double's own rows, 41 is none of anybody, 42 is OpenBLAS's.
    #expect(outcome.served == 12 && outcome.missed == 4, "\(outcome)")
  }

  @Test(
    "a recording of a numpy program is tuned, looked up exactly, and missed no more",
    .enabled(if: Libhone.isPossible, "needs make and cc"))
  func recordTuneServe() throws {
    let scratch = try Scratch()
    let shapes = ["48x64x32", "96x40x56:nt"]
    let environment = [
      "LD_PRELOAD": try Libhone.path("libhone_blas.so"), "HONE_DB": scratch.path("db"),
      "HONE_LIBRARY": try Libhone.path("libhone.so.0"), "OPENBLAS_NUM_THREADS": "1",
    ]
    let recording = ["HONE_RECORD": scratch.path("recorded.json")]
    let before = try Self.multiply(shapes, environment.merging(recording) { $1 })
    #expect(before.served == 0 && before.missed == 8 && before.error < 1e-4, "\(before)")
    let workload = try Workload.load(scratch.path("recorded.json"))
    #expect(workload.entries.map(\.weight) == [4, 4])

    try Self.tune(scratch.path("recorded.json"), into: scratch.path("db"), environment)
    let after = try Self.multiply(shapes, environment)
    #expect(after.missed == 0 && after.error < 1e-4, "\(after)")
    #expect(after.served + after.forwarded >= 8)
    #expect(try Self.grades(environment) == "exact\nexact\n")
  }

  /// A few seconds are enough on a quiet machine. On a busy one a final may find no time: the same command then goes on.
  private static func tune(
    _ recording: String, into database: String, _ environment: [String: String]
  ) throws {
    for _ in 0..<6 {
      let tuned = try Program(Build.product("hone")).run([
        "tune", recording, "--db", database, "--budget", "4s", "--cores", "1",
      ])
      try #require(tuned.code == 0, "\(tuned.errors)")
      if try grades(environment) == "exact\nexact\n" { return }
    }
  }

  /// What the Python package answers for the recorded shapes.
  private static func grades(_ environment: [String: String]) throws -> String {
    let python = try #require(Python.withSharedBLAS)
    let question = """
      import hone
      print(hone.lookup("gemm", m=48, n=64, k=32, cores=1).grade)
      print(hone.lookup("gemm", m=96, n=40, k=56, transB="t", cores=1).grade)
      """
    let path = ["PYTHONPATH": Build.source("Bindings/Python/src"), "LD_PRELOAD": ""]
    let result = try Program(python.path).run(
      ["-B", "-c", question], environment.merging(path) { $1 })
    return result.output + result.errors
  }
}
