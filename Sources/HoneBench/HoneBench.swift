// HoneBench.swift: the command `hone-bench`: what Hone claims of itself, measured again: for people who work on it.

internal import Glibc

/// One benchmark: a name and what it does with the rest of the command line. To add one: a file, and a row below.
struct Benchmark: Sendable {
  var name: String
  var usage: String
  var run: @Sendable ([String]) throws -> Void
}

@main
struct HoneBench {
  static let benchmarks = [
    Benchmark(name: "gemm", usage: GEMMBenchmark.usage, run: { try GEMMBenchmark.run($0) }),
    Benchmark(
      name: "report-scale", usage: ReportScaleBenchmark.usage,
      run: { try ReportScaleBenchmark.run($0) }),
    Benchmark(name: "hosts", usage: HostsGenerator.usage, run: { try HostsGenerator.run($0) }),
    Benchmark(name: "search", usage: SearchBenchmark.usage, run: { try SearchBenchmark.run($0) }),
    Benchmark(
      name: "database", usage: DatabaseBenchmark.usage, run: { try DatabaseBenchmark.run($0) }),
    Benchmark(name: "kills", usage: Kills.usage, run: { try Kills.run($0) }),
    Benchmark(name: "twice", usage: Twice.usage, run: { try Twice.run($0) }),
    Benchmark(
      name: "verdicts", usage: VerdictBenchmark.usage, run: { try VerdictBenchmark.run($0) }),
  ]

  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    guard let benchmark = benchmarks.first(where: { $0.name == arguments.first }) else {
      for benchmark in benchmarks {
        print("usage: hone-bench \(benchmark.name) \(benchmark.usage)")
      }
      exit(arguments.contains("--help") ? 0 : 64)
    }
    // Some take a folder to write to: `--help` is none.
    guard !arguments.contains("--help") else {
      print("usage: hone-bench \(benchmark.name) \(benchmark.usage)")
      exit(0)
    }
    do {
      try benchmark.run(Array(arguments.dropFirst()))
    } catch {
      report("hone-bench: \(error)\n")
      exit(2)
    }
  }

  private static func report(_ text: String) {
    let bytes = Array(text.utf8)
    _ = write(2, bytes, bytes.count)
  }
}
