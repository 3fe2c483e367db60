// JSONValueTests.swift: canonical JSON is a function of the value, and reading it back gives the value.

import HoneCore
import Testing

@testable import HoneDatabase

private func parse(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

private func randomValue(_ generator: inout SeededGenerator, depth: Int = 0) -> JSONValue {
  let texts = ["", "a", "ä", "\u{0}\u{1f}\u{7f}", "\"\\/\n\r\t", "𝕏", "\u{2028}", "é"]
  let numbers = ["0", "-0", "1", "1.50", "1e-9", "18446744073709551615", "-1E+5", "0.1"]
  switch generator.below(depth < 4 ? 7 : 5) {
  case 0: return .null
  case 1: return .bool(generator.below(2) == 0)
  case 2: return .number(numbers[generator.below(numbers.count)])
  case 3, 4: return .string(texts[generator.below(texts.count)])
  case 5:
    return .array((0..<generator.below(5)).map { _ in randomValue(&generator, depth: depth + 1) })
  default:
    let members = (0..<generator.below(5)).map { _ in
      (texts[generator.below(texts.count)], randomValue(&generator, depth: depth + 1))
    }
    return .object(Dictionary(members) { first, _ in first })
  }
}

@Suite struct JSONValueTests {
  @Test("canonical text reads back as the same value and is a fixed point")
  func roundTrip() throws {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<500 {
      let value = randomValue(&generator)
      let text = value.canonical
      let again = try parse(text)
      #expect(again == value)
      #expect(again.canonical == text)
    }
  }

  @Test("neither the order of members nor blanks change the canonical text")
  func orderOfMembers() throws {
    let one = try parse(#" { "b" : [1, 2.50] , "a":{"d":"\u00e4\/","c":null} } "#)
    let other = try parse(#"{"a":{"c":null,"d":"ä/"},"b":[1,2.50]}"#)
    #expect(one.canonical == #"{"a":{"c":null,"d":"ä/"},"b":[1,2.50]}"#)
    #expect(one.canonical == other.canonical)
  }

  @Test("keys are sorted by their bytes, not by any locale")
  func sorting() throws {
    #expect(try parse(#"{"a":1,"Z":2,"é":3,"_":4}"#).canonical == #"{"Z":2,"_":4,"a":1,"é":3}"#)
  }

  @Test(
    "what is no JSON is refused",
    arguments: [
      "", " ", "{", "[1,]", "{\"a\":1,}", "01", "1.", ".5", "+1", "1e", "nul", "truex", "\"",
      "\"\\x\"",
      "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\\u00g0\"", "\"a\nb\"",
      "{\"a\":1,\"a\":2}", "[1 2]",
      "{1:2}", "1 2", "NaN", "-", "[", "{\"a\"", "\"\\u12", "\"\\",
    ])
  func refusals(_ text: String) {
    #expect(throws: JSONSyntaxError.self) { try parse(text) }
  }

  @Test("text that is not UTF-8 and bottomless nesting are refused")
  func hostileBytes() {
    #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: [0x22, 0xff, 0x22]) }
    #expect(throws: JSONSyntaxError.self) {
      try JSONValue(parsing: [UInt8](repeating: 0x5b, count: 100_000))
    }
  }

  @Test("random bytes and random damage never trap")
  func damage() throws {
    var generator = SeededGenerator(seed: 2)
    let text = Array(try Sample.journal([Sample.served()]).utf8)
    for _ in 0..<2000 {
      var bytes = text
      for _ in 0...generator.below(3) {
        bytes[generator.below(bytes.count)] = UInt8(generator.below(256))
      }
      if let value = try? JSONValue(parsing: bytes) {
        #expect(try parse(value.canonical) == value)
      }
    }
  }

  @Test("surrogate pairs become one character")
  func surrogates() throws {
    #expect(try parse(#""\ud835\udd4f""#) == .string("𝕏"))
  }

  @Test(
    "the hash is SHA-256",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ])
  func hash(_ text: String, _ digest: String) {
    #expect(ContentAddress.of(text) == "sha256:\(digest)")
  }
}
