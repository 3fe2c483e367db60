// KernelHeaderTests.swift: hone_kernel.h as other people's compilers see it, and a kernel library written in C.

import Foundation
import Testing

@Suite("hone_kernel.h")
struct KernelHeaderTests {
  static let strict = ["-Wall", "-Wextra", "-Werror", "-pedantic"]
  static let include = ["-I", "CShims/CHoneKernel/include"]

  /// Compilers of this machine, each with the language standards to try.
  static var compilers: [(tool: Tool, language: String, standard: String)] {
    let table = [
      ("cc", "c", "c99"), ("cc", "c", "c11"), ("clang", "c", "c99"), ("clang", "c", "c11"),
      ("c++", "c++", "c++17"), ("clang++", "c++", "c++17"),
    ]
    return table.compactMap { name, language, standard in
      Tool(name).map { ($0, language, standard) }
    }
  }

  @Test(
    "the header compiles alone, without a warning, as C99, C11 and C++17",
    .enabled(if: !compilers.isEmpty, "no C compiler is installed"))
  func headerCompiles() throws {
    for (tool, language, standard) in Self.compilers {
      let scratch = try Scratch()
      defer { scratch.remove() }
      let source = "#include \"hone_kernel.h\"\nint main(void) { return (int)HONE_KERNEL_OK; }\n"
      try source.write(toFile: scratch.path("main.x"), atomically: true, encoding: .utf8)
      let result = try tool.run(
        Self.strict + Self.include
          + ["-std=\(standard)", "-fsyntax-only", "-x", language, scratch.path("main.x")])
      #expect(result.code == 0, "\(tool.path) -std=\(standard): \(result.errors)")
    }
  }

  /// A change of these sizes changes the ABI: raise HONE_KERNEL_ABI, then these numbers.
  @Test(
    "the layout is that of ABI 2 on 64-bit machines",
    .enabled(if: Tool.exists("cc") && MemoryLayout<Int>.size == 8, "needs cc and 64 bits"))
  func layoutIsFixed() throws {
    let sizes = [
      "hone_kernel_team": 24, "hone_gemm": 248, "hone_embedding_bag": 120, "hone_attention": 360,
      "hone_probe": 72, "hone_kernel_parameter": 56, "hone_kernel_row": 1000,
      "hone_kernel_library": 40,
    ]
    let asserts = sizes.sorted { $0.key < $1.key }.map {
      "_Static_assert(sizeof(\($0.key)) == \($0.value), \"size of \($0.key)\");"
    }
    let lines =
      ["#include \"hone_kernel.h\"", "_Static_assert(HONE_KERNEL_ABI == 2, \"ABI\");"] + asserts
    let scratch = try Scratch()
    defer { scratch.remove() }
    try lines.joined(separator: "\n")
      .write(toFile: scratch.path("sizes.c"), atomically: true, encoding: .utf8)
    let result = try Tool.require("cc").run(
      Self.include + ["-std=c11", "-fsyntax-only", scratch.path("sizes.c")])
    #expect(result.code == 0, "\(result.errors)")
  }

  @Test(
    "a kernel library can be written in C: the fixture builds in all its forms",
    .enabled(if: Tool.exists("cc"), "no C compiler is installed"),
    arguments: [
      "", "-DPLUGIN_ABI=99", "-DPLUGIN_NO_MANIFEST", "-DPLUGIN_CRASH", "-DPLUGIN_ROWS=3",
      "-DPLUGIN_PARAMETERS=99", "-DPLUGIN_NO_NAME", "-DPLUGIN_ISA=\"z80\"", "-DPLUGIN_WRONG",
    ])
  func pluginBuilds(flag: String) throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let result = try Tool.require("cc").run(
      Self.strict + Self.include + ["-std=c99", "-shared", "-fPIC"] + (flag.isEmpty ? [] : [flag])
        + ["-o", scratch.path("libplugin.so"), "Tests/HoneBackendsTests/Fixtures/plugin.c"])
    #expect(result.code == 0, "\(result.errors)")
  }
}
