// PluginLibrary.swift: compiles a fixture, plugin.c or blas.c, in one of its shapes, where there is a C compiler.

import FoundationEssentials
import Glibc
import Synchronization

enum PluginLibrary {
  static let reason: String = "needs a C compiler named cc"
  static let isCompilable = run("cc", ["--version"]) == 0

  private static var root: String {
    let parts = #filePath.split(separator: "/").dropLast(3)
    return "/" + parts.joined(separator: "/")
  }

  /// The path of the compiled library; empty where the compiler refused.
  static func compiled(_ flags: [String] = [], source: String = "plugin.c") -> String {
    let name = ([source] + flags).joined(separator: "_").filter {
      $0.isLetter || $0.isNumber || $0 == "_"
    }
    let path = "\(NSTemporaryDirectoryPath)/hone-plugin-\(getpid())-\(name).so"
    // Under a name of its own first: tests run side by side, and one may open what another is still writing.
    let draft = "\(path).\(UInt32.random(in: 0 ... .max))"
    let code = run(
      "cc",
      ["-std=c99", "-shared", "-fPIC", "-O1", "-I\(root)/CShims/CHoneKernel/include", "-o", draft]
        + flags + ["\(root)/Tests/HoneBackendsTests/Fixtures/\(source)"])
    guard code == 0, rename(draft, path) == 0 else { return "" }
    removeAtExit(path)
    return path
  }

  private static let leftovers = Mutex<[String]>([])

  private static func removeAtExit(_ path: String) {
    leftovers.withLock { paths in
      if paths.isEmpty {
        atexit { PluginLibrary.leftovers.withLock { for path in $0 { unlink(path) } } }
      }
      paths.append(path)
    }
  }

  private static let NSTemporaryDirectoryPath =
    getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"

  private static func run(_ tool: String, _ arguments: [String]) -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for stream: Int32 in [1, 2] {
      posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_WRONLY, 0)
    }
    var words = ([tool] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var child = pid_t()
    guard posix_spawnp(&child, tool, &actions, nil, &words, environ) == 0 else { return -1 }
    var status: Int32 = 0
    waitpid(child, &status, 0)
    return status
  }
}
