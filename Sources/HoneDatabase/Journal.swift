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

  private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

  init(path: String, bytes: [UInt8], _ migration: RecordMigration = .current) {
    self.path = path
    self.migration = migration
    let start = bytes.starts(with: Self.byteOrderMark) ? Self.byteOrderMark.count : 0
    keptBytes = start
    bytes.withUnsafeBufferPointer { buffer in
      let lines = JournalLines(buffer, from: start)
      for (line, record) in zip(lines.all, lines.records(migration)) {
        take(line, record, buffer)
      }
    }
  }

  private mutating func take(
    _ line: JournalLines.Line, _ record: Result<StoredRecord, any Error>?,
    _ bytes: UnsafeBufferPointer<UInt8>
  ) {
    let next = line.next
    guard let record else { return keep(line, next) }
    let content = bytes[line.content]
    do {
      records.append(try record.get())
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

  private mutating func keep(_ line: JournalLines.Line, _ next: Int) {
    keptBytes = next
    needsLineBreak = !line.isEnded
  }

  /// Not kept: a writer cuts it off. Without a line break it is what a killed writer leaves; with one, something else happened.
  private mutating func reportTornTail(_ line: JournalLines.Line, bytes: Int) {
    if line.isEnded {
      report(.error, line, "the last line is damaged (\(bytes) bytes); the next writer cuts it off")
    } else {
      report(.note, line, "a write was cut off (\(bytes) bytes); the next writer removes them")
    }
  }

  private mutating func report(
    _ severity: Finding.Severity, _ line: JournalLines.Line, _ message: String
  ) {
    findings.append(Finding(severity, path: path, line: line.number, message))
  }
}
