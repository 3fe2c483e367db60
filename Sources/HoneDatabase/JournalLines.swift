// JournalLines.swift: the lines of a journal, and their records, read by as many threads as there are processors.

internal import Dispatch
internal import Glibc
internal import Synchronization

/// Where the lines of a file are. The bytes outlive this.
struct JournalLines: @unchecked Sendable {
  struct Line {
    var number: Int
    /// Without the line break, LF or CR LF.
    var content: Range<Int>
    /// Where the next one begins.
    var next: Int
    /// Has it a line break?
    var isEnded: Bool
    var isLast: Bool
  }

  let all: [Line]
  private let bytes: UnsafeBufferPointer<UInt8>

  init(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) {
    self.bytes = bytes
    var lines: [Line] = []
    var start = start
    while start < bytes.count, let base = bytes.baseAddress {
      let found = memchr(base + start, 0x0a, bytes.count - start)
      let end = found.map { UnsafeRawPointer($0) - UnsafeRawPointer(base) } ?? bytes.count
      let next = found == nil ? bytes.count : end + 1
      let last = end > start && bytes[end - 1] == UInt8(ascii: "\r") ? end - 1 : end
      lines.append(
        Line(
          number: lines.count + 1, content: start..<last, next: next, isEnded: found != nil,
          isLast: next == bytes.count))
      start = next
    }
    all = lines
  }

  /// One for each line; nil for a line of blanks that is ended.
  func records(_ migration: RecordMigration) -> [Result<StoredRecord, any Error>?] {
    let chunk = 256
    guard all.count > chunk else { return records(all.indices, migration) }
    let chunks = (all.count + chunk - 1) / chunk
    let parts = Mutex([[Result<StoredRecord, any Error>?]](repeating: [], count: chunks))
    DispatchQueue.concurrentPerform(iterations: chunks) { number in
      let range = number * chunk..<min(all.count, (number + 1) * chunk)
      let part = records(range, migration)
      parts.withLock { $0[number] = part }
    }
    return parts.withLock { Array($0.joined()) }
  }

  private func records(_ range: Range<Int>, _ migration: RecordMigration)
    -> [Result<StoredRecord, any Error>?]
  {
    let texts = TextPool()
    return all[range].map { line in
      let content = UnsafeBufferPointer(rebasing: bytes[line.content])
      if line.isEnded && content.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { return nil }
      return Result { try StoredRecord.read(content, migration, texts) }
    }
  }
}
