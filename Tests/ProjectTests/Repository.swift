// Repository.swift: the source tree that these tests look at.

import Foundation

/// Files of the repository that this test was compiled from.
enum Repository {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appending(path: path).path)
  }

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  /// Names in a folder, sorted; empty where there is no such folder.
  static func names(in folder: String) -> [String] {
    let path = root.appending(path: folder).path
    return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }

  /// Paths of all files below a folder that end in one of the suffixes, sorted. Links to folders are not followed.
  static func files(under folder: String, endingIn suffixes: [String] = [".swift"]) -> [String] {
    let path = root.appending(path: folder).path
    let walk = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
    return walk.filter { name in suffixes.contains { name.hasSuffix($0) } }
      .map { "\(folder)/\($0)" }.sorted()
  }

  /// Every file of the tree that is or could be committed: no build products, nothing of git's own.
  static func committable() throws -> [String] {
    let command = ["ls-files", "--cached", "--others", "--exclude-standard"]
    return try Tool.require("git").run(["-C", root.path] + command).output
      .split(separator: "\n").map(String.init)
  }
}
