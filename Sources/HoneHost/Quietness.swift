// Quietness.swift: is this machine quiet enough to be measured on, and what to do where it is not.

/// The judgement of a machine before measuring: one finding a check.
public struct Quietness: Hashable, Sendable, Codable {
  public enum Grade: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    case ok = "OK"
    /// Measurements are possible and less certain, or valid for this setting only.
    case warn = "WARN"
    /// Measurements are not to be trusted.
    case bad = "BAD"

    public static func < (first: Grade, second: Grade) -> Bool { first.rank < second.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  }

  public struct Finding: Hashable, Sendable, Codable {
    public var check: String
    /// What was found, for people.
    public var value: String
    public var grade: Grade
    /// What to do; empty where nothing needs doing.
    public var advice: String

    public init(check: String, value: String, grade: Grade, advice: String) {
      self.check = check
      self.value = value
      self.grade = grade
      self.advice = advice
    }
  }

  public var findings: [Finding]

  public init(findings: [Finding]) { self.findings = findings }

  /// Looks at the machine for `seconds`, half of the time idle and half of it busy on the calling thread.
  public static func inspect(
    _ topology: Topology, files: SystemFiles = SystemFiles(), seconds: Double = 1.5
  ) -> Quietness {
    Quietness(evidence: QuietnessEvidence.collect(topology, files: files, seconds: seconds))
  }

  init(evidence: QuietnessEvidence) {
    findings = Self.checks.compactMap { check in
      check.judge(evidence).map {
        Finding(check: check.name, value: $0.value, grade: $0.grade, advice: $0.advice)
      }
    }
  }

  /// The worst grade.
  public var grade: Grade { findings.map(\.grade).max() ?? .ok }

  /// One line for records: "OK", or the findings that are not: "BAD steal 6.1 %; WARN hypervisor KVM".
  public var digest: String {
    let parts = [Grade.bad, .warn].flatMap { grade in
      findings.filter { $0.grade == grade }.map { "\(grade.rawValue) \($0.check) \($0.value)" }
    }
    return parts.isEmpty ? Grade.ok.rawValue : parts.joined(separator: "; ")
  }
}
