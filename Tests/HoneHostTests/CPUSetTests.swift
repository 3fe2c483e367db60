// CPUSetTests.swift: sets of CPUs behave as sets, and read what they write.

import FoundationEssentials
import HoneHost
import Testing

@Suite("CPU sets")
struct CPUSetTests {
  @Test("a set reads back what it writes, across word boundaries")
  func roundTrip() throws {
    let sets = [[], [0], [63, 64], [0, 1, 2, 5], Array(0..<224), [1, 127, 128, 4095]]
    for members in sets {
      let set = CPUSet(members)
      #expect(set.members == members)
      #expect(set.count == members.count)
      #expect(CPUSet(list: set.description) == set)
      let json = try JSONEncoder().encode([set])
      #expect(try JSONDecoder().decode([CPUSet].self, from: json) == [set])
    }
    #expect(CPUSet([3, 1, 2, 0, 8]).description == "0-3,8")
  }

  @Test("sets that are equal are equal values, whatever happened before")
  func trimmed() {
    #expect(CPUSet([1, 200]).subtracting(CPUSet([200])) == CPUSet([1]))
    #expect(CPUSet(words: [1, 0, 0]) == CPUSet([0]))
    #expect(CPUSet([1, 200]).intersection(CPUSet([200, 3])) == CPUSet([200]))
    #expect(CPUSet([1]).union(CPUSet([200])) == CPUSet([200, 1]))
    #expect(CPUSet().isSubset(of: CPUSet()))
    #expect(!CPUSet([500]).isSubset(of: CPUSet([1])))
  }

  @Test(
    "text that is no list of CPUs is refused",
    arguments: ["a", "1-", "-3", "5-2", "1-2-3", "0-99999999999999999999", "1;2", "99999999"])
  func refusesNonsense(_ text: String) { #expect(CPUSet(list: text) == nil) }

  @Test("numbers that no machine has are left out")
  func ignoresAbsurdMembers() { #expect(CPUSet([-1, 2, 1 << 40]) == CPUSet([2])) }
}
