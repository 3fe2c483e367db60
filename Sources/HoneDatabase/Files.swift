// Files.swift: the few things a database does with files, with errors that name the path and what to do.

internal import Glibc
internal import HoneCore

enum Files {
  /// The whole file, or nil where there is none.
  static func read(_ path: String) throws -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 && (errno == ENOENT || errno == ENOTDIR) { return nil }
    guard descriptor >= 0 else { throw failure("read", path) }
    defer { close(descriptor) }
    return try read(descriptor, path)
  }

  static func read(_ descriptor: Int32, _ path: String) throws -> [UInt8] {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("read", path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw HoneError(
        .unusableData, "\(path) is not a regular file", advice: "Move it out of the database.",
        context: ["path": path])
    }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var filled = 0
    while filled < bytes.count {
      let count = bytes.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress! + filled, $0.count - filled, off_t(filled))
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw failure("read", path) }
      if count == 0 { break }
      filled += count
    }
    return Array(bytes.prefix(filled))
  }

  /// Names in a folder, sorted by their bytes, without those that begin with a dot; none where there is no such folder.
  static func names(in folder: String) throws -> [String] {
    guard let stream = opendir(folder) else {
      if errno == ENOENT { return [] }
      throw failure("read the folder", folder)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  static func isFolder(_ path: String) -> Bool { mode(path) == S_IFDIR }
  static func exists(_ path: String) -> Bool { mode(path) != nil }

  /// Bytes of a file; 0 where there is none.
  static func size(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  private static func mode(_ path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }

  /// Is the open file still the one of that name?
  static func isStill(_ descriptor: Int32, at path: String) -> Bool {
    var own = stat()
    var named = stat()
    return fstat(descriptor, &own) == 0 && stat(path, &named) == 0 && own.st_ino == named.st_ino
      && own.st_dev == named.st_dev
  }

  /// Makes names in a folder survive a power cut.
  static func sync(folder: String) throws {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open the folder", folder) }
    defer { close(descriptor) }
    _ = fsync(descriptor)
  }

  /// Makes the folder and those above it.
  static func makeFolder(_ path: String) throws {
    if isFolder(path) { return }
    if let slash = path.dropLast().lastIndex(of: "/"), slash > path.startIndex {
      try makeFolder(String(path[..<slash]))
    }
    guard mkdir(path, 0o777) == 0 || (errno == EEXIST && isFolder(path)) else {
      throw failure("make the folder", path)
    }
  }

  /// Writes everything, or restores the length that the file had and throws: a full disk leaves no half line behind.
  static func append(_ bytes: [UInt8], to descriptor: Int32, path: String) throws {
    let length = lseek(descriptor, 0, SEEK_END)
    var start = 0
    while start < bytes.count {
      let written = bytes.withUnsafeBytes {
        write(descriptor, $0.baseAddress! + start, $0.count - start)
      }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else {
        let error = failure("write", path)
        if start > 0 { _ = ftruncate(descriptor, length) }
        throw error
      }
      start += written
    }
  }

  /// Replaces a file so that a reader sees either the old or the new one, also after a power cut.
  static func replace(_ path: String, with bytes: [UInt8]) throws {
    let temporary = "\(path).\(getpid()).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure("write", path) }
    do {
      defer { close(descriptor) }
      try append(bytes, to: descriptor, path: path)
      guard fsync(descriptor) == 0 else { throw failure("write", path) }
    } catch {
      unlink(temporary)
      throw error
    }
    guard rename(temporary, path) == 0 else {
      let error = failure("replace", path)
      unlink(temporary)
      throw error
    }
  }
}

// MARK: - Locks

extension Files {
  enum Lock { case held, taken, unavailable }

  /// Tries for the only lock of an open file or folder; it goes with the descriptor. Some network file systems have none.
  static func lock(_ descriptor: Int32, waiting: Bool = false) -> Lock {
    while flock(descriptor, waiting ? LOCK_EX : LOCK_EX | LOCK_NB) != 0 {
      if errno == EINTR { continue }
      return errno == EWOULDBLOCK ? .taken : .unavailable
    }
    return .held
  }

  /// One process at a time runs `body` for a folder, where the file system has locks.
  static func alone<Result>(in folder: String, _ body: () throws -> Result) throws -> Result {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open the folder", folder) }
    defer { close(descriptor) }
    _ = lock(descriptor, waiting: true)
    return try body()
  }
}

// MARK: - Errors

extension Files {
  /// What to do, by error number.
  private static let advice: [Int32: String] = [
    EACCES: "Check the permissions, or choose another database with --db.",
    EPERM: "Check the permissions, or choose another database with --db.",
    EROFS: "The file system is read-only: choose another database with --db.",
    ENOSPC: "Free space and run again: what was written before is kept.",
    EDQUOT: "Your quota is used up: free space and run again; what was written before is kept.",
    EFBIG: "The limit on file sizes is reached (ulimit -f): what was written before is kept.",
    ENOTDIR: "A file stands where a folder should be: choose another database with --db.",
    EEXIST: "A file stands where a folder should be: choose another database with --db.",
    EMFILE: "Too many files are open: raise the limit (ulimit -n).",
  ]

  /// The error of the last system call.
  static func failure(_ verb: String, _ path: String) -> HoneError {
    let number = errno
    return HoneError(
      .unusableData, "cannot \(verb) \(path): \(String(cString: strerror(number)))",
      advice: advice[number] ?? "Check the path and the file system.",
      context: ["path": path, "errno": "\(number)"])
  }
}
