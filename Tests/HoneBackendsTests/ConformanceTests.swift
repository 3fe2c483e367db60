// ConformanceTests.swift: every registered back end, and the template, does what a back end must.

import HoneBackends
import HoneCore
import HoneHost
import HoneOperations
import HoneTesting
import Testing

@Suite("Back-end conformance")
struct ConformanceTests {
  /// Small problems of every operation, the empty ones among them.
  static let problems: [Problem] = [
    ("gemm", ["m": 33, "n": 49, "k": 20], ["transB": "t", "beta": "1"]),
    ("gemm", ["m": 0, "n": 4, "k": 4], [:]),
    ("gemm", ["m": 4, "n": 5, "k": 0], ["beta": "0.5"]),
    ("embedding-bag", ["rows": 30, "dim": 20, "bags": 7, "lookups": 50], ["weighted": "yes"]),
    ("embedding-bag", ["rows": 3, "dim": 4, "bags": 5, "lookups": 0], ["pooling": "mean"]),
    (
      "attention", ["heads": 4, "kvHeads": 2, "lq": 9, "lk": 33, "headDim": 24], ["mask": "causal"]
    ),
    ("attention", ["heads": 2, "lq": 1, "lk": 70, "headDim": 16], ["layout": "bshd"]),
  ].compactMap { operation, shape, attributes in
    try? Operations.named(operation)?.normalised(
      Problem(operation: operation, types: "f32", shape: shape, attributes: attributes))
  }

  static let host = HostFacts(
    cores: 2, l2Bytes: 512 << 10, l3Bytes: 8 << 20, instructionSets: ["x86v2", "armv8"])

  @Test("the problems of this suite make sense")
  func problemsExist() { #expect(Self.problems.count == 7) }

  @Test("every registered back end conforms")
  func registered() {
    for backend in Backends(host: Self.host).all {
      let violations = checkBackend(
        backend, problems: Self.problems, host: Self.host, cores: 2)
      #expect(violations.isEmpty, "\(backend.name): \(violations.joined(separator: "\n"))")
    }
  }

  @Test("the template conforms: a back end is one file and one row")
  func template() {
    let backends = Backends(all: [TemplateBackend()])
    #expect(backends["template"] != nil)
    #expect(
      checkBackend(TemplateBackend(), problems: Self.problems, host: Self.host, cores: 2) == [])
  }

  @Test("the checker finds a back end that computes nothing, one that is wrong and one that fails")
  func checkerCatches() {
    for behaviour in [SimulatedBackend.Behaviour.silent, .wrong, .failing] {
      let backend = SimulatedBackend(
        machine: SimulatedMachine(), variants: [.init("v", behaviour) { _ in 1e-3 }])
      #expect(
        !checkBackend(backend, problems: [Self.problems[0]], host: Self.host, cores: 1).isEmpty)
    }
  }
}
