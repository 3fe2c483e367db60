// Objective.swift: what a tuning is for, as something that is computed from time, energy and the problem's arithmetic.

/// One way to say how good a configuration is. To add one: a file with a type that conforms, and a row in `Objectives.all`.
public protocol Objective: Sendable {
  static var name: String { get }
  static var summary: String { get }
  /// Of its values.
  static var unit: String { get }
  /// Larger is better.
  static var isMaximised: Bool { get }
  /// What must be measured and compared. For one problem the order of its values and of the objective's is the same.
  static var quantity: Quantity { get }

  /// nil where a fact that it needs is not known.
  static func value(of facts: ObjectiveFacts) -> Double?
}

/// What is known of one configuration on one problem.
public struct ObjectiveFacts: Hashable, Sendable {
  /// Of one execution.
  public var seconds: Double
  /// Of one execution, beyond the idle machine's; nil where it was not measured.
  public var joules: Double?
  /// Of the problem.
  public var flops: Double

  public init(seconds: Double, joules: Double? = nil, flops: Double = 0) {
    self.seconds = seconds
    self.joules = joules
    self.flops = flops
  }
}

extension Measurement {
  /// What was compared, for one execution: seconds, or joules where those were measured.
  public func cost(_ quantity: Quantity) -> Double? {
    switch quantity {
    case .time: median
    case .energy: energy?.value?.joules
    }
  }
}
