// OperandCopies.swift: how many sets of constant operands a policy asks for.

internal import HoneCore
internal import HoneHost
internal import HoneOperations

/// Cold means: between two uses of the same bytes, more than three times the last-level cache was read, of which a cache that replaces at
/// random keeps a twentieth. Never more than a quarter of the memory.
enum OperandCopies {
  static func count(
    for problem: Problem, operation: any HoneOperations.Operation, policy: MeasurementPolicy,
    host: HostFacts
  ) -> Int {
    guard policy.operands == .cold else { return 1 }
    let bytes = Int(min(max(1, operation.constantBytes(of: problem)), 0x1p62))
    let wanted = 3 * host.lastLevelBytes / bytes + 1
    let affordable = host.memoryBytes > 0 ? max(1, host.memoryBytes / 4 / bytes) : wanted
    return max(1, min(wanted, affordable, operation.mostCopies))
  }
}
