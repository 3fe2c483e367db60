// TopologyDocument.swift: an hwloc XML file as text: what is wrong with a bad one, and what to leave out of a recorded one.

internal import HoneCore

/// The bytes of an hwloc XML file, looked at without parsing: hwloc itself says nothing of why it refuses a file.
struct TopologyDocument {
  var bytes: [UInt8]
  /// For messages.
  var name: String

  /// Larger than any topology (a machine with 4096 CPUs takes about 10 MiB).
  static let limit = 64 << 20

  /// What is wrong with the file, as far as its text shows; nil where it looks like a topology.
  func problem() -> HoneError? {
    if bytes.allSatisfy({ $0 <= 32 }) {
      return error("is empty", advice: Self.recordAdvice)
    }
    let head = String(decoding: bytes.prefix(4096), as: UTF8.self)
    let start = head.drop { $0.isWhitespace || $0 == "\u{feff}" }
    if start.hasPrefix("{") || start.hasPrefix("[") {
      return error("is JSON, not hwloc XML", advice: Self.recordAdvice)
    }
    if !start.hasPrefix("<") {
      return error("is not XML: it does not start with '<'", advice: Self.recordAdvice)
    }
    guard let root = range(of: "<topology") else {
      return error(
        "is XML but has no <topology> element, so hwloc did not write it (or it was cut off early)",
        advice: Self.recordAdvice)
    }
    if let major = majorVersion(from: root), major > 2 {
      return error(
        "is a topology of format version \(major), and the hwloc in use reads versions 1 and 2",
        advice: "Export it again on that machine: lstopo --export-xml-flags v2 FILE.xml.")
    }
    if range(of: "</topology>") == nil {
      return error(
        "ends in the middle: there is no </topology>, so it was truncated",
        advice: "Copy the whole file again.")
    }
    return nil
  }

  /// For a file that looks right and that hwloc refuses nevertheless.
  func refused(_ failure: HwlocFailure) -> HoneError {
    error(
      "is refused by hwloc (\(failure.reason)): it is damaged, was edited by hand, or is not hwloc's",
      advice: Self.recordAdvice)
  }

  /// hwloc's own parser takes only what hwloc writes: no comments, no byte-order mark, no carriage returns.
  func normalised() -> TopologyDocument {
    var kept: [UInt8] = []
    var rest = bytes[...]
    if rest.starts(with: [0xef, 0xbb, 0xbf]) { rest = rest.dropFirst(3) }
    if rest.contains(13) { rest = rest.filter { $0 != 13 }[...] }
    while let start = rest.firstRange(of: Array("<!--".utf8)) {
      kept += rest[..<start.lowerBound]
      let after = rest[start.upperBound...]
      // Without an end, everything after it is comment, as a parser would see it.
      rest = after.firstRange(of: Array("-->".utf8)).map { after[$0.upperBound...] } ?? []
    }
    return TopologyDocument(bytes: kept + rest, name: name)
  }

  private static let recordAdvice =
    "Record the machine with `hone topology --record FILE.xml` or `lstopo FILE.xml`."

  private func error(_ problem: String, advice: String) -> HoneError {
    HoneError(.unusableData, "\(name) \(problem).", advice: advice, context: ["path": name])
  }

  /// The first place where `text` occurs.
  private func range(of text: String) -> Int? {
    let pattern = Array(text.utf8)
    guard bytes.count >= pattern.count else { return nil }
    return bytes.withUnsafeBufferPointer { all in
      (0...(all.count - pattern.count)).first { start in
        all[start] == pattern[0] && pattern.indices.allSatisfy { all[start + $0] == pattern[$0] }
      }
    }
  }

  /// `version="3.0"` of the root element is 3; nil where it has none (hwloc 1) or one that is no number.
  private func majorVersion(from root: Int) -> Int? {
    let element = String(decoding: bytes[root...].prefix { $0 != UInt8(ascii: ">") }, as: UTF8.self)
    let parts = element.split(separator: "\"", omittingEmptySubsequences: false)
    guard let name = parts.firstIndex(where: { $0.hasSuffix(" version=") }), name + 1 < parts.count
    else { return nil }
    return Int(parts[name + 1].prefix { $0.isNumber })
  }
}

// MARK: - Recording

extension TopologyDocument {
  /// The infos that a recorded topology keeps. Anything else may name a host, a person, a job or a device: host name,
  /// serial and asset numbers, MAC and GUID addresses, control-group paths, the process that recorded it.
  private static let kept: Set<String> = [
    "Architecture", "Backend", "hwlocVersion", "CPUVendor", "CPUModel", "CPUFamilyNumber",
    "CPUModelNumber", "CPUStepping", "CPURevision", "CPUImplementer", "CPUArchitecture",
    "CPUVariant", "CPUPart", "PlatformName", "Inclusive", "MemoryTier", "DAXType", "CoreType",
    "FrequencyMaxMHz", "FrequencyBaseMHz", "LinuxCapacity", "SyntheticDescription",
  ]

  /// Without the infos that say more than what the machine is.
  func stripped() -> TopologyDocument {
    let lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
    let keptLines = lines.filter { line in
      let text = String(decoding: line, as: UTF8.self)
      guard let start = text.firstRange(of: "<info name=\"") else { return true }
      let name = text[start.upperBound...].prefix { $0 != "\"" }
      return Self.kept.contains(String(name)) || name.hasPrefix(RecordedFact.prefix)
    }
    return TopologyDocument(bytes: Array(keptLines.joined(separator: [10])), name: name)
  }
}

/// Facts that hwloc does not store, added to a recorded topology as infos of its root object.
enum RecordedFact: String, CaseIterable {
  case features = "HoneFeatures"
  case hypervisor = "HoneHypervisor"
  case memory = "HoneMemoryBytes"

  static let prefix = "Hone"
}

extension StringProtocol {
  /// The first occurrence of a text.
  func firstRange(of text: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) {
        return start..<index(start, offsetBy: text.count)
      }
      formIndex(after: &start)
    }
    return nil
  }
}
