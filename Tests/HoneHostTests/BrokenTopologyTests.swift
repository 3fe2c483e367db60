// BrokenTopologyTests.swift: a file that is no topology gets a clear error, and nothing makes Hone crash.

import HoneCore
import HoneHost
import Testing

@Suite("broken topologies")
struct BrokenTopologyTests {
  private func refusal(of bytes: [UInt8]) -> HoneError? {
    do {
      _ = try Topology.xml(bytes: bytes, name: "machine.xml")
      return nil
    } catch {
      return error as? HoneError
    }
  }

  @Test(
    "each kind of wrong file is told what it is",
    arguments: [
      ("", "is empty"), (" \n\t", "is empty"), ("{\"a\": 1}", "is JSON"), ("[1]", "is JSON"),
      ("hello", "is not XML"), ("\u{7f}ELF", "is not XML"),
      ("<html></html>", "no <topology> element"),
      ("<?xml version=\"1.0\"?>\n<topology version=\"3.0\">\n</topology>", "format version 3"),
      ("<topology version=\"2.0\"><object type=\"Machine\">", "truncated"),
      ("<topology version=\"2.0\"></topology>", "refused by hwloc"),
      ("<topology version=\"2.0\"><object type=\"Nonsense\"/></topology>", "refused by hwloc"),
      ("<topology><topology></topology>", "refused by hwloc"),
    ])
  func clearErrors(_ text: String, _ expected: String) throws {
    let error = try #require(refusal(of: Array(text.utf8)))
    #expect(error.code == .unusableData)
    #expect(error.message.contains("machine.xml"))
    #expect(error.message.contains(expected), "\(error.message)")
    #expect(!error.advice.isEmpty)
  }

  @Test("a file that is not there, a folder and a device are told apart from a bad file")
  func unreadable() {
    for path in ["/nonexistent/machine.xml", "/tmp"] {
      #expect {
        try Topology.xml(path: path)
      } throws: {
        ($0 as? HoneError)?.code == .unusableData && "\($0)".contains("cannot read \(path)")
      }
    }
    #expect(throws: HoneError.self) { try Topology.xml(path: "/dev/null") }
  }

  @Test("a file that was cut off anywhere is an error")
  func truncated() throws {
    let whole = try SharedData.bytes(SharedData.fixture("this-box.xml"))
    #expect(refusal(of: whole) == nil)
    let end = whole.count - Array("</topology>\n".utf8).count
    for length in stride(from: 0, through: end, by: 97) {
      #expect(refusal(of: Array(whole[..<length])) != nil, "\(length) bytes")
    }
  }

  @Test("what editors and copies do to a file does not change the machine")
  func normalised() throws {
    let whole = try SharedData.bytes(SharedData.fixture("this-box.xml"))
    let text = String(decoding: whole, as: UTF8.self)
      .replacing("<object type=\"Package\"", with: "<!-- a <note> -->\n<object type=\"Package\"")
      .replacing("\n", with: "\r\n")
    let edited = try Topology.xml(bytes: [0xef, 0xbb, 0xbf] + Array(text.utf8), name: "edited")
    let original = try Topology.xml(bytes: whole, name: "edited")
    #expect(edited == original)
    #expect(refusal(of: Array((text + "<!-- open").utf8)) == nil)
    #expect(refusal(of: Array(("<!-- open" + text).utf8)) != nil)
  }

  @Test("bytes changed at random are read or refused, and never crash", arguments: 0..<4)
  func mutated(_ seed: Int) throws {
    let whole = try SharedData.bytes(SharedData.fixture("two-tiers.xml"))
    var generator = SeededGenerator(seed: UInt64(seed))
    for _ in 0..<60 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        bytes[place] = UInt8.random(in: 32...126, using: &generator)
      }
      if let topology = try? Topology.xml(bytes: bytes, name: "mutated") {
        _ = HardwareClass(topology).id
        _ = topology.facts
        _ = topology.disagreements
      }
    }
  }

  @Test(
    "version 3 of the format is refused with its name",
    .enabled(if: SharedData.hasTopologies, SharedData.reason))
  func version3() {
    #expect {
      try Topology.xml(path: SharedData.topology("hwloc-cxlmem+dax.v3.xml"))
    } throws: {
      "\($0)".contains("hwloc-cxlmem+dax.v3.xml is a topology of format version 3")
    }
  }
}
