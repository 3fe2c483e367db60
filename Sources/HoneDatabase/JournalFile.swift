// JournalFile.swift: one journal that one process appends to.

internal import Glibc
internal import HoneCore
internal import Synchronization

/// An open journal. The lock, where the file system has locks, goes with the descriptor: a killed writer leaves none behind.
final class JournalFile: Sendable {
  let path: String
  /// What was repaired when it was opened.
  let findings: [Finding]
  private let descriptor: Int32
  private let lastSync = Mutex(ContinuousClock.now)
  private static let syncInterval = Duration.seconds(2)

  private init(_ descriptor: Int32, path: String) throws {
    self.descriptor = descriptor
    self.path = path
    findings = try Self.repair(descriptor, path: path)
  }

  deinit {
    fdatasync(descriptor)
    close(descriptor)
  }

  /// The first journal of this host that nobody else writes. Where there are no locks nobody can tell, so there it is a new one.
  static func open(in layout: Layout, hardwareClass: String, host: String) throws -> JournalFile {
    try Files.makeFolder(layout.journals(hardwareClass))
    var mustBeNew = false
    for number in 1... {
      let path = layout.journal(hardwareClass, host: host, number: number)
      let flags = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | (mustBeNew ? O_EXCL : 0)
      let descriptor = Glibc.open(path, flags, 0o666)
      if descriptor < 0 && errno == EEXIST { continue }
      guard descriptor >= 0 else { throw Files.failure("write", path) }
      switch mustBeNew ? .held : Files.lock(descriptor) {
      // Between opening and locking it may have been compacted away; what is written to a file without a name is lost.
      case .held where Files.isStill(descriptor, at: path):
        return try JournalFile(descriptor, path: path)
      case .held, .taken: break
      case .unavailable: mustBeNew = true
      }
      close(descriptor)
    }
    throw HoneError(.internal, "there is no free journal in \(layout.journals(hardwareClass))")
  }

  /// Cuts a torn tail and completes a line that lacks only its line break.
  private static func repair(_ descriptor: Int32, path: String) throws -> [Finding] {
    let bytes = try Files.read(descriptor, path)
    let journal = Journal(path: path, bytes: bytes)
    if journal.keptBytes < bytes.count {
      guard ftruncate(descriptor, off_t(journal.keptBytes)) == 0 else {
        throw Files.failure("repair", path)
      }
    }
    if journal.needsLineBreak {
      try Files.append([UInt8(ascii: "\n")], to: descriptor, path: path)
    }
    return journal.findings
  }

  /// When it returns, the line survives the death of this process. It survives a power cut when `durable`, or from
  /// the next durable line, the next line two seconds later or the end on.
  func append(_ line: String, durable: Bool) throws {
    try lastSync.withLock { last in
      try Files.append(Array(line.utf8), to: descriptor, path: path)
      let now = ContinuousClock.now
      guard durable || now - last >= Self.syncInterval else { return }
      guard fdatasync(descriptor) == 0 else { throw Files.failure("write", path) }
      last = now
    }
  }
}
