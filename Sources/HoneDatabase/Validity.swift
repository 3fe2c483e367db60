// Validity.swift: is a record still about the libraries that are here? Judged record by record, never file by file.

public import HoneCore

public enum Validity {
  /// What changed under a record since it was made, in words; empty where it is fresh. Only libraries that its configuration runs count: those named
  /// like its back end, and the kernels of its instruction set; where none is, all that it names.
  /// - Parameter libraries: those that are here, name → version or signature.
  public static func changes(of record: Record, libraries: [String: String]) -> [String] {
    relevant(to: record).sorted { $0.key < $1.key }.compactMap { name, version in
      guard let now = libraries[name] else { return "\(name) \(version) is not here" }
      return now == version ? nil : "\(name): \(version) then, \(now) now"
    }
  }

  /// The libraries whose change makes the record stale, with their versions.
  static func relevant(to record: Record) -> [String: String] {
    let then = record.provenance.libraries
    let own = then.filter { isOf(record.configuration, $0.key) }
    return own.isEmpty ? then : own
  }

  private static func isOf(_ configuration: Configuration, _ library: String) -> Bool {
    let isa = configuration.variant.split(separator: "@", maxSplits: 1).dropFirst().first
    return library.hasPrefix(configuration.backend) || isa.map { library.hasSuffix($0) } ?? false
  }
}
