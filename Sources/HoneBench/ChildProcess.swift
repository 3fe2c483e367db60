// ChildProcess.swift: this program again as a process of its own, to be killed.

internal import Glibc
internal import HoneCore

struct ChildProcess {
  let identifier: pid_t

  /// Starts this executable with other arguments; what it prints goes where ours goes.
  init(_ arguments: [String]) throws {
    var words: [UnsafeMutablePointer<CChar>?] = (["hone-bench"] + arguments).map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var child = pid_t()
    let code = posix_spawn(&child, "/proc/self/exe", nil, nil, words, environ)
    guard code == 0 else {
      throw HoneError(.unavailable, "no child process: \(String(cString: strerror(code)))")
    }
    identifier = child
  }

  /// Exit code, or 128 + the signal that ended it.
  func wait() -> Int32 {
    var status: Int32 = 0
    while waitpid(identifier, &status, 0) < 0 && errno == EINTR {}
    return Self.code(status)
  }

  /// Kills it after that many seconds unless it has ended before; true where it was killed. `look` is called right before.
  func kill(after seconds: Double, look: () throws -> Void) rethrows -> Bool {
    var status: Int32 = 0
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end {
      if waitpid(identifier, &status, WNOHANG) == identifier { return false }
      usleep(2000)
    }
    try look()
    Glibc.kill(identifier, SIGKILL)
    return wait() == 128 + SIGKILL
  }

  private static func code(_ status: Int32) -> Int32 {
    let signal = status & 0x7f
    return signal == 0 ? (status >> 8) & 0xff : 128 + signal
  }
}
