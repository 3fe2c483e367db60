// MeasurementPolicyTests.swift: names and policies correspond one to one, and old records read as before.

import Foundation
import HoneCore
import Testing

@Suite("measurement policies")
struct MeasurementPolicyTests {
  /// All policies over a few values of each aspect.
  private static var policies: [MeasurementPolicy] {
    var list: [MeasurementPolicy] = []
    for operands in MeasurementPolicy.Operands.allCases {
      for pages in MeasurementPolicy.pageKinds {
        for coLoad in ["none", "memory-1", "memory-50", "cache-25", "cache-100"] {
          for batching in Sampling.Batching.allCases {
            for (length, clock) in [(100, Sampling.Clock.raw), (2500, .tsc)] {
              list.append(
                MeasurementPolicy(
                  operands: operands, pages: pages, coLoad: coLoad,
                  sampling: Sampling(
                    batching: batching, sampleMicroseconds: length, clock: clock),
                  quantity: length == 100 ? .time : .energy, isSameBits: pages != "4k"))
            }
          }
        }
      }
    }
    return list
  }

  @Test("every policy has a name of its own, which parses to it")
  func namesRoundTrip() throws {
    for policy in Self.policies { #expect(try MeasurementPolicy(name: policy.name) == policy) }
    #expect(Set(Self.policies.map(\.name)).count == Self.policies.count)
  }

  @Test("what is usual has a short name, and the order of parts does not matter")
  func shortNames() throws {
    #expect(MeasurementPolicy().name == "warm")
    #expect(
      MeasurementPolicy(operands: .cold, pages: "4k", coLoad: "memory-50").name
        == "cold+4k+memory-50")
    #expect(MeasurementPolicy(isSameBits: true).name == "warm+same-bits")
    #expect(try MeasurementPolicy(name: "cold+memory-50+4k").name == "cold+4k+memory-50")
    #expect(try MeasurementPolicy(name: "warm+thp+none+100us+raw+filled").name == "warm")
  }

  @Test(
    "a name that is none says which part is wrong",
    arguments: [
      "", "hot", "4k", "warm+", "cold+5k", "warm+memory-0", "warm+memory-101", "warm+cache-05",
      "warm+memory", "warm+4k+huge", "warm+0us", "warm+us", "warm+cold", "Warm", "warm +4k",
      "warm+same-bits+same-bits",
    ])
  func refusals(_ name: String) {
    #expect {
      try MeasurementPolicy(name: name)
    } throws: {
      let error = $0 as? HoneError
      return error?.code == .usage && error?.message.contains("'\(name)'") == true
        && error?.advice.contains("memory-P") == true
    }
  }

  @Test("policies survive JSON, and what older records hold reads as before")
  func json() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    for policy in Self.policies {
      let again = try JSONDecoder().decode(MeasurementPolicy.self, from: encoder.encode(policy))
      #expect(again == policy)
    }
    let old = #"{"coLoad":"none","operands":"cold","pages":"4k"}"#
    let policy = try JSONDecoder().decode(MeasurementPolicy.self, from: Data(old.utf8))
    #expect(policy == MeasurementPolicy(operands: .cold, pages: "4k"))
    #expect(String(decoding: try encoder.encode(policy), as: UTF8.self) == old)
  }

  @Test("a reading that is not there has its reason, in JSON as well")
  func metered() throws {
    let values: [Metered<Energy>] = [
      .value(Energy(joules: 0.5, idleWatts: 3, domains: ["package-0"], seconds: 1)),
      .unavailable("no meter"),
    ]
    for value in values {
      let again = try JSONDecoder().decode(
        Metered<Energy>.self, from: JSONEncoder().encode(value))
      #expect(again == value)
    }
    #expect(values[1].reason == "not available: no meter" && values[1].value == nil)
    #expect(values[0].reason == nil)
  }
}
