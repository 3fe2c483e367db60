// MeasurementTarget.swift: what can be measured: anything that runs a number of times when told to.

public import HoneCore

/// Something whose executions take time. This module knows nothing else about it.
public protocol MeasurementTarget: AnyObject {
  /// Targets of one group run beside each other within a round: changing from one group's threads to another's takes time.
  var group: String { get }
  /// Called untimed before each sample: another target may have run in between and left threads or libraries in another state.
  func prepare()
  /// Runs that many executions one after the other and returns when the last is done. The target rotates its
  /// own operands from execution to execution where its policy asks for cold ones. Called on one thread only.
  func run(_ executions: Int) throws(Refusal)
}

extension MeasurementTarget {
  public var group: String { "" }
  public func prepare() {}
}

/// A target made of a closure that receives the number of executions.
public final class ClosureTarget: MeasurementTarget {
  private let body: (Int) throws(Refusal) -> Void

  public init(_ body: @escaping (Int) throws(Refusal) -> Void) { self.body = body }

  public func run(_ executions: Int) throws(Refusal) { try body(executions) }
}
