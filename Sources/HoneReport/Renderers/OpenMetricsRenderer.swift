// OpenMetricsRenderer.swift: a few numbers a host for Prometheus and its kin (OpenMetrics 1.0, RFC 9110 style text).

internal import Glibc
internal import HoneCore

/// Shapes are no labels: a label for each would make as many time series as there are problems. What is exported is per host, operation, types and
/// policy: the weighted total, the geometric means of the gain and of the share of the limit, the noise floor and the number of results.
public enum OpenMetricsRenderer: ReportRenderer {
  public static let name = "openmetrics"
  public static let summary = "totals and means per host, operation and types as OpenMetrics text"

  private struct Metric: Sendable {
    var name: String
    var unit: String?
    var help: String
    var value: @Sendable ([SampleSeries]) -> Double?
  }

  private static let metrics: [Metric] = [
    Metric(name: "hone_total_seconds", unit: "seconds", help: "Weighted sum of the tuned times.") {
      $0.reduce(0) { $0 + $1.weight * $1.measurement.median }
    },
    Metric(
      name: "hone_speedup_ratio", unit: "ratio",
      help: "Geometric mean of the gains over the untuned default."
    ) { mean($0.map(\.speedup)) },
    Metric(
      name: "hone_limit_share_ratio", unit: "ratio",
      help: "Geometric mean of the shares of the host's own roofline."
    ) { mean($0.compactMap(\.limitShare)) },
    Metric(
      name: "hone_noise_floor_ratio", unit: "ratio",
      help: "Median of what comparisons of equals could be mistaken for."
    ) { series in
      let floors = series.compactMap(\.noiseFloor).sorted()
      return floors.isEmpty ? nil : floors[floors.count / 2]
    },
    Metric(name: "hone_results", unit: nil, help: "Problems that were tuned to the end.") {
      Double($0.count)
    },
  ]

  public static func render(_ report: Report, style: RenderingStyle) -> String {
    let groups = groups(report.series)
    var text = hosts(report.series)
    for metric in metrics {
      let lines = groups.compactMap { labels, series in
        metric.value(series).flatMap { $0.isFinite ? "\(metric.name){\(labels)} \($0)\n" : nil }
      }
      guard !lines.isEmpty else { continue }
      text += "# TYPE \(metric.name) gauge\n"
      if let unit = metric.unit { text += "# UNIT \(metric.name) \(unit)\n" }
      text += "# HELP \(metric.name) \(metric.help)\n" + lines.joined()
    }
    return text + "# EOF\n"
  }

  private static func groups(_ series: [SampleSeries]) -> [(String, [SampleSeries])] {
    var order: [String] = []
    var members: [String: [SampleSeries]] = [:]
    for one in series {
      let labels =
        "host=\"\(escaped(one.host))\",operation=\"\(escaped(one.problem.operation))\","
        + "types=\"\(escaped(one.problem.types))\",policy=\"\(escaped(one.policy))\",cores=\"\(one.cores)\""
      if members[labels] == nil { order.append(labels) }
      members[labels, default: []].append(one)
    }
    return order.map { ($0, members[$0] ?? []) }
  }

  private static func hosts(_ series: [SampleSeries]) -> String {
    let hosts = Dictionary(series.map { ($0.host, $0) }) { first, _ in first }
    guard !hosts.isEmpty else { return "" }
    let lines = hosts.sorted { $0.key < $1.key }.map { name, one in
      "hone_host_info{host=\"\(escaped(name))\",hardware_class=\"\(escaped(one.hardwareClass))\","
        + "synthetic=\"\(one.isSynthetic)\"} 1\n"
    }
    return "# TYPE hone_host info\n# HELP hone_host Hosts of this report.\n" + lines.joined()
  }

  private static func mean(_ values: [Double]) -> Double? { TotalsSection.geometricMean(values) }

  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}
