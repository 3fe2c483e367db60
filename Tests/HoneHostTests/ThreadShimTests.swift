// ThreadShimTests.swift: the C shims for futex, affinity and usage keep their word.

import CPlatform
import Glibc
import Testing

@Suite("thread shims")
struct ThreadShimTests {
  @Test(
    "a futex wait returns at once when the value differs, and after its timeout when nobody wakes it"
  )
  func futexReturns() {
    var word: UInt32 = 7
    #expect(CPlatform_futexWait(&word, 8, -1) == EAGAIN)
    #expect(CPlatform_futexWait(&word, 7, 1_000_000) == ETIMEDOUT)
    #expect(CPlatform_futexWake(&word, 1) == 0)
  }

  @Test(
    "the affinity of a thread reads back as it was set, and a mask without a usable CPU is refused")
  func affinityRoundTrip() {
    var before = [UInt64](repeating: 0, count: 128)
    #expect(CPlatform_getThreadAffinity(&before, 128) == 0)
    #expect(before.contains { $0 != 0 })
    #expect(CPlatform_setThreadAffinity(before, 128) == 0)
    let none = [UInt64](repeating: 0, count: 128)
    #expect(CPlatform_setThreadAffinity(none, 128) == EINVAL)
    #expect(CPlatform_setThreadAffinity(none, 0) == EINVAL)
    #expect(CPlatform_getThreadAffinity(&before, 0) == ERANGE)
  }

  @Test("usage counts time and never runs backwards")
  func usageGrows() {
    var first = CPlatform_ThreadUsage()
    var second = CPlatform_ThreadUsage()
    #expect(CPlatform_threadUsage(&first) == 0)
    #expect(CPlatform_spin(50_000_000) != 0)
    #expect(CPlatform_threadUsage(&second) == 0)
    #expect(second.userNanoseconds > first.userNanoseconds)
    #expect(second.involuntarySwitches >= first.involuntarySwitches)
  }

  @Test("the current CPU is one that the thread may run on")
  func currentProcessorIsAllowed() {
    var mask = [UInt64](repeating: 0, count: 128)
    var cpu: UInt32 = .max
    #expect(CPlatform_getThreadAffinity(&mask, 128) == 0)
    #expect(CPlatform_currentProcessor(&cpu, nil) == 0)
    #expect(mask[Int(cpu) / 64] & (1 << (UInt64(cpu) % 64)) != 0)
    #expect(CPlatform_threadID() > 0)
  }
}
