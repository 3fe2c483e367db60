// KernelLibrary.swift: a shared object of kernels, tried in a child, opened, checked and read.

internal import CHoneKernel
internal import CPlatform
internal import Glibc
public import HoneCore

/// A loaded kernel library. Never unloaded: plans hold its entry points.
public struct KernelLibrary: Sendable {
  public var path: String
  public var name: String
  public var version: String
  public var instructionSet: String
  public var rows: [KernelRow]

  private typealias DescribeLibrary =
    @convention(c) (
      UnsafeMutablePointer<hone_kernel_library>?
    ) -> Int32
  private typealias DescribeRow =
    @convention(c) (
      UInt32, UnsafeMutablePointer<hone_kernel_row>?
    ) -> Int32

  /// Opens and reads a library.
  /// - Throws: `Refusal.unsupported` with the reason: missing, foreign, another ABI.
  public init(path: String) throws(Refusal) {
    try Self.tryInChild(path)
    guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
      throw .unsupported("cannot be opened: \(String(cString: dlerror()))")
    }
    guard let describe = dlsym(handle, "hone_kernel_library_describe"),
      let describeRow = dlsym(handle, "hone_kernel_row_describe")
    else { throw .unsupported("not a Hone kernel library: it exports no manifest") }
    var header = hone_kernel_library()
    header.struct_size = UInt64(MemoryLayout<hone_kernel_library>.size)
    let code = unsafeBitCast(describe, to: DescribeLibrary.self)(&header)
    guard code == HONE_KERNEL_OK else { throw .unsupported("its manifest answers code \(code)") }
    guard header.abi == HONE_KERNEL_ABI else {
      throw .unsupported(
        "it has kernel ABI \(header.abi), this Hone has \(HONE_KERNEL_ABI): rebuild the older of them"
      )
    }
    self.path = path
    name = try Self.text(header.name, "its name")
    version = try Self.text(header.version, "its version")
    instructionSet = try Self.text(header.instruction_set, "its instruction set")
    rows = []
    for index in 0..<header.row_count {
      var row = hone_kernel_row()
      row.struct_size = UInt64(MemoryLayout<hone_kernel_row>.size)
      guard unsafeBitCast(describeRow, to: DescribeRow.self)(index, &row) == HONE_KERNEL_OK else {
        throw .unsupported("its manifest has no row \(index) of \(header.row_count)")
      }
      rows.append(try KernelRow(row, index: index, instructionSet: instructionSet))
    }
  }

  /// A string of the manifest, which a careless library may have left null.
  static func text(_ pointer: UnsafePointer<CChar>?, _ what: String) throws(Refusal) -> String {
    guard let pointer else { throw .unsupported("its manifest leaves \(what) null") }
    return String(cString: pointer)
  }

  /// Opens the library in a child process first: one that crashes while it is opened must not take Hone with it.
  private static func tryInChild(_ path: String) throws(Refusal) {
    var detail: Int32 = 0
    let outcome = path.withCString {
      CPlatform_runInChild(CPlatform_openLibrary, $0, 10, nil, 0, &detail)
    }
    switch outcome {
    case Int32(CPLATFORM_CHILD_SIGNAL) where detail == SIGILL:
      throw .unsupported("it uses instructions that this CPU lacks (SIGILL while it was opened)")
    case Int32(CPLATFORM_CHILD_SIGNAL):
      throw .failed("it crashed while it was opened (\(String(cString: strsignal(detail))))")
    case Int32(CPLATFORM_CHILD_ENDED) where detail != 0:
      throw .failed("it ended the process while it was opened (exit code \(detail))")
    case Int32(CPLATFORM_CHILD_TIMEOUT):
      throw .failed("it did not answer within \(detail) s")
    default: break
    }
  }
}
