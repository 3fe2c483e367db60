// Terminal.swift: results to standard output, everything else to standard error, colour only where it is wanted.

internal import Glibc

enum Terminal {
  static func print(_ text: String) { write(text, to: 1) }

  static func printError(_ text: String) { write(text, to: 2) }

  /// Replaces the current line of the terminal on standard error, cut to its width.
  static func drawError(_ text: String) {
    let columns = max(20, columns(of: 2) ?? 80)
    writeAll(Array("\r\u{1B}[2K\(text.prefix(columns - 1))".utf8), to: 2)
  }

  /// Unbuffered, so that the two streams keep their order in a log; a closed pipe ends the writing quietly.
  private static func write(_ text: String, to descriptor: Int32) {
    writeAll(Array((text.hasSuffix("\n") ? text : text + "\n").utf8), to: descriptor)
  }

  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
    var start = 0
    while start < bytes.count {
      let written = bytes[start...].withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { return }
      start += written
    }
  }

  /// Progress is drawn only on a terminal that can move its cursor.
  static var showsProgress: Bool { isatty(2) == 1 && variable("TERM") != "dumb" }

  /// Colour on standard output: a terminal, and neither `NO_COLOR` nor `--no-color`.
  static func usesColor(disabled: Bool) -> Bool {
    !disabled && variable("NO_COLOR") == nil && isatty(1) == 1 && variable("TERM") != "dumb"
  }

  /// Columns of the terminal, or nil where standard output is no terminal.
  static var width: Int? { columns(of: 1) }

  private static func columns(of descriptor: Int32) -> Int? {
    var size = winsize()
    let code = ioctl(descriptor, UInt(TIOCGWINSZ), &size)
    guard isatty(descriptor) == 1, code == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  private static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }
}
