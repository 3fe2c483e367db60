// KillsTests.swift: a few of the kills that `hone-bench kills` makes by the dozen.

import Foundation
import Testing

@Suite("hone-bench kills")
struct KillsTests {
  @Test("killed at random moments, a tuning loses no record and goes on with the same proposals")
  func fewKills() throws {
    let folder = try HoneProcess.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let run = try HoneProcess(
      ["kills", "--moments", "3", "--format", "json"], in: folder, program: "hone-bench")
    let result = try run.result()
    #expect(result.code == 0, "\(result.output) \(result.errors)")
    let json = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    #expect(json?["moments"] as? Int == 3)
    #expect(json?["lostRecords"] as? Int == 0 && json?["otherProposals"] as? Int == 0)
    #expect(json?["proposalsCompared"] as? Int ?? 0 > 10)
  }
}
