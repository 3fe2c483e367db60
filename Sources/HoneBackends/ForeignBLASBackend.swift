// ForeignBLASBackend.swift: GEMM by any BLAS library that the user names: BLIS, MKL, ATLAS, another OpenBLAS, oneDNN.

internal import CHoneKernel
internal import CPlatform
internal import Glibc
public import HoneCore
public import HoneHost
internal import Synchronization

/// `NAME=PATH` makes one; it competes on equal terms and its wins are recorded under its name.
public struct ForeignBLASBackend: Backend {
  public let name: String
  public var summary: String { "\(library.path) (\(library.version)), \(library.entryName)" }
  private let library: ForeignBLAS

  /// - Throws: `Refusal` that names what is wrong with the library.
  public init(name: String, path: String) throws(Refusal) {
    guard Self.isName(name) else {
      throw .unsupported("'\(name)' is no name for a back end: use a-z, 0-9, - and _")
    }
    self.name = name
    library = try ForeignBLAS(path: path)
  }

  private static func isName(_ name: String) -> Bool {
    let allowed = "abcdefghijklmnopqrstuvwxyz0123456789-_"
    return !name.isEmpty && !["hone", "openblas"].contains(name)
      && name.allSatisfy { allowed.contains($0) }
  }

  public var libraries: [String: String] { [name: library.version] }

  public func branches(for problem: Problem, host: HostFacts, cores: Int) -> [Branch] {
    guard problem.operation == "gemm", problem.types == "f32",
      problem.attributes["epilogue"] == nil,
      problem.shape.values.allSatisfy({ $0 <= Int(Int32.max) })
    else { return [] }
    // A library that cannot be told keeps the number that it started with.
    let threads = library.hasThreadControl ? [SpaceBuilder.threads(upTo: cores)] : []
    return [
      Branch(
        backend: name, variant: "sgemm", parameters: threads,
        defaults: threads.map { $0.values.count - 1 })
    ]
  }

  public func plan(
    for problem: Problem, _ configuration: Configuration
  ) throws(Refusal) -> any Plan {
    guard problem.operation == "gemm", problem.types == "f32", configuration.variant == "sgemm"
    else { throw .unsupported("\(name) runs gemm f32 as 'sgemm' only") }
    return ForeignBLASPlan(
      library, owner: name, threads: configuration.int("threads", default: 1))
  }
}

final class ForeignBLASPlan: Plan {
  let workspaceBytes = 0
  private let library: ForeignBLAS
  private let owner: String
  private let threads: Int

  init(_ library: ForeignBLAS, owner: String, threads: Int) {
    (self.library, self.owner, self.threads) = (library, owner, threads)
  }

  func prepare() {
    // How long a foreign library's threads spin is not known: as long as OpenBLAS's is long enough for all that were tried.
    SpinningThreads.take(owner, lingerMicroseconds: threads > 1 ? 30_000 : 0)
    CPlatform_unbindThread()
    library.setThreads(threads)
  }

  func execute(_ arguments: UnsafeRawPointer) throws(Refusal) {
    let p = arguments.assumingMemoryBound(to: hone_gemm.self).pointee
    guard p.m > 0, p.n > 0 else { return }
    BLASProduct.each(p) { library.sgemm($0) }
  }
}

extension ForeignBLASBackend {
  /// What a command line named.
  private static let added = Mutex<[String]>([])

  /// Lets more libraries compete, `NAME=PATH` each. To be called before back ends are opened.
  public static func add(_ items: [String]) { added.withLock { $0 += items } }

  /// Back ends that the environment names, `$HONE_BACKENDS` with `NAME=PATH` separated by colons, and those that were added.
  static var named: [(name: String, path: String)] {
    let environment = getenv("HONE_BACKENDS").map { String(cString: $0) } ?? ""
    let items = environment.split(separator: ":").map(String.init) + added.withLock { $0 }
    return items.map { item in
      let parts = item.split(separator: "=", maxSplits: 1).map(String.init)
      return parts.count == 2 ? (parts[0], parts[1]) : ("", item)
    }
  }
}
