// OpenBLASSpin.swift: makes idle threads of an OpenBLAS sleep soon, so that they do not disturb whoever is measured next.

internal import Glibc

enum OpenBLASSpin {
  /// 2²⁰ cycles, about 0.4 ms, instead of 2²⁶ and more: calls within a sample follow each other much faster than that, so no call finds
  /// its threads asleep that would have found them awake.
  private static let timeout = "20"

  /// Has OpenBLAS read its environment again and start its threads anew. For processes that measure, never for a guest in an application.
  /// - Parameter handle: of `dlopen`; nil for what the process is linked with.
  /// - Returns: how long its threads spin after a call now, microseconds. 30 000 where the library is not OpenBLAS or keeps these functions
  ///   to itself.
  static func shorten(in handle: UnsafeMutableRawPointer?) -> UInt32 {
    typealias ReadEnvironment = @convention(c) () -> Void
    typealias ShutDown = @convention(c) () -> Int32
    guard let read = dlsym(handle, "openblas_read_env"),
      let shutDown = dlsym(handle, "blas_thread_shutdown_")
    else { return 30_000 }
    // Somebody who set it wants it so, and may have set more.
    guard getenv("OPENBLAS_THREAD_TIMEOUT") == nil else { return 30_000 }
    setenv("OPENBLAS_THREAD_TIMEOUT", timeout, 1)
    unsafeBitCast(read, to: ReadEnvironment.self)()
    unsetenv("OPENBLAS_THREAD_TIMEOUT")
    _ = unsafeBitCast(shutDown, to: ShutDown.self)()
    return 1_500
  }
}
