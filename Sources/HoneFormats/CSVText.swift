// CSVText.swift: comma-separated values (RFC 4180): cells with commas, quotes or line breaks stand in quotes.

internal import HoneCore

enum CSVText {
  struct Row {
    /// Of the row's first line, from 1.
    var line: Int
    var cells: [String]
  }

  static func line(_ cells: [String]) -> String { cells.map(cell).joined(separator: ",") + "\n" }

  private static func cell(_ text: String) -> String {
    let needsQuotes = text.utf8.contains { $0 == 0x22 || $0 == 0x2c || $0 == 0x0a || $0 == 0x0d }
    return needsQuotes ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
  }

  /// The first row and the others; all have as many cells as the first.
  static func table(_ source: ForeignSource) throws -> (header: [String], rows: [Row]) {
    let rows = try rows(source)
    guard let header = rows.first else { throw source.error("the file is empty") }
    guard Set(header.cells).count == header.cells.count else {
      throw source.error("two of its columns have the same name", line: header.line)
    }
    if let wrong = rows.first(where: { $0.cells.count != header.cells.count }) {
      throw source.error(
        "\(wrong.cells.count) cells, the header has \(header.cells.count)", line: wrong.line)
    }
    return (header.cells, Array(rows.dropFirst()))
  }

  private static func rows(_ source: ForeignSource) throws -> [Row] {
    var rows: [Row] = []
    var reader = CSVReader(bytes: source.bytes)
    while let row = try reader.next(source) {
      if row.cells != [""] { rows.append(row) }
    }
    return rows
  }
}

private struct CSVReader {
  let bytes: [UInt8]
  var position = 0
  var line = 1

  mutating func next(_ source: ForeignSource) throws -> CSVText.Row? {
    guard position < bytes.count else { return nil }
    let first = line
    var cells: [String] = []
    while true {
      cells.append(try cell(source, from: first))
      guard position < bytes.count, bytes[position] == 0x2c else { break }
      position += 1
    }
    if position < bytes.count, bytes[position] == 0x0d { position += 1 }
    if position < bytes.count, bytes[position] == 0x0a {
      position += 1
      line += 1
    }
    return CSVText.Row(line: first, cells: cells)
  }

  /// Stops at a comma, a line break or the end.
  private mutating func cell(_ source: ForeignSource, from first: Int) throws -> String {
    guard position < bytes.count, bytes[position] == 0x22 else {
      let start = position
      while position < bytes.count, bytes[position] != 0x2c, !isLineBreak { position += 1 }
      return String(decoding: bytes[start..<position], as: UTF8.self)
    }
    position += 1
    var text: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == 0x0a { line += 1 }
      guard byte == 0x22 else {
        text.append(byte)
        continue
      }
      if position < bytes.count, bytes[position] == 0x22 {
        text.append(0x22)
        position += 1
        continue
      }
      guard position == bytes.count || bytes[position] == 0x2c || isLineBreak else {
        throw source.error("text after a closing quote", line: line)
      }
      return String(decoding: text, as: UTF8.self)
    }
    throw source.error("a quoted cell has no end", line: first)
  }

  private var isLineBreak: Bool {
    bytes[position] == 0x0a
      || (bytes[position] == 0x0d && (position + 1 == bytes.count || bytes[position + 1] == 0x0a))
  }
}
