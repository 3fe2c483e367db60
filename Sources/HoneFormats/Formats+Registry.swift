// Formats+Registry.swift: every format that results are read from or written to; one row each.

internal import HoneCore

public enum Formats {
  /// In the order in which a file's content is tried.
  public static let all: [any ForeignFormat.Type] = [
    KernelTunerCache.self, T4Results.self, KernelLauncherWisdom.self, PerMTable.self,
    TunableOpResults.self, RecordedSpaceTable.self, PlainTable.self, CHeader.self,
  ]

  public static var readers: [any ForeignReader.Type] {
    all.compactMap { $0 as? any ForeignReader.Type }
  }

  public static var writers: [any ForeignWriter.Type] {
    all.compactMap { $0 as? any ForeignWriter.Type }
  }

  public static func reader(named name: String) throws -> any ForeignReader.Type {
    if let reader = readers.first(where: { $0.name == name }) { return reader }
    throw unknown(name, readers.map { $0.name })
  }

  public static func writer(named name: String) throws -> any ForeignWriter.Type {
    if let writer = writers.first(where: { $0.name == name }) { return writer }
    throw unknown(name, writers.map { $0.name })
  }

  /// The format of a file by its content.
  public static func detect(_ source: ForeignSource) throws -> any ForeignReader.Type {
    if let reader = readers.first(where: { $0.recognises(source) }) { return reader }
    let names = readers.map { $0.name }.joined(separator: ", ")
    throw HoneError(
      .unusableData, "\(source.name) is of no format that Hone knows",
      advice: "Say which with --format: \(names).", context: ["path": source.name])
  }

  /// Reads a file of the named format, or of whichever it looks like.
  public static func read(_ source: ForeignSource, format: String? = nil) throws -> ForeignTable {
    guard source.bytes.count <= ForeignSource.largestBytes else {
      throw HoneError(
        .unusableData,
        "\(source.name) has \(source.bytes.count) bytes; at most \(ForeignSource.largestBytes) are read",
        advice: "Split it by problem.", context: ["path": source.name])
    }
    return try (format.map(reader) ?? detect(source)).read(source)
  }

  private static func unknown(_ name: String, _ names: [String]) -> HoneError {
    HoneError(
      .usage, "there is no format '\(name)'",
      advice: "Choose one of: \(names.joined(separator: ", ")).")
  }
}
