// TestCommand.swift: runs a program of this machine for a test and takes what it prints.

import Glibc

enum TestCommand {
  /// Standard output of a program that ended with 0, else nil. Standard error goes to the test's own.
  static func output(_ program: String, _ arguments: [String]) -> String? {
    let quoted = ([program] + arguments).map { "'" + $0.replacing("'", with: "'\\''") + "'" }
    guard let pipe = popen(quoted.joined(separator: " "), "r") else { return nil }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&chunk, 1, chunk.count, pipe)
      if count == 0 { break }
      bytes += chunk[..<count]
    }
    return pclose(pipe) == 0 ? String(decoding: bytes, as: UTF8.self) : nil
  }
}
