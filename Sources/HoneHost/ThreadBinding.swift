// ThreadBinding.swift: binds the calling thread through hwloc, or says why not.

internal import Glibc
public import HoneCore

/// Which CPUs the calling thread may run on.
///
/// Never bind a thread that Hone does not own, such as one of Swift's cooperative pool: the binding stays when the task
/// has moved on.
public enum ThreadBinding {
  /// - Throws: `Refusal.unsupported` where `topology` is not this machine or the system cannot bind threads, and
  ///   `Refusal.failed` where it refuses these CPUs. The thread's binding is unchanged then.
  public static func bind(to cpus: CPUSet, on topology: Topology) throws(Refusal) {
    let hwloc = try thisSystem(topology)
    guard !cpus.isEmpty else { throw .failed("a thread cannot be bound to no CPU") }
    let strange = cpus.subtracting(topology.allowed)
    guard strange.isEmpty else {
      throw .failed(
        "CPUs \(strange) do not exist here or are not allowed (allowed: \(topology.allowed))")
    }
    let number = hwloc.bindCurrentThread(to: cpus)
    if number == 0 { return }
    throw number == ENOSYS
      ? .unsupported("this system cannot bind single threads")
      : .failed("the kernel refused to bind to CPUs \(cpus): \(String(cString: strerror(number)))")
  }

  /// The CPUs that the calling thread is bound to.
  public static func current(on topology: Topology) throws(Refusal) -> CPUSet {
    let hwloc = try thisSystem(topology)
    guard let cpus = hwloc.bindingOfCurrentThread() else {
      throw .unsupported("this system does not tell the binding of a thread")
    }
    return cpus
  }

  /// Binding on an imported topology would silently do nothing: hwloc answers success.
  private static func thisSystem(_ topology: Topology) throws(Refusal) -> HwlocTopology {
    guard topology.source.kind == .live else {
      throw .unsupported("\(topology.source.description) is not the machine that this runs on")
    }
    guard let hwloc = try? HwlocTopology.thisMachine(), hwloc.isThisSystem else {
      throw .unsupported("hwloc does not describe the machine that this runs on")
    }
    return hwloc
  }
}
