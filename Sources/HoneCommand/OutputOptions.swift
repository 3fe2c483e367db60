// OutputOptions.swift: the options that every subcommand has: format and colour.

internal import ArgumentParser
internal import FoundationEssentials

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json
}

struct OutputOptions: ParsableArguments {
  @Option(help: "text for people, json for programs.")
  var format: OutputFormat = .text

  @Flag(help: "No colour, even on a terminal (the variable NO_COLOR does the same).")
  var noColor = false

  /// Prints `value` as JSON with sorted keys, or what `text` returns.
  func emit(_ value: some Encodable, text: () -> String) throws {
    switch format {
    case .text: Terminal.print(text())
    case .json: Terminal.print(try Self.json(value))
    }
  }

  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
