// GoBenchmarkRenderer.swift: the samples in Go's benchmark format, so that benchstat compares hosts: `benchstat -col /host`.

internal import HoneCore

/// One line a sample: name with its fields, the core budget where Go writes GOMAXPROCS, executions, time, rate.
public enum GoBenchmarkRenderer: ReportRenderer {
  public static let name = "gobench"
  public static let summary = "samples as lines of Go benchmarks (benchstat -col /host reads them)"

  public static func render(_ report: Report, style: RenderingStyle) -> String {
    var text = "pkg: hone\n"
    if report.series.contains(where: \.isSynthetic) {
      text += "note: synthetic hosts were made by a generator, not measured\n"
    }
    for series in report.series {
      let operation = series.problem.operation.split(separator: "-").map(\.capitalized).joined()
      let host = series.host.replacing(" ", with: "_").replacing("/", with: "_")
      let name = "Benchmark\(operation)/\(SampleName.fields(series))/host=\(host)-\(series.cores)"
      for seconds in series.measurement.samples {
        let rate = series.cost.map { "\t\($0.flops / seconds) flop/s" } ?? ""
        text += "\(name)\t\(series.measurement.batch)\t\(seconds * 1e9) ns/op\(rate)\n"
      }
    }
    return text
  }
}

extension Substring {
  /// The first letter large.
  fileprivate var capitalized: String { prefix(1).uppercased() + dropFirst() }
}
