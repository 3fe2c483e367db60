// DatabaseCommandTests.swift: what lookup, why, db and workload understand and say.

import HoneCore
import HoneDatabase
import Testing

@testable import HoneCommand

private func problem(_ words: String...) throws -> Problem {
  let options = try ProblemOptions.parse(words)
  return try options.problem()
}

@Suite struct DatabaseCommandTests {
  @Test("a problem in words has every field, and a wrong word is answered with the right ones")
  func problems() throws {
    let gemm = try problem("gemm", "m=4", "n=5", "k=6", "transB=t")
    #expect(gemm["ldb"] == 6 && gemm.attributes["transB"] == "t" && gemm.attributes["beta"] == "0")
    #expect(gemm.title == "gemm 4x5x6 nt")
    for (words, expected) in [
      (["conv"], "embedding-bag"), (["gemm", "m"], "transA"), (["gemm", "m=x"], "transA"),
      (["gemm", "q=1"], "lda"), (["gemm", "m=1", "n=1"], "k=N"),
      (["gemm", "m=-1", "n=1", "k=1"], "2^40"),
      (["gemm", "m=1", "n=1", "k=1", "transA=x"], "n, t"),
    ] {
      let options = try ProblemOptions.parse(words)
      let error = #expect(throws: HoneError.self) { try options.problem() }
      #expect(error?.advice.contains(expected) == true && error?.code == .usage, "\(words)")
    }
  }

  @Test("a policy that is none is refused")
  func policies() throws {
    #expect(throws: (any Error).self) { try ProblemOptions.parse(["gemm", "--policy", "hot"]) }
    #expect(try ProblemOptions.parse(["gemm", "--policy", "cold+4k"]).policy.name == "cold+4k")
  }

  @Test("this host runs what its CPU has the instructions for")
  func canRun() throws {
    let host = try ThisHost()
    #expect(host.cores >= 1 && !host.hardwareClass.isEmpty)
    let variant = { host.canRun(Configuration(backend: "b", variant: $0)) }
    #expect(variant("sgemm"))
    #expect(!variant("gemm.f32.packed.6x16@imaginary"))
  }

  @Test("an answer without a record says so")
  func emptyAnswer() throws {
    let query = LookupQuery(
      problem: try problem("gemm", "m=1", "n=2", "k=3"), cores: 2, policy: "warm",
      hardwareClass: "avx2-2c")
    let text = LookupCommand.text(Lookup([]).answer(query))
    #expect(
      text == """
        Problem        gemm 1x2x3
        For            2 cores, warm, avx2-2c
        Grade          default
        Differs        nothing comparable is in the database
        Configuration  the back end's default
        """)
  }

  @Test("an explanation names everything that a sceptic asks for")
  func explanation() throws {
    let query = LookupQuery(
      problem: try problem("gemm", "m=1", "n=2", "k=3"), cores: 2, policy: "warm",
      hardwareClass: "avx2-2c")
    let text = WhyCommand.text(sample(query.problem), Lookup([]).answer(query))
    #expect(text.contains("Default           hone v kc=64"))
    #expect(text.contains("1.50× faster (95 %: 1.47 … 1.53)"))
    #expect(text.contains("Best of openblas  openblas v"))
    #expect(text.contains("1.00× as fast: no difference shown"))
    #expect(text.contains("its median is 3.2 % longer"))
    #expect(text.contains("3.10 ms (95 %: 3.00 ms … 3.20 ms), 2 samples of 4 executions"))
    #expect(text.contains("5 configurations: 4 measured, 1 wrong; strategy local, seed 7"))
    #expect(text.contains("openblas 0.3.21") && text.contains("session s1"))
    #expect(text.contains("2 cores, warm operands, pages thp, nothing beside"))
    #expect(!text.split(separator: "\n").contains { $0.hasSuffix(" ") })
  }

  private func sample(_ problem: Problem) -> Explanation {
    let other = { Configuration(backend: $0, variant: "v", parameters: ["kc": .int($1)]) }
    let compare = { (role: String, backend: String, speedup: Double) in
      Comparison(
        role: role, against: other(backend, 64), speedup: speedup,
        interval: Interval(low: speedup * 0.98, high: speedup * 1.02), pairs: 21,
        verdict: speedup > 1 ? .faster : .tie)
    }
    return Explanation(
      record: "sha256:0", problem: problem, cores: 2, policy: .init(),
      configuration: other("hone", 256),
      measurement: Measurement(
        samples: [3e-3, 3.2e-3], batch: 4, median: 3.1e-3,
        interval: Interval(low: 3e-3, high: 3.2e-3)),
      proof: Proof(oracle: "double", error: 0.1, bound: 1, compared: 2), noiseFloor: 0.012,
      comparisons: [
        compare("default", "hone", 1.5), compare("best-of:openblas", "openblas", 1),
      ],
      provenance: Provenance(
        tool: "hone 0.1.0", libraries: ["openblas": "0.3.21"], hardwareClass: "avx2-2c",
        host: "h", session: "s1", seed: 7, strategy: "local", space: "x",
        time: "2026-01-01T00:00:00Z"),
      runnerUp: other("hone", 128), runnerUpBehind: 0.0323, againstRunnerUp: nil,
      tried: ["measured": 4, "wrong": 1], sessions: 1)
  }
}
