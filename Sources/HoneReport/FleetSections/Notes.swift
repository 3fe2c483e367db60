// Notes.swift: what a reader must know before believing a comparison, as footnotes of the hosts that they concern.

internal import HoneCore
internal import HoneDatabase

/// Footnotes: those of hosts are numbered, and hosts with the same one share it.
struct Notes {
  /// A rule looks at one host and says what is to be known of it, or nothing. Its order is that of the footnotes.
  private struct Rule {
    var text: @Sendable (FleetHost) -> String?

    init(_ text: @escaping @Sendable (FleetHost) -> String?) { self.text = text }
  }

  /// Footnotes in the order of their numbers, with the positions of their hosts.
  private(set) var ofHosts: [(text: String, hosts: [Int])] = []
  private(set) var general: [String] = []

  init(_ grid: Grid) {
    for rule in Self.rules {
      for (index, host) in grid.fleet.hosts.enumerated() {
        guard let text = rule.text(host) else { continue }
        if let known = ofHosts.firstIndex(where: { $0.text == text }) {
          ofHosts[known].hosts.append(index)
        } else {
          ofHosts.append((text, [index]))
        }
      }
    }
    // What holds of everybody distinguishes nobody: said once, without a mark.
    let count = grid.fleet.hosts.count
    general = ofHosts.filter { $0.hosts.count == count && count > 1 }.map {
      "All hosts: \($0.text)"
    }
    ofHosts.removeAll { $0.hosts.count == count && count > 1 }
    general += Self.general(grid)
  }

  /// "¹ ³": the marks of a host.
  func marks(ofHost index: Int) -> String {
    ofHosts.indices.filter { ofHosts[$0].hosts.contains(index) }.map { Self.mark($0 + 1) }
      .joined(separator: " ")
  }

  /// Superscript digits.
  static func mark(_ number: Int) -> String {
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    return String(String(number).compactMap { $0.wholeNumberValue.map { digits[$0] } })
  }

  private static let rules: [Rule] = [
    Rule { $0.isSynthetic ? "synthetic: made by a generator, nothing was measured." : nil },
    Rule { host in
      host.hardware["simulated"] == .bool(true)
        ? "the topology is simulated: it describes another machine than the one that measured."
        : nil
    },
    Rule { $0.hardware["isVirtual"] == .bool(true) ? "a virtual machine." : nil },
    Rule { host in
      host.description.threadsPerCore.flatMap {
        $0 > 1 ? "\($0) hardware threads a core (SMT)." : nil
      }
    },
    Rule { host in disturbance(host, "CPU quota", "a control group limits the CPU time") },
    Rule { host in disturbance(host, "instruction sets", "the CPU was used in part") },
    Rule { host in disturbance(host, "transparent huge pages", "transparent huge pages") },
    Rule { host in disturbance(host, "affinity", "not all cores could be used") },
    Rule { host in disturbance(host, "hypervisor", "under a hypervisor") },
    Rule { host in
      host.noiseFloor.flatMap { floor in
        floor > 0.05
          ? "noisy: differences below \(Scaled.percent(floor)) were not told from noise." : nil
      }
    },
    Rule { host in
      host.subject.limits == nil && !host.subject.served.isEmpty
        ? "its limits were not measured: shares of the limit are unknown." : nil
    },
    Rule { host in
      host.machines.count > 1
        ? "\(host.machines.count) machines of this class were measured; each problem's winner may come from any of them."
        : nil
    },
  ]

  /// What `hone doctor` found when the newest session began, by the name of its check.
  private static func disturbance(_ host: FleetHost, _ check: String, _ words: String) -> String? {
    let newest = host.subject.served.max { $0.provenance.time < $1.provenance.time }
    let digest = newest?.provenance.quietness ?? ""
    let finding = digest.split(separator: ";").map { $0.drop { $0 == " " } }
      .first { $0.hasPrefix("WARN \(check) ") || $0.hasPrefix("BAD \(check) ") }
    guard let finding, let start = finding.firstRange(of: check)?.upperBound else { return nil }
    return "\(words):\(finding[start...])."
  }

  private static func general(_ grid: Grid) -> [String] {
    [versions(grid), cores(grid), policies(grid), sessions(grid), ambiguity(grid)].compactMap { $0 }
  }

  private static func versions(_ grid: Grid) -> String? {
    let hosts = grid.fleet.hosts
    var differing: [String] = []
    let names = Set(hosts.flatMap { $0.libraries.keys }).sorted()
    for name in names {
      let versions = hosts.map { $0.libraries[name]?.joined(separator: ", ") }
      let present = versions.compactMap { $0 }
      guard Set(present).count > 1 else { continue }
      let list = zip(hosts, versions).compactMap { host, version in
        version.map { "\($0) (\(host.name))" }
      }
      differing.append("\(name) \(shortened(list))")
    }
    return differing.isEmpty
      ? nil
      : "Versions differ, and with them what was compared: \(differing.joined(separator: "; "))."
  }

  private static func shortened(_ list: [String]) -> String {
    list.count <= 4
      ? list.joined(separator: ", ")
      : list.prefix(3).joined(separator: ", ") + " and \(list.count - 3) more"
  }

  private static func cores(_ grid: Grid) -> String? {
    let counts = grid.columns.indices.map { column in
      Set(grid.rows.indices.compactMap { grid[$0, column]?.record.cores }).sorted()
    }
    guard Set(counts).count > 1 else { return nil }
    let list = grid.columns.indices.map { column in
      let text = counts[column].map(String.init).joined(separator: "/")
      return "\(grid.columnTitle(column)): \(text)"
    }
    return "Core counts differ: \(shortened(list)). For equal counts give --filter cores:N."
  }

  private static func policies(_ grid: Grid) -> String? {
    let fields = grid.projection.rows + grid.projection.columns
    guard !fields.contains(where: { $0.name == "policy" }) else { return nil }
    let policies = Set(
      grid.rows.indices.flatMap { row in
        grid.columns.indices.compactMap { grid[row, $0]?.record.policy.name }
      })
    return policies.count > 1
      ? "Rows mix measurement policies (\(policies.sorted().joined(separator: ", "))): such times do not compare."
      : nil
  }

  private static func sessions(_ grid: Grid) -> String? {
    guard grid.fleet.hosts.count > 1 else { return nil }
    return grid.fleet.hosts.contains { Set($0.subject.served.map(\.provenance.session)).count == 1 }
      ? "Where a host was measured in one session, how it drifts from day to day is unknown and in no interval."
      : nil
  }

  private static func ambiguity(_ grid: Grid) -> String? {
    guard grid.ambiguous.cells > 0 else { return nil }
    return
      "\(grid.ambiguous.cells) more results share a cell with one that is shown and differ in "
      + "\(grid.ambiguous.fields.joined(separator: ", ")): shown is that with most cores, then the newest."
  }

  /// Why a cell is empty: "n/a (no bf16)" where the host cannot, "–" where nobody measured.
  static func absence(_ row: Int, _ column: Int, _ grid: Grid) -> String {
    guard let host = grid.host(ofColumn: column),
      let sample = grid.columns.indices.lazy.compactMap({ grid[row, $0] }).first
    else { return "–" }
    let types = sample.record.problem.types
    let refused = host.subject.records.contains {
      $0.outcome == .unsupported && $0.problem.types == types
    }
    let lacks = host.hardware["lacksTypes"]?.array?.contains(.string(types)) ?? false
    return refused || lacks ? "n/a (no \(types))" : "–"
  }
}

/// The footnotes as a section.
public enum NotesSection: FleetSection {
  public static let name = "notes"
  public static let summary = "what to know before believing the comparison"
  public static let isUsual = true

  public static func body(of grid: Grid) -> ReportBody? {
    let notes = Notes(grid)
    let numbered = notes.ofHosts.enumerated().map { index, note in
      let names = note.hosts.map { grid.fleet.hosts[$0].name }.joined(separator: ", ")
      return "\(Notes.mark(index + 1)) \(names): \(note.text)"
    }
    let lines = numbered + notes.general
    return lines.isEmpty
      ? nil : ReportBody(name, title: "Notes", lines.map { .paragraph($0) })
  }
}
