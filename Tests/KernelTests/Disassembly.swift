// Disassembly.swift: reads a listing of objdump, finds the innermost loops of its functions and what they do to memory.

/// One instruction: where, and the text after the address.
struct Instruction {
  var address: Int
  var text: Substring

  var mnemonic: Substring { text.prefix { $0 != " " && $0 != "\t" } }

  /// The address that a jump names; nil for other instructions and for computed jumps.
  var jumpTarget: Int? {
    let name = mnemonic
    let isJump =
      name.first == "j" || name == "b" || name.hasPrefix("b.")
      || Self.armJumps.contains(String(name))
    guard isJump else { return nil }
    // x86: "jne 4f0 <f+0x20>"; ARM: "cbnz x1, 4f0 <f+0x20>".
    let words = text.split { $0 == " " || $0 == "\t" || $0 == "," }
    guard let word = words.dropFirst().last(where: { !$0.hasPrefix("<") }) else { return nil }
    return Int(word, radix: 16)
  }

  /// Control never reaches the next instruction.
  var isEnd: Bool {
    ["jmp", "ret", "retq", "ud2", "hlt", "b", "br", "brk", "udf"].contains(String(mnemonic))
  }

  /// Many multiplications at once: what makes a loop worth checking.
  var isVectorProduct: Bool {
    let name = mnemonic
    return name.hasSuffix("ps")
      && (name.contains("fmadd") || name.contains("mulps") || name.contains("fnmadd"))
      || (name == "fmla" && text.contains(".4s"))
  }

  private static let armJumps: Set = ["cbz", "cbnz", "tbz", "tbnz"]
}

/// One function of a listing.
struct DisassembledFunction {
  var name: Substring
  var instructions: [Instruction]

  /// Functions of `objdump -d --no-show-raw-insn`, in order.
  static func parse(_ listing: String) -> [DisassembledFunction] {
    var functions: [DisassembledFunction] = []
    for line in listing.split(separator: "\n") {
      if line.hasSuffix(">:"), let open = line.firstIndex(of: "<") {
        let name = line[line.index(after: open)...].dropLast(2)
        functions.append(DisassembledFunction(name: name, instructions: []))
      } else if line.first == " ", let colon = line.firstIndex(of: ":"), !functions.isEmpty,
        let address = Int(line[..<colon].drop { $0 == " " }, radix: 16)
      {
        let text = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        functions[functions.count - 1].instructions.append(
          Instruction(address: address, text: text))
      }
    }
    return functions
  }

  /// rbp holds the frame, not data.
  var hasFramePointer: Bool {
    instructions.contains { $0.text.hasPrefix("mov") && $0.text.hasSuffix("%rsp,%rbp") }
  }

  /// Does the instruction read or write the function's stack?
  func touchesStack(_ instruction: Instruction) -> Bool {
    let text = instruction.text
    return text.contains("(%rsp") || text.contains("[sp")
      || (hasFramePointer && text.contains("(%rbp"))
  }

  /// Accesses to the stack in innermost loops that multiply vectors.
  var spills: [Instruction] {
    guard instructions.contains(where: \.isVectorProduct) else { return [] }
    let loops = innermostLoops().filter { loop in loop.contains { instructions[$0].isVectorProduct }
    }
    return loops.flatMap { loop in loop.map { instructions[$0] }.filter(touchesStack) }
  }
}

extension DisassembledFunction {
  /// Loops that contain no other, as indices of their instructions. A loop is a set of instructions that can all reach each
  /// other (a strongly connected component of the flow of control): jumping back alone does not make one.
  func innermostLoops() -> [[Int]] {
    let next = successors()
    var found: [[Int]] = []
    var pending = components(of: Array(instructions.indices), next)
    while let loop = pending.popLast() {
      // Without its head a loop falls apart, or shows the loops inside it.
      let inner = components(of: Array(loop.sorted().dropFirst()), next)
      if inner.isEmpty { found.append(loop.sorted()) } else { pending += inner }
    }
    return found
  }

  private func successors() -> [[Int]] {
    var index: [Int: Int] = [:]
    for (at, instruction) in instructions.enumerated() { index[instruction.address] = at }
    return instructions.enumerated().map { at, instruction in
      var next: [Int] = []
      if let target = instruction.jumpTarget, let there = index[target] { next.append(there) }
      if !instruction.isEnd && at + 1 < instructions.count { next.append(at + 1) }
      return next
    }
  }

  /// Strongly connected components with a cycle, among some of the instructions (Tarjan 1972, with its own stack: functions are
  /// thousands of instructions long).
  private func components(of members: [Int], _ next: [[Int]]) -> [[Int]] {
    var search = ComponentSearch(next, members: members)
    return search.run(members)
  }
}

/// The state of Tarjan's search.
private struct ComponentSearch {
  let next: [[Int]]
  var isMember: [Bool]
  var order: [Int]
  var low: [Int]
  var isOpen: [Bool]
  var open: [Int] = []
  var count = 0
  var found: [[Int]] = []

  init(_ next: [[Int]], members: [Int]) {
    self.next = next
    isMember = [Bool](repeating: false, count: next.count)
    for member in members { isMember[member] = true }
    order = [Int](repeating: -1, count: next.count)
    low = order
    isOpen = [Bool](repeating: false, count: next.count)
  }

  mutating func run(_ members: [Int]) -> [[Int]] {
    for member in members where order[member] < 0 { visit(member) }
    return found
  }

  private mutating func visit(_ start: Int) {
    var path = [(node: start, edge: 0)]
    enter(start)
    while let (node, edge) = path.last {
      if edge < next[node].count {
        path[path.count - 1].edge += 1
        let target = next[node][edge]
        guard isMember[target] else { continue }
        if order[target] < 0 {
          enter(target)
          path.append((target, 0))
        } else if isOpen[target] {
          low[node] = min(low[node], order[target])
        }
      } else {
        path.removeLast()
        if let parent = path.last?.node { low[parent] = min(low[parent], low[node]) }
        if low[node] == order[node] { close(node) }
      }
    }
  }

  private mutating func enter(_ node: Int) {
    (order[node], low[node], isOpen[node]) = (count, count, true)
    count += 1
    open.append(node)
  }

  private mutating func close(_ root: Int) {
    var component: [Int] = []
    while let node = open.popLast() {
      isOpen[node] = false
      component.append(node)
      if node == root { break }
    }
    if component.count > 1 || next[root].contains(root) { found.append(component) }
  }
}
