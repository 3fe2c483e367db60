// ARMTests.swift: the same kernels built for arm64 and run under an emulator: the source must not only be right on x86.

import FoundationEssentials
import Glibc
import Testing

@Suite("Kernels on arm64")
struct ARMTests {
  static let tools = ["swiftc", "aarch64-linux-gnu-gcc", "qemu-aarch64-static"]

  /// The first tool that PATH does not have.
  static let missing = tools.first { find($0) == nil }

  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  @Test(
    "every row of every operation computes random problems on an emulated arm64",
    .enabled(
      if: missing == nil,
      "needs swiftc, aarch64-linux-gnu-gcc (gcc-aarch64-linux-gnu) and qemu-aarch64-static (qemu-user-static)"
    ))
  func rows() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "hone-arm-\(getpid())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (object, library) = (
      folder.appending(path: "kernels.o").path, folder.appending(path: "libkernels.so").path
    )
    try Self.run("swiftc", Self.compilerFlags + Self.sources() + ["-o", object])
    try Self.run(
      "aarch64-linux-gnu-gcc",
      [
        "-shared", "-o", library, object, "-lm",
        "-Wl,--gc-sections,--version-script=\(Self.path("Kernels/exports.map"))",
      ])
    for name in ["gemm-driver", "bag-driver", "attention-driver"] {
      let report = try Self.report(of: name, on: library, in: folder)
      #expect(report.contains(" rows, 0 failures"), "\(name): \(report)")
    }
  }

  /// What a driver of the fixtures says of the library.
  private static func report(of name: String, on library: String, in folder: URL) throws -> String {
    let driver = folder.appending(path: name).path
    try run(
      "aarch64-linux-gnu-gcc",
      [
        "-O1", "-I", path("CShims/CHoneKernel/include"), "-o", driver,
        path("Tests/KernelTests/Fixtures/\(name).c"), "-ldl", "-lm",
      ])
    return try run("qemu-aarch64-static", ["-L", "/usr/aarch64-linux-gnu", driver, library])
  }

  /// What Package.swift says for its row "armv8", with a bare-metal target: this machine has no Swift libraries for arm64,
  /// and kernels need none.
  private static var compilerFlags: [String] {
    [
      "-target", "aarch64-none-none-elf", "-enable-experimental-feature", "Embedded", "-wmo",
      "-Ounchecked", "-parse-as-library", "-swift-version", "6", "-Xllvm",
      "-unroll-threshold=2000", "-Xcc", "-march=armv8-a", "-Xcc", "-fPIC",
      "-D", "HONE_LANES_4", "-D", "HONE_REGISTERS_32", "-D", "HONE_FMA", "-D", "HONE_ISA_armv8",
      "-D", "HONE_HAS_GEMM", "-D", "HONE_HAS_EmbeddingBag", "-D", "HONE_HAS_Attention",
      "-I", path("CShims/CIntrinsics/include"), "-I", path("CShims/CHoneKernel/include"),
      "-module-name", "Kernels_armv8", "-c",
    ]
  }

  private static func sources() throws -> [String] {
    let build = path("Kernels/Builds/armv8")
    return try FileManager.default.contentsOfDirectory(atPath: build).sorted().flatMap { folder in
      let names =
        (try? FileManager.default.contentsOfDirectory(atPath: path("Kernels/" + folder))) ?? []
      return names.sorted().filter { $0.hasSuffix(".swift") }.map {
        path("Kernels/\(folder)/\($0)")
      }
    }
  }

  private static func path(_ inRepository: String) -> String {
    root.appending(path: inRepository).path
  }

  private struct Failed: Error {
    var command: String
  }

  @discardableResult
  private static func run(_ tool: String, _ arguments: [String]) throws -> String {
    guard let program = find(tool), let output = TestCommand.output(program, arguments) else {
      throw Failed(command: tool)
    }
    return output
  }

  private static func find(_ tool: String) -> String? {
    guard let path = getenv("PATH") else { return nil }
    return String(cString: path).split(separator: ":").map { "\($0)/\(tool)" }.first {
      access($0, X_OK) == 0
    }
  }
}
