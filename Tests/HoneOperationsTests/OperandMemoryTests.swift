// OperandMemoryTests.swift: memory that is used again holds what it should, and nobody has a piece that another has.

import Testing

@testable import HoneOperations

@Suite("Memory of operands", .serialized)
struct OperandMemoryTests {
  static let count = 3 << 20

  static func buffer(_ content: String, fills: inout Int) throws -> OperandBuffer<UInt8> {
    var filled = 0
    let buffer = try OperandBuffer<UInt8>(count, pages: "4k", content: content) {
      filled += 1
      for index in 0..<$0.count { $0.base[index] = UInt8(content.utf8.first!) }
    }
    fills += filled
    return buffer
  }

  @Test("what was given up is found again by its content, and filled once")
  func content() throws {
    var fills = 0
    for content in ["a of content", "b of content", "a of content", "b of content"] {
      let buffer = try Self.buffer(content, fills: &fills)
      #expect(buffer.base[Self.count - 1] == UInt8(content.utf8.first!))
    }
    #expect(fills >= 2)
    let before = fills
    let kept = try Self.buffer("c of content", fills: &fills)
    let other = try Self.buffer("c of content", fills: &fills)
    #expect(fills == before + 2, "two at once are two")
    #expect(kept.base != other.base)
  }

  @Test("memory that somebody wrote to without a name is never taken for filled")
  func scribbled() throws {
    var fills = 0
    do {
      _ = try Self.buffer("d of content", fills: &fills)
      let scribbled = try OperandBuffer<UInt8>(Self.count, pages: "4k")
      scribbled.poison()
    }
    let buffer = try Self.buffer("d of content", fills: &fills)
    #expect(buffer.base[0] == UInt8(ascii: "d") && buffer.base[Self.count - 1] == UInt8(ascii: "d"))
  }

  @Test("after renewing, nothing that was used before is used again")
  func renewed() throws {
    var fills = 0
    let first = try Self.buffer("e of content", fills: &fills).base
    OperandMemory.renew()
    let buffer = try Self.buffer("e of content", fills: &fills)
    #expect(fills == 2 && buffer.base != first)
  }

  @Test("a large table stays where it is: its place is nobody's advantage")
  func largeStays() throws {
    let make = {
      try OperandBuffer<UInt8>(48 << 20, pages: "4k", content: "large") { $0.base[0] = 1 }
    }
    let first = try make().base
    OperandMemory.renew()
    #expect(try make().base == first)
  }

  @Test("the same operands come of a seed whether their memory is new or used")
  func seeds() throws {
    func sample() throws -> [Float] {
      let buffer = try OperandBuffer<Float>(1 << 19, pages: "4k")
      buffer.fillUniform(seed: 4)
      let values = (0..<buffer.count).map { buffer.base[$0] }
      buffer.poison()
      return values
    }
    #expect(try sample() == sample())
  }
}
