// ListTopic.swift: the topics of `hone list`; one row each, made from the registries of the modules below.

internal import HoneBackends
internal import HoneCore
internal import HoneHost
internal import HoneOperations
internal import HoneReport
internal import HoneSearch
internal import HoneWorkloads

struct ListTopic: Sendable {
  var name: String
  var summary: String
  var table: @Sendable () throws -> ReportTable

  static let all = [
    ListTopic(
      name: "operations", summary: "what can be tuned, and its fields", table: operations),
    ListTopic(
      name: "variants", summary: "algorithms that can run on this machine", table: variants),
    ListTopic(
      name: "parameters", summary: "numbers that the tuner may change", table: parameters),
    ListTopic(name: "backends", summary: "who can run an operation", table: backends),
    ListTopic(
      name: "strategies", summary: "who decides what to try next", table: strategies),
    ListTopic(name: "workloads", summary: "presets of weighted problems", table: workloads),
    ListTopic(name: "sections", summary: "parts of a report", table: sections),
    ListTopic(name: "formats", summary: "formats of a report", table: formats),
  ]

  static func named(_ name: String) -> ListTopic? { all.first { $0.name == name } }
}

// MARK: - From registries

extension ListTopic {
  private static func operations() -> ReportTable {
    table(
      "operations", ["operation", "types", "dimensions", "attributes", "summary"],
      spare: ["summary": 2, "attributes": 1]
    ) {
      Operations.all.map { operation in
        let dimensions = operation.dimensions.map { $0.fallback == nil ? $0.name : "[\($0.name)]" }
        let attributes = operation.attributes.map { attribute in
          "\(attribute.name)=\(attribute.allowed.joined(separator: "|"))"
        }
        return [
          operation.name, operation.types.joined(separator: " "),
          dimensions.joined(separator: " "), attributes.joined(separator: " "), operation.summary,
        ]
      }
    }
  }

  private static func strategies() -> ReportTable {
    table("strategies", ["strategy", "summary", "options"], spare: ["options": 1]) {
      Strategies.all.map { strategy in
        let options = strategy.options.map { "\($0.name)=\($0.fallback): \($0.summary)" }
        return [strategy.name, strategy.summary, options.joined(separator: "; ")]
      }
    }
  }

  private static func workloads() -> ReportTable {
    table("workloads", ["workload", "problems", "summary"]) {
      Presets.all.map { [$0.name, "\($0.entries.count)", $0.summary] }
    }
  }

  private static func sections() -> ReportTable {
    table("sections", ["section", "summary"]) { Sections.all.map { [$0.name, $0.summary] } }
  }

  private static func formats() -> ReportTable {
    table("formats", ["format", "summary"]) { Renderers.all.map { [$0.name, $0.summary] } }
  }

  private static func table(
    _ name: String, _ columns: [String], spare: [String: Int] = [:], _ rows: () -> [[String]]
  ) -> ReportTable {
    ReportTable(
      name, columns: columns.map { .init($0, $0, spare: spare[$0] ?? 0) },
      rows: rows().map { $0.map { Cell($0) } })
  }
}

// MARK: - From the back ends of this machine

extension ListTopic {
  private static func backends() throws -> ReportTable {
    let backends = Backends(host: try Topology.live().facts)
    let refused = backends.refused.sorted { $0.key < $1.key }.map { [$0.key, "", "\($0.value)"] }
    return table("backends", ["back end", "libraries", "summary"], spare: ["summary": 1]) {
      backends.all.map { backend in
        let libraries = backend.libraries.sorted { $0.key < $1.key }
        return [
          backend.name, libraries.map { "\($0.key) \($0.value)" }.joined(separator: ", "),
          backend.summary,
        ]
      } + refused
    }
  }

  private static func variants() throws -> ReportTable {
    let catalogue = try BranchCatalogue()
    return table(
      "variants", ["operation", "back end", "variant", "parameters", "summary"],
      spare: ["parameters": 2, "summary": 1]
    ) {
      catalogue.entries.map { entry in
        [
          entry.operation, entry.branch.backend, entry.branch.variant,
          entry.branch.parameters.map(\.name).joined(separator: " "),
          catalogue.summaries[entry.branch.variant] ?? "",
        ]
      }
    }
  }

  private static func parameters() throws -> ReportTable {
    let catalogue = try BranchCatalogue()
    return table(
      "parameters", ["operation", "parameter", "values", "variants", "summary"],
      spare: ["variants": 2, "summary": 1]
    ) {
      catalogue.parameters.map {
        [$0.operation, $0.name, $0.values, "\($0.variants)", $0.summary]
      }
    }
  }
}
