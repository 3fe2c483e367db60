// LimitCostsTests.swift: what measuring limits is expected to take.

import Testing

@testable import Hone

@Suite("Costs of measuring limits")
struct LimitCostsTests {
  @Test(
    "a limit that was measured is expected to take what it took, another one what its bytes say")
  func running() {
    var costs = LimitCosts()
    #expect(costs.running("peak.f32 1", bytes: 0) == 0)
    let guess = costs.running("read.memory 2", bytes: 1 << 30)
    #expect(guess > 0.5 && guess < 10)
    costs.learn(running: "read.memory 2", took: 0.7)
    #expect(costs.running("read.memory 2", bytes: 1 << 30) == 0.7)
    #expect(costs.running("read.memory 1", bytes: 1 << 30) == guess)
  }

  @Test("memory is expected to take as long a byte as it did before")
  func making() {
    var costs = LimitCosts()
    #expect(costs.making(2 << 30) == 2 * costs.making(1 << 30))
    costs.learn(making: 1 << 30, took: 3)
    #expect(costs.making(2 << 30) == 6)
  }
}
