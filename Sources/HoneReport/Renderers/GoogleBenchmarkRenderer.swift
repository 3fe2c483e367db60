// GoogleBenchmarkRenderer.swift: the samples as Google Benchmark writes them, for compare.py and what reads its JSON.

internal import FoundationEssentials
internal import HoneCore

/// One repetition a sample. Times are wall-clock; a sample's CPU time is not known and stands there as its real time.
public enum GoogleBenchmarkRenderer: ReportRenderer {
  public static let name = "gbench"
  public static let summary = "samples as Google Benchmark's JSON (compare.py reads it)"

  public static func render(_ report: Report, style: RenderingStyle) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    // Numbers and strings only: encoding cannot fail.
    guard let data = try? encoder.encode(Document(report.series)) else { return "{}\n" }
    return String(decoding: data, as: UTF8.self) + "\n"
  }

  private struct Document: Encodable {
    struct Context: Encodable {
      var date: String
      var hostName: String
      var numCpus: Int
      var executable = "hone"
      var mhzPerCpu = 0
      var cpuScalingEnabled = false
      var caches: [String] = []
      var loadAvg: [Double] = []
      var libraryBuildType = "release"

      enum CodingKeys: String, CodingKey {
        case date, executable, caches
        case hostName = "host_name"
        case numCpus = "num_cpus"
        case mhzPerCpu = "mhz_per_cpu"
        case cpuScalingEnabled = "cpu_scaling_enabled"
        case loadAvg = "load_avg"
        case libraryBuildType = "library_build_type"
      }
    }

    var context: Context
    var benchmarks: [Repetition]

    init(_ series: [SampleSeries]) {
      let hosts = series.map(\.host).reduce(into: [String]()) {
        if !$0.contains($1) { $0.append($1) }
      }
      context = Context(
        date: series.map(\.time).max() ?? "", hostName: hosts.joined(separator: ","),
        numCpus: series.map(\.cores).max() ?? 0)
      benchmarks = series.enumerated().flatMap { index, series in
        series.measurement.samples.indices.map {
          Repetition(series, family: index, sample: $0, namesHost: hosts.count > 1)
        }
      }
    }
  }

  private struct Repetition: Encodable {
    var name: String
    var runName: String
    var runType = "iteration"
    var familyIndex: Int
    var perFamilyInstanceIndex = 0
    var repetitions: Int
    var repetitionIndex: Int
    var threads: Int
    var iterations: Int
    var realTime: Double
    var cpuTime: Double
    var timeUnit = "ns"
    var label: String
    var flopPerSecond: Double?

    init(_ series: SampleSeries, family: Int, sample: Int, namesHost: Bool) {
      let seconds = series.measurement.samples[sample]
      let host = namesHost ? "/host:\(series.host)" : ""
      name = "\(SampleName.slashed(series))/\(series.policy)\(host)"
      runName = name
      familyIndex = family
      repetitions = series.measurement.samples.count
      repetitionIndex = sample
      threads = series.cores
      iterations = series.measurement.batch
      realTime = seconds * 1e9
      cpuTime = realTime
      label = (series.isSynthetic ? "synthetic " : "") + series.configuration.key
      flopPerSecond = series.cost.map { $0.flops / seconds }
    }

    enum CodingKeys: String, CodingKey {
      case name, repetitions, threads, iterations, label
      case runName = "run_name"
      case runType = "run_type"
      case familyIndex = "family_index"
      case perFamilyInstanceIndex = "per_family_instance_index"
      case repetitionIndex = "repetition_index"
      case realTime = "real_time"
      case cpuTime = "cpu_time"
      case timeUnit = "time_unit"
      case flopPerSecond = "flop_per_second"
    }
  }
}

/// How benchmarks are called in formats that have names and no fields.
enum SampleName {
  /// "gemm/f32/512x512x512_tn/threads:8".
  static func slashed(_ series: SampleSeries) -> String {
    let shape = series.title.split(separator: " ").dropFirst(2).joined(separator: "_")
    let problem = series.problem
    return "\(problem.operation)/\(problem.types)/\(shape)/threads:\(series.cores)"
  }

  /// "m=512/n=512/k=512/transA=t": fields by name, those of the shape first; without blanks.
  static func fields(_ series: SampleSeries) -> String {
    let problem = series.problem
    let shape = problem.shape.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let flags = problem.attributes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return (["types=\(problem.types)"] + shape + flags + ["policy=\(series.policy)"])
      .joined(separator: "/").replacing(" ", with: "_")
  }
}
