// OpenBLASBackend.swift: GEMM by OpenBLAS, with its thread count as a parameter, on equal terms.

internal import CHoneKernel
internal import COpenBLAS
internal import CPlatform
public import HoneCore
public import HoneHost

/// The OpenBLAS that Hone is linked with.
public struct OpenBLASBackend: Backend {
  public let name = "openblas"
  public let summary = "OpenBLAS (the linked library), sgemm"

  public init() {}

  public var libraries: [String: String] { ["openblas": Self.version] }

  /// "0.3.21 Zen": the library's version and the core type whose kernels it picked.
  static var version: String {
    let words = String(cString: openblas_get_config()).split(separator: " ")
    let number = words.count > 1 ? String(words[1]) : "unknown"
    return "\(number) \(String(cString: openblas_get_corename()))"
  }

  public func complaint(host: HostFacts) -> String? {
    OpenBLASCore.complaint(
      core: String(cString: openblas_get_corename()), instructionSets: host.instructionSets)
  }

  public func branches(for problem: Problem, host: HostFacts, cores: Int) -> [Branch] {
    guard problem.operation == "gemm", problem.types == "f32",
      problem.attributes["epilogue"] == nil
    else { return [] }
    // BLAS takes 32-bit sizes.
    guard problem.shape.values.allSatisfy({ $0 <= Int(Int32.max) }) else { return [] }
    let threads = SpaceBuilder.threads(upTo: cores)
    return [
      Branch(
        backend: name, variant: "sgemm", parameters: [threads],
        defaults: [threads.values.count - 1])
    ]
  }

  public func plan(
    for problem: Problem, _ configuration: Configuration
  ) throws(Refusal) -> any Plan {
    guard problem.operation == "gemm", problem.types == "f32", configuration.variant == "sgemm"
    else { throw .unsupported("openblas runs gemm f32 as 'sgemm' only") }
    return OpenBLASPlan(threads: configuration.int("threads", default: 1))
  }
}

final class OpenBLASPlan: Plan {
  let workspaceBytes = 0
  private let threads: Int
  /// How long its threads spin after a call.
  private static let lingerMicroseconds = OpenBLASSpin.shorten(in: nil)

  init(threads: Int) { self.threads = threads }

  func prepare() {
    SpinningThreads.take("openblas", lingerMicroseconds: threads > 1 ? Self.lingerMicroseconds : 0)
    // OpenBLAS threads inherit the caller's binding when they start, and its caller is one of them.
    CPlatform_unbindThread()
    openblas_set_num_threads(Int32(threads))
  }

  /// The application may use the same OpenBLAS with threads of its own number.
  func executeAsGuest(_ arguments: UnsafeRawPointer) throws(Refusal) {
    let theirs = openblas_get_num_threads()
    if theirs != Int32(threads) { openblas_set_num_threads(Int32(threads)) }
    defer { if theirs != Int32(threads) { openblas_set_num_threads(theirs) } }
    try execute(arguments)
  }

  func execute(_ arguments: UnsafeRawPointer) throws(Refusal) {
    let p = arguments.assumingMemoryBound(to: hone_gemm.self).pointee
    // BLAS refuses a leading dimension of 0, which an empty matrix may have.
    guard p.m > 0, p.n > 0 else { return }
    BLASProduct.each(p) { product in
      cblas_sgemm(
        CblasRowMajor, product.transA ? CblasTrans : CblasNoTrans,
        product.transB ? CblasTrans : CblasNoTrans, blasint(p.m), blasint(p.n), blasint(p.k),
        product.alpha, product.a, blasint(max(p.lda, 1)), product.b, blasint(max(p.ldb, 1)),
        product.beta, product.c, blasint(max(p.ldc, 1)))
    }
  }
}
