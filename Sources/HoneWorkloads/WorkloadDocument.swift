// WorkloadDocument.swift: the JSON form of a workload, `hone.workload/1`.

internal import FoundationEssentials
internal import HoneCore

/// ```
/// {"schema": "hone.workload/1", "name": "…", "summary": "…", "source": "…",
///  "problems": [{"operation": "gemm", "types": "f32", "shape": {"m": 1, "n": 4096, "k": 4096},
///                "attributes": {"transB": "t"}, "weight": 32, "policy": "cold", "note": "attention output"},
///               {"operation": "embedding-bag", "shape": {…}, "stream": "table0.npy"}]}
/// ```
/// Required are `schema`, `name`, `problems`, and of each problem `operation` and `shape`. `types` is "f32", `weight` 1 and `policy`
/// "warm" where they are missing; `stream` is a file of indices (see `IndexStream`), from the document's folder on, whose reuse becomes the
/// problem's `distribution`; a policy is a name such as "cold+memory-50" (see `MeasurementPolicy`). A field that is not in this list is an error: it is a typing mistake more often than not.
public enum WorkloadDocument {
  public static let schema = "hone.workload/1"

  /// - Parameter origin: the file's name, for messages.
  /// - Throws: `HoneError` that names the entry and the field.
  public static func workload(from text: some Sequence<UInt8>, origin: String) throws -> Workload {
    do {
      var bytes = Data(text)
      if bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes = bytes.dropFirst(3) }
      let version = try JSONDecoder().decode(Version.self, from: bytes)
      guard version.schema == schema else {
        throw HoneError(
          .unusableData, "\(origin): its schema is '\(version.schema)', not '\(schema)'",
          advice: "A newer Hone may read it.", context: ["path": origin])
      }
      let decoder = JSONDecoder()
      decoder.userInfo[.workloadFolder] = URL(filePath: origin).deletingLastPathComponent().path
      let workload = try decoder.decode(Workload.self, from: bytes)
      try check(workload, origin)
      return workload
    } catch let error as DecodingError {
      throw HoneError(
        .unusableData, "\(origin): \(reason(of: error))",
        advice: "The format is described by the schema hone.workload/1 (workload.json).",
        context: ["path": origin])
    }
  }

  /// The document, for people and programs.
  public static func text(of workload: Workload) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(workload), as: UTF8.self) + "\n"
  }

  /// `problem 3 (lm_head)`, counted from 1.
  static func entryName(_ index: Int, note: String = "") -> String {
    "problem \(index + 1)" + (note.isEmpty ? "" : " (\(note))")
  }

  private static func check(_ workload: Workload, _ origin: String) throws {
    guard !workload.entries.isEmpty else {
      throw HoneError(.unusableData, "\(origin): it has no problems", context: ["path": origin])
    }
    let index = workload.entries.firstIndex { !($0.weight > 0 && $0.weight.isFinite) }
    guard let index else { return }
    throw HoneError(
      .unusableData,
      "\(origin): \(entryName(index, note: workload.entries[index].note)): its weight is not positive",
      advice: "Give the number of calls, or leave the problem out.", context: ["path": origin])
  }

  private static func reason(of error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, let context):
      "\(place(context.codingPath))the field '\(key.stringValue)' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "\(place(context.codingPath))\(field(context.codingPath)) has the wrong type"
    case .dataCorrupted(let context):
      context.codingPath.isEmpty
        ? "no JSON: \(context.debugDescription)"
        : "\(place(context.codingPath))\(context.debugDescription)"
    @unknown default: "\(error)"
    }
  }

  private static func place(_ path: [any CodingKey]) -> String {
    path.first { $0.intValue != nil }.flatMap(\.intValue).map { "\(entryName($0)): " } ?? ""
  }

  private static func field(_ path: [any CodingKey]) -> String {
    "the field '\(path.filter { $0.intValue == nil }.dropFirst(path.count > 1 ? 1 : 0).map(\.stringValue).joined(separator: "."))'"
  }

  private struct Version: Decodable { var schema: String }
}
