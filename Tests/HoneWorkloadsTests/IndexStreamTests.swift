// IndexStreamTests.swift: files of indices in their three forms, and as a field of a workload.

import FoundationEssentials
import HoneCore
import HoneOperations
import Testing

@testable import HoneWorkloads

private func little<Number: FixedWidthInteger>(_ numbers: [Number]) -> [UInt8] {
  numbers.flatMap { number in withUnsafeBytes(of: number.littleEndian) { [UInt8]($0) } }
}

private func array(_ type: String, _ data: [UInt8], version: UInt8 = 1) -> [UInt8] {
  let header = Array("{'descr': '\(type)', 'fortran_order': False, 'shape': (3,), }\n".utf8)
  let length =
    version == 1 ? little([UInt16(header.count)]) : little([UInt32(header.count)])
  return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + header + data
}

@Suite("Streams of indices")
struct IndexStreamTests {
  @Test("every form gives the same numbers")
  func forms() throws {
    let forms: [(String, [UInt8])] = [
      ("a.npy", array("<i4", little([Int32(7), 0, 1 << 30]))),
      ("a.npy", array("<i8", little([Int64(7), 0, 1 << 30]), version: 2)),
      ("a.i32", little([Int32(7), 0, 1 << 30])), ("a.i64", little([Int64(7), 0, 1 << 30])),
      ("a.txt", Array("# rows\n7, 0\n\n1073741824 # the last\r\n".utf8)),
    ]
    for (name, bytes) in forms {
      #expect(try IndexStream(bytes: bytes, origin: name).indices == [7, 0, 1 << 30])
    }
  }

  @Test(
    "what is no stream is refused with its place",
    arguments: [
      ("a.txt", Array("1 2\n3 x4\n".utf8), "line 2: 'x4'"), ("a.txt", [], "no indices"),
      ("a.txt", Array("1 -2".utf8), "number 2 is -2"),
      ("a.i32", [1, 2, 3], "whole number of 4-byte"),
      ("a.npy", array("<f4", [0, 0, 0, 0]), "not little-endian int32"),
      ("a.npy", Array(array("<i4", []).prefix(30)), "header is cut off"),
      ("a.npy", Array(array("<i4", []).prefix(9)), "header is cut off"),
    ])
  func refusals(name: String, bytes: [UInt8], reason: String) {
    let error = #expect(throws: HoneError.self) { try IndexStream(bytes: bytes, origin: name) }
    #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
  }

  private func entry(_ fields: String) -> String {
    """
    {"schema": "hone.workload/1", "name": "w", "problems": [{"operation": "embedding-bag",
     "shape": {"rows": 9, "dim": 4, "bags": 1, "lookups": 4}, \(fields)}]}
    """
  }

  @Test(
    "a workload's stream becomes the distribution of its problem, from the document's folder on")
  func field() throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "hone-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data("1 1 1 8".utf8).write(to: folder.appending(path: "s.txt"))
    let document = folder.appending(path: "w.json")
    let read = { (fields: String) in
      try Data(entry(fields).utf8).write(to: document)
      return try Workload.load(document.path)
    }
    let workload = try read(#""stream": "s.txt""#)
    #expect(workload.entries[0].problem.attributes["distribution"] == "reuse:4:250.0.750")
    #expect(try workload.normalised(by: Operations.all).entries.count == 1)
    let text = try WorkloadDocument.text(of: workload)
    #expect(try WorkloadDocument.workload(from: text.utf8, origin: "x.json") == workload)
    for (fields, reason) in [
      (#""stream": "none.txt""#, "cannot be read"),
      (#""stream": "s.txt", "attributes": {"distribution": "zipf"}"#, "exclude each other"),
    ] {
      let error = #expect(throws: HoneError.self) { try read(fields) }
      #expect(
        error?.message.contains(reason) == true && error?.message.contains("problem 1") == true)
    }
    try Data("1 9".utf8).write(to: folder.appending(path: "s.txt"))
    let error = #expect(throws: HoneError.self) { try read(#""stream": "s.txt""#) }
    #expect(error?.message.contains("has the index 9") == true)
  }
}
