// SystemFiles.swift: reads /proc and /sys below a root folder, so that a test can build a machine out of files.

internal import Glibc

/// The files in which the kernel describes the machine. Reading never fails: what is not there or not readable is nil.
public struct SystemFiles: Sendable, Hashable {
  /// "/" on a real machine.
  public var root: String

  public init(root: String = "/") { self.root = root.hasSuffix("/") ? root : root + "/" }

  /// The content of a file of at most 4 MiB. Kernel files have no size, so it is read until its end.
  public func text(_ path: String) -> String? {
    let descriptor = open(root + path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16384)
    while content.count < 4 << 20 {
      let length = read(descriptor, &chunk, chunk.count)
      if length < 0 && errno == EINTR { continue }
      guard length >= 0 else { return nil }
      if length == 0 { break }
      content += chunk[..<length]
    }
    return String(decoding: content, as: UTF8.self)
  }

  /// The first line without blanks at its ends; nil where the file is absent or empty.
  public func line(_ path: String) -> String? {
    guard let text = text(path) else { return nil }
    let line = text.prefix { $0 != "\n" && $0 != "\0" }
    let trimmed = line.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }
    return trimmed.isEmpty ? nil : String(trimmed.reversed())
  }

  public func integer(_ path: String) -> Int? { line(path).flatMap { Int($0) } }

  public func exists(_ path: String) -> Bool { access(root + path, F_OK) == 0 }

  /// Names in a folder, sorted; empty where it is absent.
  public func names(in path: String) -> [String] {
    guard let folder = opendir(root + path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// The value of a `Key: value` line, as /proc/meminfo, /proc/cpuinfo and /proc/self/status have them.
  public func field(_ key: String, in path: String) -> String? {
    guard let text = text(path) else { return nil }
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, parts[0].trimmed == key else { continue }
      return String(parts[1].trimmed)
    }
    return nil
  }

  /// A field that counts kilobytes, in bytes.
  public func kilobytes(_ key: String, in path: String) -> Int? {
    field(key, in: path)?.split(separator: " ").first.flatMap { Int($0) }.map { $0 << 10 }
  }
}

extension Substring {
  /// Without blanks at its ends.
  var trimmed: Substring {
    var rest = drop { $0.isWhitespace }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return rest
  }
}
