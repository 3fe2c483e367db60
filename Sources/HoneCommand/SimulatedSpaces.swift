// SimulatedSpaces.swift: what `hone simulate --space` accepts: recorded spaces as CSV, and results of other tools as JSON.

internal import FoundationEssentials
internal import HoneCore
internal import HoneFormats
internal import HoneSearch

enum SimulatedSpaces {
  /// The spaces in a file: one in a CSV file, one a problem in a file of another tool.
  static func load(_ path: String) throws -> [RecordedSpace] {
    let url = URL(fileURLWithPath: path)
    guard let data = try? Data(contentsOf: url) else {
      throw HoneError(
        .unusableData, "the file \(path) cannot be read",
        advice: "Give the path of a recorded space.", context: ["path": path])
    }
    let stem = url.deletingPathExtension().lastPathComponent
    guard isJSON(data) else {
      return [try RecordedSpace(name: stem, csv: String(decoding: data, as: UTF8.self))]
    }
    return try foreign(path, stem, data)
  }

  /// No CSV header begins with a brace or a bracket, and every JSON file of results does.
  private static func isJSON(_ data: Data) -> Bool {
    let first = data.first { !" \t\r\n".utf8.contains($0) && ![0xEF, 0xBB, 0xBF].contains($0) }
    return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
  }

  private static func foreign(_ path: String, _ stem: String, _ data: Data) throws
    -> [RecordedSpace]
  {
    let source = ForeignSource(name: path, bytes: Array(data))
    guard Formats.readers.contains(where: { $0.recognises(source) }) else {
      throw HoneError(
        .unusableData,
        "the file \(path) is neither a recorded space nor a result file that is known",
        advice: "Give a CSV file whose header ends in value,value_std,status,compile_ms,bench_ms,"
          + " a cache file of Kernel Tuner or a T4 result file.", context: ["path": path])
    }
    let documents = try RecordedSpaceTable.write(Formats.read(source))
    guard !documents.isEmpty else {
      throw HoneError(
        .unusableData, "the file \(path) holds no results", advice: "Record it again.",
        context: ["path": path])
    }
    return try documents.map { document in
      let name = documents.count == 1 ? stem : String(document.name.dropLast(".csv".count))
      return try RecordedSpace(name: name, csv: document.text)
    }
  }
}
