// OneDNNBackend.swift: GEMM by oneDNN's matmul primitive, in the precisions that it has, where a libdnnl is installed.

internal import CHoneKernel
internal import CPlatform
internal import Glibc
public import HoneCore
public import HoneHost
internal import HoneOperations
internal import Synchronization

/// Found by its file name alone; tried and opened when the first GEMM asks for it.
public final class OneDNNBackend: Backend {
  public let name: String
  public var summary: String {
    switch library {
    case .success(let library): "\(path) (\(library.version)), matmul"
    case .failure(let reason): "\(path), not used: \(reason)"
    }
  }
  private let path: String
  private let opened = Mutex<Result<OneDNNLibrary, Refusal>?>(nil)
  private let pool = AdoptionPool<PackedOperands>()

  public init(name: String = "onednn", path: String) {
    (self.name, self.path) = (name, path)
  }

  public var libraries: [String: String] {
    guard case .success(let library) = library else { return [:] }
    return [name: library.version]
  }

  private var library: Result<OneDNNLibrary, Refusal> {
    opened.withLock { opened in
      if let opened { return opened }
      let result: Result<OneDNNLibrary, Refusal>
      do throws(Refusal) { result = .success(try OneDNNLibrary(path: path)) } catch {
        result = .failure(error)
      }
      opened = result
      return result
    }
  }

  public func branches(for problem: Problem, host: HostFacts, cores: Int) -> [Branch] {
    guard let sizes = OneDNNSizes(problem)?.product, case .success(let library) = library,
      library.product(sizes) != nil
    else { return [] }
    let told = library.setThreads(cores) > 0
    let threads = told ? [SpaceBuilder.threads(upTo: cores)] : []
    return [
      Branch(
        backend: name, variant: "matmul", parameters: threads,
        defaults: threads.map { $0.values.count - 1 })
    ]
  }

  public func plan(
    for problem: Problem, _ configuration: Configuration
  ) throws(Refusal) -> any Plan {
    guard let sizes = OneDNNSizes(problem), configuration.variant == "matmul" else {
      throw .unsupported(
        "\(name) runs gemm with alpha 1, beta 0 and no epilogue, in types that it has, as 'matmul'")
    }
    return try OneDNNPlan(
      library.get(), owner: name, sizes, threads: configuration.int("threads", default: 1),
      pool: pool)
  }
}

/// A GEMM as oneDNN takes it; nil where its matmul does not compute it.
struct OneDNNSizes {
  let product: CPlatform_DNNLProduct

  /// The library's numbers for A, B and C, and whether B is constant.
  private static let types: [String: (a: Int, b: Int, c: Int, packs: Bool)] = [
    "f32": (CPLATFORM_DNNL_F32, CPLATFORM_DNNL_F32, CPLATFORM_DNNL_F32, false),
    "f32f32": (CPLATFORM_DNNL_F32, CPLATFORM_DNNL_F32, CPLATFORM_DNNL_F32, true),
    "bf16": (CPLATFORM_DNNL_BF16, CPLATFORM_DNNL_BF16, CPLATFORM_DNNL_BF16, true),
    "bf16bf16f32": (CPLATFORM_DNNL_BF16, CPLATFORM_DNNL_BF16, CPLATFORM_DNNL_F32, true),
    "f16": (CPLATFORM_DNNL_F16, CPLATFORM_DNNL_F16, CPLATFORM_DNNL_F16, true),
    "f16f16f32": (CPLATFORM_DNNL_F16, CPLATFORM_DNNL_F16, CPLATFORM_DNNL_F32, true),
    "u8s8s32": (CPLATFORM_DNNL_U8, CPLATFORM_DNNL_S8, CPLATFORM_DNNL_S32, true),
    "s8s8s32": (CPLATFORM_DNNL_S8, CPLATFORM_DNNL_S8, CPLATFORM_DNNL_S32, true),
  ].mapValues { (Int($0.0), Int($0.1), Int($0.2), $0.3) }

  init?(_ problem: Problem) {
    guard problem.operation == "gemm", let types = Self.types[problem.types],
      problem.attributes["alpha"] ?? "1" == "1", problem.attributes["beta"] ?? "0" == "0",
      problem.attributes["epilogue"] == nil, problem.shape.values.allSatisfy({ $0 > 0 })
    else { return nil }
    var product = CPlatform_DNNLProduct()
    Operations.named("gemm")?.withSizes(of: problem) {
      let p = $0.assumingMemoryBound(to: hone_gemm.self).pointee
      (product.m, product.n, product.k) = (p.m, p.n, p.k)
      (product.lda, product.ldb, product.ldc) = (p.lda, p.ldb, p.ldc)
      (product.transA, product.transB, product.batch) = (p.trans_a, p.trans_b, max(1, p.batch))
      (product.aStride, product.bStride) = (p.a_batch_stride, p.b_batch_stride)
      product.cStride = p.c_batch_stride
    }
    (product.aType, product.bType) = (Int32(types.a), Int32(types.b))
    (product.cType, product.packs) = (Int32(types.c), types.packs ? 1 : 0)
    self.product = product
  }
}

final class OneDNNPlan: Plan, @unchecked Sendable {
  let workspaceBytes = 0
  let packs: Bool
  private let library: OneDNNLibrary
  private let product: OneDNNProduct
  private let owner: String
  private let threads: Int
  private let pool: AdoptionPool<PackedOperands>
  private var adopted: PackedOperands?

  init(
    _ library: OneDNNLibrary, owner: String, _ sizes: OneDNNSizes, threads: Int,
    pool: AdoptionPool<PackedOperands>
  ) throws(Refusal) {
    // A primitive is made for the number of threads at its making.
    let before = library.setThreads(threads)
    defer { if before > 0 { library.setThreads(before) } }
    guard let product = library.product(sizes.product) else {
      throw .unsupported("\(owner) has no product of these types and sizes")
    }
    packs = sizes.product.packs != 0
    (self.library, self.product, self.owner) = (library, product, owner)
    (self.threads, self.pool) = (threads, pool)
  }

  /// Another number of threads may want another layout.
  func adopt(_ operands: any Operands) throws(Refusal) {
    guard packs else { return }
    adopted = try pool.adopt(operands, key: "\(threads)") { () throws(Refusal) in
      try PackedOperands(operands) { problem throws(Refusal) in try product.packed(problem.b) }
    }
  }

  func packed(_ arguments: UnsafeRawPointer) throws(Refusal) -> MemoryRegion? {
    guard packs else { return nil }
    return try product.packed(arguments.assumingMemoryBound(to: hone_gemm.self).pointee.b)
  }

  func prepare() {
    // OpenMP's threads spin for a while after a call.
    SpinningThreads.take(owner, lingerMicroseconds: threads > 1 ? 30_000 : 0)
    CPlatform_unbindThread()
    library.setThreads(threads)
  }

  /// The application may use the same OpenMP with threads of its own number.
  func executeAsGuest(_ arguments: UnsafeRawPointer) throws(Refusal) {
    let theirs = library.setThreads(threads)
    defer { if theirs > 0, theirs != threads { library.setThreads(theirs) } }
    try execute(arguments)
  }

  func execute(_ arguments: UnsafeRawPointer) throws(Refusal) {
    let problem = adopted?.arguments(for: arguments) ?? arguments
    try product.run(problem.assumingMemoryBound(to: hone_gemm.self).pointee)
  }
}

extension OneDNNBackend {
  private static let files = ["libdnnl.so.3", "libdnnl.so.2", "libdnnl.so"]
  private static let folders = [
    "/usr/local/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64",
    "/usr/lib",
  ]

  /// The installed library: `$HONE_ONEDNN`, or the newest where the loader looks; nil where there is none.
  static var installedPath: String? {
    func text(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
    if let named = text("HONE_ONEDNN") { return named.isEmpty ? nil : named }
    let search = (text("LD_LIBRARY_PATH") ?? "").split(separator: ":").map(String.init) + folders
    return search.lazy.flatMap { folder in files.map { "\(folder)/\($0)" } }
      .first { access($0, R_OK) == 0 }
  }

  /// Is this file a oneDNN by its name? Others are taken for a BLAS.
  static func isNamed(_ path: String) -> Bool {
    path.split(separator: "/").last?.hasPrefix("libdnnl") == true
  }
}
