// ForeignBLAS.swift: a BLAS library that the user names, tried in a child process, then opened.

internal import CPlatform
internal import Glibc
internal import HoneCore

/// An opened library with an sgemm. Never closed: its threads may live on.
struct ForeignBLAS: @unchecked Sendable {
  let path: String
  let version: String
  /// "sgemm" by its name in the library.
  let entryName: String
  private let entry: UnsafeMutableRawPointer
  private let convention: Int32
  private let threads: ThreadControl?

  /// Entry points by name, best known first, and how they take their arguments.
  private static let entries: [(name: String, convention: Int)] = [
    ("cblas_sgemm", CPLATFORM_BLAS_CBLAS32), ("scipy_cblas_sgemm", CPLATFORM_BLAS_CBLAS32),
    ("cblas_sgemm64_", CPLATFORM_BLAS_CBLAS64), ("scipy_cblas_sgemm64_", CPLATFORM_BLAS_CBLAS64),
    ("dnnl_sgemm", CPLATFORM_BLAS_DNNL),
  ].map { ($0.0, Int($0.1)) }

  /// How a library is told how many threads to use.
  private enum ThreadControl {
    case int(@convention(c) (Int32) -> Void)
    case long(@convention(c) (Int) -> Void)
  }

  private static let threadControls: [(name: String, isLong: Bool)] = [
    ("openblas_set_num_threads", false), ("scipy_openblas_set_num_threads", false),
    ("scipy_openblas_set_num_threads64_", false), ("bli_thread_set_num_threads", true),
    ("MKL_Set_Num_Threads", false), ("omp_set_num_threads", false),
  ]

  /// - Throws: `Refusal` that says what is wrong with the library.
  init(path: String) throws(Refusal) {
    guard access(path, R_OK) == 0 else { throw .unsupported("there is no readable file \(path)") }
    let found = try Self.entry(of: path)
    // Its own symbols first: this process is linked with another BLAS.
    guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | Int32(RTLD_DEEPBIND)),
      let entry = dlsym(handle, found.name)
    else { throw .unsupported("cannot be opened: \(String(cString: dlerror()))") }
    self.path = path
    entryName = found.name
    self.entry = entry
    convention = Int32(found.convention)
    version = Self.version(handle) ?? "unknown"
    threads = Self.threadControl(handle)
  }

  /// Can the number of threads be set at run time?
  var hasThreadControl: Bool { threads != nil }

  func setThreads(_ count: Int) {
    switch threads {
    case .int(let set): set(Int32(count))
    case .long(let set): set(count)
    case nil: break
    }
  }

  /// Row-major, as `hone_gemm` has it.
  func sgemm(_ product: BLASProduct) {
    CPlatform_callSGEMM(
      entry, convention, product.transA ? 1 : 0, product.transB ? 1 : 0, product.m, product.n,
      product.k, product.alpha, product.a, max(product.lda, 1), product.b, max(product.ldb, 1),
      product.beta, product.c, max(product.ldc, 1))
  }

  private static func entry(of path: String) throws(Refusal) -> (name: String, convention: Int) {
    for candidate in entries {
      switch attempt(path, candidate) {
      case .success: return candidate
      case .failure(let refusal): if let refusal { throw refusal }
      }
    }
    let names = entries.map(\.name).joined(separator: ", ")
    throw .unsupported("it exports no matrix product that Hone knows (\(names))")
  }

  private enum Attempt {
    case success
    /// nil: the library has no such entry point; try the next.
    case failure(Refusal?)
  }

  private static func attempt(_ path: String, _ entry: (name: String, convention: Int)) -> Attempt {
    var detail: Int32 = 0
    let outcome = path.withCString { path in
      entry.name.withCString { name in
        var trial = CPlatform_BLASTrial(
          path: path, entry: name, convention: Int32(entry.convention))
        return CPlatform_runInChild(CPlatform_tryBLAS, &trial, 20, nil, 0, &detail)
      }
    }
    switch (outcome, detail) {
    case (Int32(CPLATFORM_CHILD_ENDED), Int32(CPLATFORM_BLAS_RIGHT)): return .success
    case (Int32(CPLATFORM_CHILD_ENDED), Int32(CPLATFORM_BLAS_NO_ENTRY)): return .failure(nil)
    case (Int32(CPLATFORM_CHILD_ENDED), Int32(CPLATFORM_BLAS_NOT_OPENED)):
      return .failure(.unsupported("is no shared library that can be opened here"))
    case (Int32(CPLATFORM_CHILD_ENDED), Int32(CPLATFORM_BLAS_NOTHING)):
      return .failure(.failed("its \(entry.name) leaves results unwritten"))
    case (Int32(CPLATFORM_CHILD_ENDED), Int32(CPLATFORM_BLAS_WRONG)):
      return .failure(.failed("its \(entry.name) computes wrong results"))
    case (Int32(CPLATFORM_CHILD_SIGNAL), _):
      let signal = String(cString: strsignal(detail))
      return .failure(.failed("its \(entry.name) crashed in a trial (\(signal))"))
    case (Int32(CPLATFORM_CHILD_TIMEOUT), _):
      return .failure(.failed("its \(entry.name) did not come back within \(detail) s"))
    default:
      return .failure(.failed("the trial of its \(entry.name) ended with code \(detail)"))
    }
  }

  private static func threadControl(_ handle: UnsafeMutableRawPointer) -> ThreadControl? {
    for (name, isLong) in threadControls {
      guard let symbol = dlsym(handle, name) else { continue }
      return isLong
        ? .long(unsafeBitCast(symbol, to: (@convention(c) (Int) -> Void).self))
        : .int(unsafeBitCast(symbol, to: (@convention(c) (Int32) -> Void).self))
    }
    return nil
  }

  /// Functions without arguments that answer a text about the library.
  private static func version(_ handle: UnsafeMutableRawPointer) -> String? {
    typealias Text = @convention(c) () -> UnsafePointer<CChar>?
    for name in [
      "openblas_get_config", "scipy_openblas_get_config", "bli_info_get_version_str",
    ] {
      guard let symbol = dlsym(handle, name) else { continue }
      let text = unsafeBitCast(symbol, to: Text.self)().map { String(cString: $0) }
      // "OpenBLAS 0.3.21 NO_LAPACKE …": the number is enough.
      return text?.split(separator: " ").first { $0.first?.isNumber == true }.map(String.init)
        ?? text
    }
    return dnnlVersion(handle)
  }

  /// dnnl_version() points to three ints.
  private static func dnnlVersion(_ handle: UnsafeMutableRawPointer) -> String? {
    guard let symbol = dlsym(handle, "dnnl_version") else { return nil }
    typealias Version = @convention(c) () -> UnsafePointer<Int32>?
    guard let numbers = unsafeBitCast(symbol, to: Version.self)() else { return nil }
    return (0..<3).map { String(numbers[$0]) }.joined(separator: ".")
  }
}
