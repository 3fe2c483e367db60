// DisassemblyTests.swift: no inner loop of a kernel touches the stack: a spilled register halves its speed and fails no other test.

import FoundationEssentials
import Glibc
import HoneBackends
import Testing

@Suite("Disassembly of the kernels")
struct DisassemblyTests {
  /// Where a spill is known and accepted: `Kernels/spills.txt`.
  struct Exception {
    var instructionSet: Substring
    var function: Substring
  }

  static let objdump: String? = {
    let places: [String] = ["/usr/bin/objdump", "/usr/local/bin/objdump"]
    return places.first { access($0, X_OK) == 0 }
  }()

  static var libraries: [String] {
    ["x86v2", "x86v3", "x86v4", "x86v4_bf16", "armv8"].filter { KernelLibrary.path(for: $0) != nil }
  }

  static func exceptions() throws -> [Exception] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let file = folder.appending(path: "../../Kernels/spills.txt")
    let text = try String(contentsOf: file, encoding: .utf8)
    return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
      let words = line.split(separator: " ", maxSplits: 2)
      return Exception(instructionSet: words[0], function: words[1])
    }
  }

  @Test(
    "no inner loop that multiplies vectors touches the stack",
    .enabled(if: objdump != nil, "objdump (binutils) is not installed"), arguments: libraries)
  func noSpills(_ instructionSet: String) throws {
    let path = try #require(KernelLibrary.path(for: instructionSet))
    let listing = try #require(
      TestCommand.output(Self.objdump!, ["-d", "--no-show-raw-insn", path]))
    let functions = DisassembledFunction.parse(listing)
    let isUnderstood = functions.contains { $0.instructions.contains { $0.isVectorProduct } }
    #expect(isUnderstood, "no function multiplies vectors: the listing was not understood")
    let exceptions = try Self.exceptions().filter { $0.instructionSet == instructionSet }
    for function in functions {
      let spills = function.spills
      if spills.isEmpty { continue }
      let known = exceptions.contains { function.name.contains($0.function) }
      let first = spills.prefix(3).map { "\(String($0.address, radix: 16)): \($0.text)" }
      #expect(known, "\(function.name) has \(spills.count) in its inner loops: \(first)")
    }
  }

  @Test("a spill in an inner loop is found")
  func findsSpill() {
    let functions = DisassembledFunction.parse(Self.spilling)
    #expect(functions.map(\.name) == ["kernel"])
    #expect(functions[0].spills.map(\.text) == ["vmovups %ymm0,0x20(%rsp)"])
  }

  @Test("the stack may be used outside the innermost loop and in loops without products")
  func acceptsOuterStack() {
    #expect(DisassembledFunction.parse(Self.clean)[0].spills.isEmpty)
    #expect(DisassembledFunction.parse(Self.clean)[0].innermostLoops().count == 1)
  }

  @Test("rbp counts as the stack only where it holds the frame")
  func framePointer() {
    let frame = Self.spilling.replacing("0x20(%rsp)", with: "-0x20(%rbp)")
    #expect(DisassembledFunction.parse(frame)[0].spills.isEmpty)
    let named = frame.replacing("push   %rbx", with: "mov    %rsp,%rbp")
    #expect(DisassembledFunction.parse(named)[0].spills.count == 1)
  }

  @Test("a jump backwards to a common ending is no loop")
  func jumpBackIsNoLoop() {
    let listing = """
      0000000000000010 <kernel>:
        10:\tje     20 <kernel+0x10>
        14:\tvmovups %ymm0,(%rsp)
        18:\tret
        20:\tvfmadd231ps %ymm1,%ymm2,%ymm0
        24:\tjmp    14 <kernel+0x4>
      """
    #expect(DisassembledFunction.parse(listing)[0].innermostLoops().isEmpty)
  }

  private static let spilling = """

    build/lib.so:     file format elf64-x86-64

    0000000000001000 <kernel>:
      1000:\tpush   %rbx
      1001:\tvmovups (%rdi),%ymm1
      1005:\tvfmadd231ps %ymm1,%ymm2,%ymm0
      1009:\tvmovups %ymm0,0x20(%rsp)
      100f:\tdec    %rcx
      1012:\tjne    1001 <kernel+0x1>
      1018:\tmov    (%rsp),%rax
      101c:\tret
    """

  private static let clean = """
    0000000000001000 <kernel>:
      1000:\tmov    0x8(%rsp),%rdi
      1005:\tvfmadd231ps (%rdi),%ymm2,%ymm0
      100a:\tadd    $0x20,%rdi
      100f:\tdec    %rcx
      1012:\tjne    1005 <kernel+0x5>
      1018:\tmov    %rdi,0x8(%rsp)
      101c:\tjne    1000 <kernel>
      1020:\tret
    """
}
