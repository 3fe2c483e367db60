// SearchPathTests.swift: where databases are looked for, and how a host is named.

import HoneCore
import Testing

@testable import HoneDatabase

@Suite struct SearchPathTests {
  private let folder = TemporaryFolder()

  @Test("readers look into what exists, in the order of importance")
  func readers() throws {
    _ = try folder.write("one/x", "")
    _ = try folder.write("data/hone/tuning-db/x", "")
    _ = try folder.write("system/hone/tuning-db/x", "")
    let environment = [
      "HONE_DB": "\(folder.path)/one", "XDG_DATA_HOME": "\(folder.path)/data",
      "XDG_DATA_DIRS": "\(folder.path)/none:\(folder.path)/system",
    ]
    let found = SearchPath.readers(environment: environment)
    #expect(
      found.prefix(3) == [
        "\(folder.path)/one", "\(folder.path)/data/hone/tuning-db",
        "\(folder.path)/system/hone/tuning-db",
      ])
    #expect(SearchPath.readers(chosen: "mine", environment: environment) == ["mine"])
    let missing = SearchPath.readers(environment: ["HONE_DB": "\(folder.path)/none"])
    #expect(!missing.contains("\(folder.path)/none"))
  }

  @Test("a writer writes to what was chosen, else to the most important place")
  func writer() {
    #expect(SearchPath.writer(chosen: "mine", environment: ["HONE_DB": "other"]) == "mine")
    #expect(SearchPath.writer(environment: ["HONE_DB": "other", "HOME": "h"]) == "other")
    #expect(
      SearchPath.writer(environment: ["HONE_DB": "", "HOME": "h"])
        == "h/.local/share/hone/tuning-db")
  }

  @Test("a host keeps its name, which says nothing about it, and has one without a home too")
  func hostIdentifier() throws {
    let environment = ["XDG_STATE_HOME": "\(folder.path)/state"]
    let name = HostIdentifier.current(environment: environment)
    #expect(name == HostIdentifier.current(environment: environment))
    #expect(name.count == 12 && Layout.isName(name))
    let other = HostIdentifier.current(environment: ["HOME": "\(folder.path)/other"])
    #expect(other != name)
    let homeless = HostIdentifier.current(environment: [:])
    #expect(homeless.count == 12 && homeless != HostIdentifier.current(environment: [:]))
  }
}
