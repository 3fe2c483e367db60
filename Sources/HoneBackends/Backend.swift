// Backend.swift: who can run an operation: its variants as branches of a space, and plans that execute one of them.

public import HoneCore
public import HoneHost
public import HoneOperations

/// A runner of operations. To add one: a file with a type that conforms, and a row in `Backends.all`.
public protocol Backend: Sendable {
  /// "hone", "openblas".
  var name: String { get }
  var summary: String { get }
  /// Library → version, for provenance.
  var libraries: [String: String] { get }

  /// What keeps it from being as fast as it could be on this host, and what to do; nil where nothing is known of the kind.
  func complaint(host: HostFacts) -> String?

  /// What can be searched for this problem with at most `cores` threads; empty where this back end does not do the problem.
  /// The first branch, at its defaults, is what the back end would run untuned.
  func branches(for problem: Problem, host: HostFacts, cores: Int) -> [Branch]

  /// Decides everything: resolves entry points, sizes and allocates workspaces, prepares threads.
  func plan(for problem: Problem, _ configuration: Configuration) throws(Refusal) -> any Plan
}

extension Backend {
  public func complaint(host: HostFacts) -> String? { nil }
}

/// What run time executes: looks nothing up and allocates nothing.
public protocol Plan: AnyObject, Sendable {
  var workspaceBytes: Int { get }
  /// Brings the operands that are constant in use into the layout that this plan wants, all copies of them. Not timed; called once,
  /// before anything else, by whoever executes the plan on these operands.
  func adopt(_ operands: any Operands) throws(Refusal)
  /// The constant operand of `arguments` in the layout that this plan wants; whoever executes passes its base in the operand's place.
  /// nil where operands are read as they are.
  func packed(_ arguments: UnsafeRawPointer) throws(Refusal) -> MemoryRegion?
  /// Does it run on a constant operand in a layout of its own only?
  var packs: Bool { get }
  /// Puts threads and libraries into the state that this plan wants (bindings, thread counts). Not timed; called whenever another
  /// plan may have run in between.
  func prepare()
  /// Runs the problem that `arguments` (a struct of hone_kernel.h) describes; its sizes must be the planned ones.
  func execute(_ arguments: UnsafeRawPointer) throws(Refusal)
  /// The same inside somebody else's process, without `prepare`: binds no thread, waits for nobody, and leaves the settings of shared
  /// libraries as they were.
  func executeAsGuest(_ arguments: UnsafeRawPointer) throws(Refusal)
}

extension Plan {
  /// Operands are read as they are.
  public func adopt(_ operands: any Operands) throws(Refusal) {}

  public var packs: Bool { false }

  public func packed(_ arguments: UnsafeRawPointer) throws(Refusal) -> MemoryRegion? { nil }

  /// Execution itself changes nothing that others see.
  public func executeAsGuest(_ arguments: UnsafeRawPointer) throws(Refusal) {
    try execute(arguments)
  }
}
