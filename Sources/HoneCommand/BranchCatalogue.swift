// BranchCatalogue.swift: every variant that the back ends offer here, collected from the spaces of all presets' problems.

internal import HoneBackends
internal import HoneCore
internal import HoneHost
internal import HoneOperations
internal import HoneWorkloads

/// Back ends answer for a problem, not in general; so each preset's problems are asked about, for all cores.
struct BranchCatalogue {
  struct Entry {
    var operation: String
    var branch: Branch
  }

  /// A parameter that variants of an operation have with the same meaning.
  struct ParameterEntry {
    var operation: String
    var name: String
    var summary: String
    /// "1, 2, 4 … 64".
    var values: String
    /// How many variants have it.
    var variants: Int
  }

  private(set) var entries: [Entry] = []
  /// Variant → one sentence, where its library has one.
  private(set) var summaries: [String: String] = [:]

  init() throws {
    let facts = try Topology.live().facts
    let backends = Backends(host: facts)
    for case let kernels as KernelBackend in backends.all {
      for row in kernels.rows { summaries[row.variant] = row.summary }
    }
    let problems = try Presets.all.flatMap {
      try $0.normalised(by: Operations.all).entries.map(\.problem)
    }
    var seen: Set<String> = []
    for problem in problems {
      for backend in backends.all {
        for branch in backend.branches(for: problem, host: facts, cores: facts.cores)
        where seen.insert("\(backend.name) \(branch.variant)").inserted {
          entries.append(Entry(operation: problem.operation, branch: branch))
        }
      }
    }
    let order = Operations.all.map(\.name)
    entries.sort { one, other in
      let ranks = [one, other].map { order.firstIndex(of: $0.operation) ?? order.count }
      return (ranks[0], one.branch.variant) < (ranks[1], other.branch.variant)
    }
  }

  /// One entry an operation and parameter.
  var parameters: [ParameterEntry] {
    var result: [ParameterEntry] = []
    var values: [Set<ParameterValue>] = []
    for entry in entries {
      for parameter in entry.branch.parameters {
        let known = result.firstIndex {
          $0.operation == entry.operation && $0.name == parameter.name
            && $0.summary == parameter.summary
        }
        if let known {
          result[known].variants += 1
          values[known].formUnion(parameter.values)
        } else {
          values.append(Set(parameter.values))
          result.append(
            ParameterEntry(
              operation: entry.operation, name: parameter.name, summary: parameter.summary,
              values: "", variants: 1))
        }
      }
    }
    for index in result.indices { result[index].values = Self.text(values[index].sorted()) }
    return result
  }

  private static func text(_ values: [ParameterValue]) -> String {
    let words = values.map(\.description)
    guard words.count > 6 else { return words.joined(separator: ", ") }
    return words.prefix(3).joined(separator: ", ") + " … " + (words.last ?? "")
  }
}
