// DocumentationTests.swift: what the texts promise exists: commands, modules' pages, the changelog's top.

import Foundation
import Testing

@Suite("Documentation")
struct DocumentationTests {
  /// Names of the targets that `make help` lists.
  static func makeTargets() throws -> Set<String> {
    Set(try Repository.text("Makefile").matches(of: #/(?m)^([a-z-]+):.*## /#).map { String($0.1) })
  }

  /// Texts for people that name commands.
  static let pages = ["README.md", "CONTRIBUTING.md"]

  @Test("every make command that a text names is in the Makefile", arguments: pages)
  func makeCommandsExist(page: String) throws {
    let targets = try Self.makeTargets()
    let named = try Repository.text(page).matches(of: /(?:`|(?m)^ *\$? *)make ([a-z-]+)/)
    for name in named.map({ String($0.1) }) {
      #expect(targets.contains(name), "\(page) names 'make \(name)'")
    }
    #expect(!named.isEmpty)
  }

  @Test("every subcommand that a text names is one of hone's")
  func subcommandsExist() throws {
    let known = try Repository.files(under: "Sources/HoneCommand").flatMap { file in
      try Repository.text(file).matches(of: /commandName: "([a-z]+)"/).map { String($0.1) }
    }
    for page in Self.pages + ["Makefile", "CHANGELOG.md", ".ci/dist-check.sh", ".ci/dist.sh"] {
      let named = try Repository.text(page).matches(of: #/(?:`|/| {2,})hone"? ([a-z]+)/#)
      for name in named.map({ String($0.1) }) {
        #expect(known.contains(name), "\(page) names 'hone \(name)'")
      }
    }
  }

  @Test("every file that a text links to exists", arguments: pages)
  func linkedFilesExist(page: String) throws {
    for link in try Repository.text(page).matches(of: /\]\(([^)#:]+)(#[^)]*)?\)/) {
      #expect(Repository.exists(String(link.1)), "\(page) links to \(link.1)")
    }
  }

  @Test("every module has a page that says what it is for")
  func modulesHavePages() throws {
    for module in Repository.names(in: "Sources") {
      #expect(Repository.exists("Sources/\(module)/README.md"), "Sources/\(module)/README.md")
    }
    for folder in ["CShims", "Kernels", "tuning-db"] {
      #expect(Repository.exists("\(folder)/README.md"), "\(folder)/README.md")
    }
  }

  @Test("the changelog begins with what is not released yet")
  func changelogStartsWithUnreleased() throws {
    let headings = try Repository.text("CHANGELOG.md").matches(of: /(?m)^## (.*)$/)
    #expect(headings.first?.1 == "Unreleased")
  }

  @Test("decisions are numbered, each number once")
  func decisionsAreNumbered() throws {
    let folder = "Sources/Hone/Hone.docc/Decisions"
    let numbers = Repository.names(in: folder).filter { $0.hasSuffix(".md") }.map { $0.prefix(4) }
    #expect(!numbers.isEmpty && Set(numbers).count == numbers.count)
    #expect(numbers.allSatisfy { Int($0) != nil })
  }

  @Test("no committed file holds a path of somebody's home or scratch folder")
  func noPrivatePaths() throws {
    // Written in parts, so that this file does not hold them.
    let homes = ["/ho" + "me/", "/ro" + "ot/", "/wo" + "rk/", "/tm" + "p/wt", "/Us" + "ers/"]
    for file in try Repository.committable() {
      guard let text = try? Repository.text(file) else { continue }
      for path in homes {
        #expect(!text.contains(path), "\(file) holds \(path)")
      }
    }
  }

  @Test("nothing is left to do in committed code: no marker of unfinished work")
  func nothingUnfinished() throws {
    let markers = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
    let code = [".swift", ".c", ".h", ".sh"]
    for file in try Repository.committable() where code.contains(where: file.hasSuffix) {
      guard let text = try? Repository.text(file) else { continue }
      for marker in markers {
        #expect(!text.contains(marker), "\(file) holds \(marker)")
      }
    }
  }
}
