// JSONRenderer.swift: a report for programs: every table's rows as objects, with values in base units.

internal import FoundationEssentials
internal import HoneCore

public enum JSONRenderer: ReportRenderer {
  public static let name = "json"
  public static let summary = "everything, in base units, with sorted keys"

  public static func render(_ report: Report, style: RenderingStyle) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    // Every value below is finite or nil, so encoding cannot fail.
    guard let data = try? encoder.encode(Document(report)) else { return "{}\n" }
    return String(decoding: data, as: UTF8.self) + "\n"
  }

  private struct Document: Encodable {
    struct Section: Encodable {
      var name: String
      var title: String
      var paragraphs: [String]
      var tables: [String: [[String: Scalar]]]
    }

    var schema: String
    var hardwareClass: String?
    var sections: [Section]
    var samples: [Series]

    init(_ report: Report) {
      schema = report.schema
      hardwareClass = report.hardwareClass
      samples = report.series.map(Series.init)
      sections = report.bodies.map { body in
        let tables = body.tables.filter { !$0.forPrograms.columns.isEmpty }
          .map { ($0.name, JSONRenderer.rows($0.forPrograms)) }
        return Section(
          name: body.name, title: body.title, paragraphs: body.paragraphs,
          tables: Dictionary(tables) { $0 + $1 })
      }
    }
  }

  /// The raw samples of one result, in seconds.
  private struct Series: Encodable {
    var host: String
    var hardwareClass: String
    var synthetic: Bool
    var problem: Problem
    var cores: Int
    var policy: String
    var configuration: Configuration
    var seconds: [Double]
    var batch: Int
    var session: String
    var time: String

    init(_ series: SampleSeries) {
      host = series.host
      hardwareClass = series.hardwareClass
      synthetic = series.isSynthetic
      problem = series.problem
      cores = series.cores
      policy = series.policy
      configuration = series.configuration
      seconds = series.measurement.samples
      batch = series.measurement.batch
      session = series.session
      time = series.time
    }
  }

  private static func rows(_ table: ReportTable) -> [[String: Scalar]] {
    table.rows.map { row in
      let fields = zip(table.columns, row).map { ($0.name ?? "", Scalar(value: $1.value)) }
      return Dictionary(fields) { first, _ in first }
    }
  }

  private struct Scalar: Encodable {
    var value: Cell.Value

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch value {
      case .text(let text): try container.encode(text)
      case .integer(let value): try container.encode(value)
      case .number(let value) where value.isFinite: try container.encode(value)
      case .none, .number: try container.encodeNil()
      }
    }
  }
}
