// ForeignSource.swift: a file of another tool as read: its name, its bytes, and errors that say where in it something is wrong.

internal import HoneCore

public struct ForeignSource: Sendable {
  /// As errors name it; some formats say part of their content in it.
  public let name: String
  /// Without a byte order mark.
  let bytes: [UInt8]
  /// Bytes before `bytes`.
  private let skipped: Int

  /// Larger files are refused: a document takes some ten times its size in memory.
  public static let largestBytes = 64 << 20

  public init(name: String, bytes: [UInt8]) {
    self.name = name
    let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    skipped = bytes.starts(with: mark) ? mark.count : 0
    self.bytes = Array(bytes.dropFirst(skipped))
  }

  /// Of "a/b/E=8,N=4.json": "E=8,N=4".
  var stem: String {
    let file = name.split(separator: "/").last.map(String.init) ?? name
    guard let dot = file.lastIndex(of: "."), dot > file.startIndex else { return file }
    return String(file[..<dot])
  }

  /// Enough of the beginning to tell formats apart.
  var head: String { String(decoding: bytes.prefix(4096), as: UTF8.self) }

  /// The first byte that is no blank.
  var firstByte: UInt8? { bytes.first { !ForeignSource.isBlank($0) } }

  static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d
  }

  /// Lines that are not blank, without line breaks, numbered from 1.
  var lines: [(number: Int, bytes: ArraySlice<UInt8>)] {
    bytes.split(separator: 0x0a, omittingEmptySubsequences: false).enumerated().compactMap {
      let line = $1.last == 0x0d ? $1.dropLast() : $1
      return line.allSatisfy(Self.isBlank) ? nil : ($0 + 1, line)
    }
  }

  /// The names in a list of a JSON document; each once.
  func names(_ value: JSONValue?, _ key: String) throws -> [String] {
    let names = value?.array?.map(\.string) ?? [nil]
    guard names.allSatisfy({ $0 != nil }) else {
      throw error("'\(key)' is no list of names", nearKey: key)
    }
    guard Set(names).count == names.count else {
      throw error("'\(key)' has a name twice", nearKey: key)
    }
    return names.compactMap { $0 }
  }

  func json() throws -> JSONValue {
    do {
      return try JSONValue(parsing: bytes)
    } catch let error as JSONSyntaxError {
      throw self.error(error.reason, at: error.offset)
    }
  }
}

// MARK: - Errors

extension ForeignSource {
  private static let advice = "Check that the file is complete and of the format that you named."

  /// - Parameter offset: in `bytes`.
  func error(_ reason: String, at offset: Int) -> HoneError {
    let before = bytes.prefix(offset)
    let line = before.count { $0 == 0x0a } + 1
    let column = offset - (before.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0) + 1
    return HoneError(
      .unusableData, "\(name):\(line):\(column): \(reason)", advice: Self.advice,
      context: ["path": name, "line": "\(line)", "offset": "\(offset + skipped)"])
  }

  func error(_ reason: String, line: Int) -> HoneError {
    HoneError(
      .unusableData, "\(name):\(line): \(reason)", advice: Self.advice,
      context: ["path": name, "line": "\(line)"])
  }

  /// About a member of a JSON document: at the first place where its key stands.
  func error(_ reason: String, nearKey key: String) -> HoneError {
    let text = Array(JSONValue.string(key).canonical.utf8)
    guard let place = bytes.firstRange(of: text) else { return error(reason) }
    return error(reason, at: place.lowerBound)
  }

  func error(_ reason: String) -> HoneError {
    HoneError(
      .unusableData, "\(name): \(reason)", advice: Self.advice, context: ["path": name])
  }
}
