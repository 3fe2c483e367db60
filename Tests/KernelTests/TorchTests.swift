// TorchTests.swift: attention against PyTorch's math path, where there is a Python that has PyTorch.

import FoundationEssentials
import Glibc
import HoneBackends
import Testing

@Suite("Attention beside PyTorch")
struct TorchTests {
  /// $HONE_TORCH_PYTHON, or the one that `make bench-attention` installs; it must be able to import torch and numpy.
  static let python: String? = {
    let own = ARMTests.root.appending(path: ".build/bench-attention/venv/bin/python").path
    let named = getenv("HONE_TORCH_PYTHON").map { String(cString: $0) }
    let places: [String] = [named, own].compactMap { $0 }
    return places.first {
      access($0, X_OK) == 0 && TestCommand.output($0, ["-c", "import numpy, torch"]) != nil
    }
  }()

  static let compiler: String? = {
    let places: [String] = ["/usr/bin/cc", "/usr/bin/clang"]
    return places.first { access($0, X_OK) == 0 }
  }()

  @Test(
    "masks, windows, biases, slopes and groups agree with PyTorch in double",
    .enabled(
      if: python != nil && compiler != nil,
      "needs cc and a Python with torch: `make bench-attention` installs one, HONE_TORCH_PYTHON names one"
    ))
  func agrees() throws {
    let runner = FileManager.default.temporaryDirectory.appending(
      path: "hone-runner-\(getpid()).so"
    ).path
    defer { unlink(runner) }
    let root = ARMTests.root.path
    let compiler = try #require(Self.compiler)
    let python = try #require(Self.python)
    let library = try #require(KernelLibraries.runnable.first)
    let built = TestCommand.output(
      compiler,
      [
        "-O1", "-shared", "-fPIC", "-I", root + "/CShims/CHoneKernel/include",
        root + "/CShims/CHoneBench/attention.c", "-o", runner, "-lpthread", "-ldl",
      ])
    #expect(built != nil, "\(compiler) failed")
    let folder = URL(filePath: library.path).deletingLastPathComponent().path
    let report = TestCommand.output(
      python,
      [
        root + "/Tests/KernelTests/Fixtures/torch-attention.py", runner, folder,
        root + "/Bindings/Python/bench/attention",
      ])
    #expect(report?.contains(" cases, 0 failures") == true, "\(report ?? "it failed")")
  }
}
