// FakeSystem.swift: a machine made of files, for what only a live kernel knows.

import FoundationEssentials
import Glibc
import HoneHost

/// A temporary folder with the files of /proc and /sys that a test needs; it goes with its owner.
final class FakeSystem: Sendable {
  let root: String

  init(_ content: [String: String]) throws {
    var template = Array(("/tmp/hone-host-" + String(repeating: "X", count: 6)).utf8CString)
    guard mkdtemp(&template) != nil else { throw POSIXFailure(number: errno) }
    root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    for (path, text) in content { try write(text, to: path) }
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  func write(_ text: String, to path: String) throws {
    let full = "\(root)/\(path)"
    let folder = full.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      .joined(separator: "/")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(filePath: full))
  }

  var files: SystemFiles { SystemFiles(root: root) }
}

struct POSIXFailure: Error {
  var number: Int32
}
