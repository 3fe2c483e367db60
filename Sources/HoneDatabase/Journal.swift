// Journal.swift: what a journal file says: its records in order, and everything in it that is not a record.

/// A journal as read. The file is never changed by reading.
struct Journal {
  var path: String
  var records: [StoredRecord] = []
  var findings: [Finding] = []
  /// Lines of a newer schema, as they are: they may be fine, so nothing derived from this journal is complete.
  private(set) var newerTexts: [String] = []
  var newerLines: Int { newerTexts.count }
  private var newerNumbers: Set<Int> = []
  private let migration: RecordMigration
  /// The number of leading bytes that a writer keeps: everything but a torn tail.
  var keptBytes = 0
  /// Does the last kept line lack its line break?
  var needsLineBreak = false

  private static let lineFeed = UInt8(ascii: "\n")
  private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

  init(path: String, bytes: [UInt8], _ migration: RecordMigration = .current) {
    self.path = path
    self.migration = migration
    var start = bytes.starts(with: Self.byteOrderMark) ? Self.byteOrderMark.count : 0
    var number = 0
    keptBytes = start
    while start < bytes.count {
      number += 1
      let end = bytes[start...].firstIndex(of: Self.lineFeed)
      let next = end.map { $0 + 1 } ?? bytes.count
      let line = Line(number: number, isEnded: end != nil, isLast: next == bytes.count)
      read(bytes[start..<(end ?? bytes.count)], line, next: next)
      start = next
    }
  }

  private struct Line {
    var number: Int
    var isEnded: Bool
    var isLast: Bool
  }

  private mutating func read(_ text: ArraySlice<UInt8>, _ line: Line, next: Int) {
    let content = text.last == UInt8(ascii: "\r") ? text.dropLast() : text
    if content.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) && line.isEnded {
      return keep(line, next)
    }
    do {
      records.append(try StoredRecord(line: content, migration))
      keep(line, next)
    } catch StoredRecord.LineError.unreadable(_) where line.isLast {
      reportTornTail(line, bytes: next - keptBytes)
    } catch let error as StoredRecord.LineError {
      if case .newer = error {
        newerTexts.append(String(decoding: content, as: UTF8.self))
        newerNumbers.insert(line.number)
      }
      report(.error, line, error.reason)
      keep(line, next)
    } catch {
      report(.error, line, "\(error)")
      keep(line, next)
    }
  }

  /// Is the finding about a line of a newer schema, which is kept as it is?
  func isNewer(_ finding: Finding) -> Bool { finding.line.map(newerNumbers.contains) ?? false }

  private mutating func keep(_ line: Line, _ next: Int) {
    keptBytes = next
    needsLineBreak = !line.isEnded
  }

  /// Not kept: a writer cuts it off. Without a line break it is what a killed writer leaves; with one, something else happened.
  private mutating func reportTornTail(_ line: Line, bytes: Int) {
    if line.isEnded {
      report(.error, line, "the last line is damaged (\(bytes) bytes); the next writer cuts it off")
    } else {
      report(.note, line, "a write was cut off (\(bytes) bytes); the next writer removes them")
    }
  }

  private mutating func report(_ severity: Finding.Severity, _ line: Line, _ message: String) {
    findings.append(Finding(severity, path: path, line: line.number, message))
  }
}
