// ObservedCalls.swift: what was seen of a problem in a running program, as libhone_blas records it.

/// Calls of one problem. It is for people who read a recording: only the entry's weight decides how it is tuned.
public struct ObservedCalls: Hashable, Sendable, Codable {
  /// The function that was called: "cblas_sgemm"; several are joined by "+".
  public var routine: String
  /// Cores that the caller had for one call.
  public var threads: Int
  /// Bytes that all operands of all calls are aligned to.
  public var alignment: Int
  public var calls: Int
  /// In all calls together.
  public var seconds: Double
  /// Calls that ran with Hone.
  public var served: Int
  /// Calls that ran with the real library because nothing tuned was known.
  public var missed: Int

  mutating func add(_ other: ObservedCalls) {
    if !routine.split(separator: "+").contains(other.routine[...]) {
      routine += "+\(other.routine)"
    }
    threads = max(threads, other.threads)
    alignment = min(alignment, other.alignment)
    calls += other.calls
    seconds += other.seconds
    served += other.served
    missed += other.missed
  }
}

extension ObservedCalls? {
  mutating func add(_ other: ObservedCalls?) {
    guard let other else { return }
    if self == nil { self = other } else { self?.add(other) }
  }
}
