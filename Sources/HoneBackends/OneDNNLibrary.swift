// OneDNNLibrary.swift: a oneDNN that was tried in a child process, then opened, and its products by the C API.

internal import CHoneKernel
internal import CPlatform
internal import Glibc
internal import HoneCore
internal import HoneHost

/// An opened library. Never closed: its threads may live on.
final class OneDNNLibrary: @unchecked Sendable {
  let path: String
  let version: String
  private let handle: OpaquePointer

  /// - Throws: `Refusal` that says what is wrong with the library.
  init(path: String) throws(Refusal) {
    guard access(path, R_OK) == 0 else { throw .unsupported("there is no readable file \(path)") }
    try Self.attempt(path)
    var version: [Int32] = [0, 0, 0]
    guard let handle = CPlatform_dnnlOpen(path, &version) else {
      throw .unsupported("is no oneDNN 2.x or 3.x for CPUs that can be opened here")
    }
    self.path = path
    self.handle = handle
    self.version = version.map { String($0) }.joined(separator: ".")
  }

  /// The number of threads before; 0: it cannot be told.
  @discardableResult
  func setThreads(_ count: Int) -> Int { Int(CPlatform_dnnlSetThreads(handle, Int32(count))) }

  /// nil where the library has no product of these types and sizes.
  func product(_ sizes: CPlatform_DNNLProduct) -> OneDNNProduct? {
    withUnsafePointer(to: sizes) { CPlatform_dnnlPlan(handle, $0) }.map { OneDNNProduct($0) }
  }

  private static func attempt(_ path: String) throws(Refusal) {
    var detail: Int32 = 0
    let outcome = path.withCString {
      CPlatform_runInChild(CPlatform_tryDNNL, $0, 20, nil, 0, &detail)
    }
    let ended = outcome == Int32(CPLATFORM_CHILD_ENDED)
    if ended, let reason = reasons[detail] { throw reason }
    switch outcome {
    case Int32(CPLATFORM_CHILD_ENDED) where detail == Int32(CPLATFORM_BLAS_RIGHT): return
    case Int32(CPLATFORM_CHILD_SIGNAL):
      throw .failed("its matmul crashed in a trial (\(String(cString: strsignal(detail))))")
    case Int32(CPLATFORM_CHILD_TIMEOUT):
      throw .failed("its matmul did not come back within \(detail) s")
    default: throw .failed("the trial of its matmul ended with code \(detail)")
    }
  }

  private static let reasons: [Int32: Refusal] = [
    Int32(CPLATFORM_BLAS_NOT_OPENED): .unsupported(
      "is no oneDNN 2.x or 3.x for CPUs that can be opened here"),
    Int32(CPLATFORM_BLAS_NO_ENTRY): .failed("has no matrix product in floats"),
    Int32(CPLATFORM_BLAS_NOTHING): .failed("its matmul leaves results unwritten"),
    Int32(CPLATFORM_BLAS_WRONG): .failed("its matmul computes wrong results"),
  ]
}

/// One planned product.
final class OneDNNProduct: @unchecked Sendable {
  private let handle: OpaquePointer

  init(_ handle: OpaquePointer) { self.handle = handle }

  deinit { CPlatform_dnnlFree(handle) }

  /// B in the library's own layout.
  func packed(_ b: UnsafeRawPointer?) throws(Refusal) -> MemoryRegion {
    let region: MemoryRegion
    let bytes = CPlatform_dnnlPackedBytes(handle)
    do { region = try MemoryRegion(bytes: bytes) } catch {
      throw .failed("no memory for \(bytes) bytes of packed weights: \(error)")
    }
    let status = CPlatform_dnnlPack(handle, b, region.base)
    guard status == 0 else { throw .failed("its reorder answered status \(status)") }
    return region
  }

  func run(_ p: hone_gemm) throws(Refusal) {
    let status = CPlatform_dnnlRun(handle, p.a, p.b, p.c)
    guard status == 0 else { throw .failed("its matmul answered status \(status)") }
  }
}
