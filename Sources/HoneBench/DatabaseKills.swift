// DatabaseKills.swift: writers killed at random moments, again and again, while journals are compacted: what was acknowledged must be there.

internal import Glibc
internal import HoneCore
internal import HoneDatabase

enum DatabaseKills {
  static func run(kills: Int, writers: Int, seed: UInt64) throws {
    let folder = try DatabaseBenchmark.temporaryFolder()
    defer { try? DatabaseBenchmark.remove(folder) }
    var generator = SeededGenerator(seed: seed)
    var killed = 0
    var round = 0
    while killed < kills {
      round += 1
      let children = try (0..<min(writers, kills - killed)).map {
        try spawn(folder, name: "\(round)-\($0)")
      }
      waitForAcknowledgements(folder, round: round, of: children.count)
      usleep(UInt32(generator.below(40_000)))
      if round % 3 == 0 { _ = try Database.compact(path: "\(folder)/db") }
      for child in children {
        kill(child, SIGKILL)
        usleep(UInt32(generator.below(4000)))
      }
      for child in children { waitpid(child, nil, 0) }
      killed += children.count
    }
    try check(folder, killed: killed)
  }

  private static func check(_ folder: String, killed: Int) throws {
    let path = "\(folder)/db"
    try checkTable(path)
    _ = try Database.rebuild(path: path)
    let database = try Database(path: path)
    let known = Set(database.classes.flatMap(\.records).map(\.id))
    let promised = try acknowledged(folder)
    let lost = promised.subtracting(known)
    let findings = try database.validate()
    let errors = findings.filter { $0.severity == .error }
    print(
      "\(killed) writers killed: \(database.classes.reduce(0) { $0 + $1.best.count }) rows served, \(promised.count) records acknowledged, \(known.count) there, "
        + "\(lost.count) lost, \(errors.count) errors, \(findings.count - errors.count) notes")
    guard lost.isEmpty, errors.isEmpty else {
      throw HoneError(.internal, "the database lost or damaged records: \(errors.prefix(3))")
    }
  }

  /// The table that the killed writers left is whole: it was replaced, never written over.
  private static func checkTable(_ path: String) throws {
    let table = text("\(path)/hosts/\(DatabaseBenchmark.hardwareClass)/best.json")
    guard !table.isEmpty, (try? JSONValue(parsing: table.utf8)) != nil else {
      throw HoneError(.internal, "best.json is torn or missing after the kills")
    }
  }

  /// A writer that never ends by itself, unless its parent does.
  static func write(to folder: String, name: String) throws {
    let writer = try DatabaseWriter(
      path: "\(folder)/db", hardwareClass: DatabaseBenchmark.hardwareClass, host: "bench")
    let acknowledgements = open("\(folder)/acks-\(name)", O_WRONLY | O_CREAT | O_APPEND, 0o644)
    let parent = getppid()
    var step = 0
    while getppid() == parent {
      let record = DatabaseBenchmark.record(
        step, session: name, isFinal: step % 50 == 1, host: "bench")
      let id = Array((try writer.append(record) + "\n").utf8)
      _ = Glibc.write(acknowledgements, id, id.count)
      step += 1
      // Tables are replaced while others write, read and die.
      if step % 64 == 0 { try writer.refreshBest() }
    }
  }

  private static func spawn(_ folder: String, name: String) throws -> pid_t {
    let words = ["hone-bench", "database", "--write", folder, name]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var child = pid_t()
    guard posix_spawn(&child, "/proc/self/exe", nil, nil, &arguments, environ) == 0 else {
      throw HoneError(
        .unavailable, "cannot start a writer", advice: "Check the limit of processes.")
    }
    return child
  }

  /// Ids whose whole line was written.
  private static func acknowledged(_ folder: String, prefix: String = "acks-") throws
    -> Set<String>
  {
    var ids: Set<String> = []
    guard let stream = opendir(folder) else { return ids }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard name.hasPrefix(prefix) else { continue }
      let lines = text("\(folder)/\(name)").split(separator: "\n")
      ids.formUnion(lines.filter { $0.utf8.count == 7 + 64 }.map(String.init))
    }
    return ids
  }

  private static func text(_ path: String) -> String {
    let descriptor = open(path, O_RDONLY)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = read(descriptor, &buffer, buffer.count), count > 0 {
      bytes += buffer.prefix(count)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Every writer of the round has written something, or half a minute passed.
  private static func waitForAcknowledgements(_ folder: String, round: Int, of writers: Int) {
    for _ in 0..<6000 {
      let ids = (try? acknowledged(folder, prefix: "acks-\(round)-")) ?? []
      if ids.count > 2 * writers { return }
      usleep(5000)
    }
  }
}
