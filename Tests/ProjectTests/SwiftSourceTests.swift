// SwiftSourceTests.swift: the checks' own reader of Swift: a check that reads wrongly would pass everything.

import Testing

@Suite("Reading Swift sources")
struct SwiftSourceTests {
  @Test("comments and texts are blanked, interpolated code and line breaks stay")
  func blanks() {
    let text = """
      let a = "x { \\(f("}") + 1) }" // func no() {
      /* { /* nested */ } */ let b = #"raw " { \\(no)"#
      """
    let code = SwiftSource.code(of: text)
    #expect(!code.contains("{") && !code.contains("}") && !code.contains("no"))
    #expect(code.contains("f(") && code.contains("+ 1)") && code.contains("let b ="))
    #expect(code.count == text.count)
    #expect(code.split(separator: "\n").count == 2)
  }

  @Test("long texts end at their own quotes only")
  func longTexts() {
    let quotes = "\"\"\""
    let text = "let a = \(quotes)\n  func no() { \"quoted\" }\n  \(quotes)\nfunc yes() {\n}"
    #expect(SwiftSource.functions(in: text).map(\.name) == ["yes"])
  }

  @Test("functions are found with their lengths, requirements of protocols are not")
  func findsFunctions() {
    let text = """
      protocol P {
        func required(_ a: Int) throws
        init(b: Int)
      }
      public init(_ x: Int = { 1 }()) { y = x }
      @inlinable public static func long<T>(
        a: T
      ) -> Int where T: P {
        if a { return .init(b: 1) }
        func inner() { }
        return 2
      }
      deinit {
        free(x)
      }
      """
    let found = SwiftSource.functions(in: text)
    #expect(found.map(\.name) == ["init", "long", "inner", "deinit"])
    #expect(found.map(\.lines) == [1, 7, 1, 3])
    #expect(found.map(\.firstLine) == [5, 6, 10, 13])
  }

  @Test("imports are read with every kind of access")
  func readsImports() {
    let text =
      "public import A\nimport B\n@testable import C\n// import D\nlet e = \"import E\"\ninternal import struct.F"
    #expect(SwiftSource.imports(of: text) == ["A", "B", "C", "struct"])
  }
}
