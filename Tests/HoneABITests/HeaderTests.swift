// HeaderTests.swift: hone.h as other people's compilers see it, and what the libraries export.

import CHone
import Foundation
import Hone
import Testing

@Suite("hone.h", .enabled(if: Repository.hasCompilers, "needs cc and c++"))
struct HeaderTests {
  @Test("compiles alone, without a warning, as C99, C11 and C++17")
  func compiles() throws {
    let scratch = Scratch()
    let table = [
      ("cc", "c", "c99"), ("cc", "c", "c11"), ("clang", "c", "c99"), ("c++", "c++", "c++17"),
      ("clang++", "c++", "c++17"),
    ]
    let source = try scratch.write(
      "main.x", "#include <hone.h>\nint main(void) { return hone_abi() == HONE_ABI ? 0 : 1; }\n")
    for (compiler, language, standard) in table where Repository.tool(compiler) != nil {
      let run = try Run(
        compiler,
        LibHone.strict + LibHone.include
          + ["-std=\(standard)", "-fsyntax-only", "-x", language, source])
      #expect(run.code == 0, "\(compiler) -std=\(standard): \(run.story)")
    }
  }

  @Test("the exported symbols of libhone.so are the functions of hone.h, no more and no fewer")
  func exports() throws {
    let library = try LibHone.shared.get() + "/libhone.so.0"
    let symbols = try Run("nm", ["-D", "--defined-only", "--format=posix", library]).output
    let exported = Set(
      symbols.split(separator: "\n").compactMap { line -> String? in
        let fields = line.split(separator: " ")
        return fields.count > 1 && fields[1] == "T"
          ? String(fields[0].split(separator: "@")[0]) : nil
      })
    let header = try Repository.text("CShims/CHone/include/hone.h")
    let declared = Set(
      header.matches(of: /HONE_API [^;(]*?(hone_\w+)\(/).map { String($0.output.1) })
    #expect(exported == declared)
    #expect(declared.count > 30)
    let dynamic = try Run("objdump", ["-p", library]).output
    #expect(dynamic.contains(/SONAME +libhone\.so\.0\n/))
    #expect(!dynamic.contains("libswift"), "the reader must not need the Swift run-time")
  }

  @Test("the engine exports hone_engine_ functions and nothing of Swift's")
  func engineExports() throws {
    let engine = "\(Repository.products)/libhone-engine.so"
    let symbols = try Run("nm", ["-D", "--defined-only", "--format=posix", engine]).output
    let names = symbols.split(separator: "\n").map { String($0.split(separator: " ")[0]) }
    #expect(names.count >= 7)
    for name in names { #expect(name.hasPrefix("hone_engine_"), "exports \(name)") }
  }

  @Test("the versions of the library and of the tool are one")
  func version() {
    #expect(String(cString: hone_version()) == toolVersion)
    #expect(hone_abi() == HONE_ABI)
    #expect(String(cString: hone_status_name(HONE_OK.rawValue.signed)) == "ok")
    #expect(String(cString: hone_grade_name(2)) == "near-shape")
    #expect(String(cString: hone_grade_name(99)) == "unknown")
  }
}

extension UInt32 {
  fileprivate var signed: Int32 { Int32(bitPattern: self) }
}
