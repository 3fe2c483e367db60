// KernelLibraryFileTests.swift: what a built kernel library exports and needs; any program in any language may load it.

import Foundation
import Testing

@Suite("Kernel library files", .enabled(if: Tool.exists("nm"), "nm (binutils) is not installed"))
struct KernelLibraryFileTests {
  /// The kernel libraries beside the running test.
  static func libraries() throws -> [String] {
    let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let folder = URL(filePath: executable).deletingLastPathComponent()
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
      $0.hasPrefix("libhone-kernels-") && $0.hasSuffix(".so")
    }
    return names.sorted().map { folder.appending(path: $0).path }
  }

  /// Name and kind ("T", "W", "U" …) of each dynamic symbol.
  static func symbols(of library: String) throws -> [(kind: String, name: String)] {
    let output = try Tool.require("nm").run(["-D", "--format=posix", library]).output
    return output.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ").map(String.init)
      return words.count > 1 ? (words[1], words[0]) : nil
    }
  }

  @Test("a library was built for each instruction set of this architecture")
  func librariesExist() throws {
    #expect(try !Self.libraries().isEmpty)
  }

  @Test("only hone_* is exported, and nothing weak")
  func exportsAreOurs() throws {
    for library in try Self.libraries() {
      let exported = try Self.symbols(of: library).filter { !["U", "w", "v"].contains($0.kind) }
      #expect(exported.contains { $0.name == "hone_kernel_library_describe" && $0.kind == "T" })
      for symbol in exported {
        #expect(
          symbol.name.hasPrefix("hone_") && symbol.kind == "T",
          "\(library) exports \(symbol.name) (\(symbol.kind))")
      }
    }
  }

  @Test("nothing of the Swift runtime is needed")
  func needNoRuntime() throws {
    for library in try Self.libraries() {
      for symbol in try Self.symbols(of: library) where symbol.kind == "U" {
        #expect(
          !symbol.name.hasPrefix("swift_") && !symbol.name.hasPrefix("$s"),
          "\(library) needs \(symbol.name)")
      }
    }
  }
}
