// ThreadBindingTests.swift: a thread is bound where it can be, and told why where it cannot.

import Glibc
import HoneCore
import HoneHost
import Synchronization
import Testing

private final class Work<Value: Sendable>: Sendable {
  let body: @Sendable () -> Value
  let result = Mutex<Value?>(nil)

  init(_ body: @escaping @Sendable () -> Value) { self.body = body }

  func run() {
    let value = body()
    result.withLock { $0 = value }
  }
}

/// Runs on a thread of its own, so that no pool thread stays bound.
private func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) -> Value? {
  let work = Work(body)
  let erased: @Sendable () -> Void = { work.run() }
  let box = Unmanaged.passRetained(erased as AnyObject)
  var thread = pthread_t()
  let code = pthread_create(
    &thread, nil,
    { argument in
      guard let argument else { return nil }
      let object = Unmanaged<AnyObject>.fromOpaque(argument).takeRetainedValue()
      (object as? @Sendable () -> Void)?()
      return nil
    }, box.toOpaque())
  guard code == 0 else { return nil }
  pthread_join(thread, nil)
  return work.result.withLock { $0 }
}

@Suite("thread binding")
struct ThreadBindingTests {
  @Test("a thread that is bound to each usable CPU in turn is there")
  func binds() throws {
    let topology = try Topology.live()
    for cpu in topology.usable.members.prefix(4) {
      let seen = onOwnThread { () -> Result<CPUSet, Refusal> in
        Result { () throws(Refusal) in
          try ThreadBinding.bind(to: CPUSet([cpu]), on: topology)
          return try ThreadBinding.current(on: topology)
        }
      }
      #expect(seen == .success(CPUSet([cpu])))
    }
  }

  @Test("an imported machine binds nothing and says so")
  func refusesImported() throws {
    let topology = try Topology.synthetic("core:8 pu:1")
    #expect {
      try ThreadBinding.bind(to: CPUSet([0]), on: topology)
    } throws: {
      "\($0)".contains("is not the machine that this runs on")
    }
    #expect(throws: Refusal.self) { try ThreadBinding.current(on: topology) }
  }

  @Test("CPUs that do not exist, or none at all, are refused with the reason")
  func refusesStrangeCPUs() throws {
    let topology = try Topology.live()
    #expect {
      try ThreadBinding.bind(to: CPUSet([5000]), on: topology)
    } throws: {
      "\($0)".contains("CPUs 5000 do not exist here")
    }
    #expect(throws: Refusal.self) { try ThreadBinding.bind(to: CPUSet(), on: topology) }
  }
}
