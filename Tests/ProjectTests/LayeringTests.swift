// LayeringTests.swift: arrows between modules point down only (decision 0001), in Package.swift and in the sources.

import Foundation
import Testing

@Suite("Layers")
struct LayeringTests {
  /// The layers, low to high. A module may depend on modules of lower layers only. A new module needs a row here.
  static let layers: [[String]] = [
    [
      "CHwloc", "CNuma", "COpenBLAS", "CMessageDigest", "CPlatform", "CIntrinsics", "CHoneKernel",
    ],
    [
      "CHone", "KernelReference", "Kernels_x86v2", "Kernels_x86v3", "Kernels_x86v4",
      "Kernels_x86v4_bf16", "Kernels_armv8",
    ],
    ["HoneCore", "HoneDigest"],
    ["HoneHost"],
    ["HoneOperations"],
    ["HoneSearch", "HoneMeasure", "HoneDatabase", "HoneFormats", "HoneBackends", "HoneWorkloads"],
    ["Hone", "HoneReport", "HoneTesting"],
    ["HoneCommand", "HoneBench", "HoneABI"],
  ]

  static let rank = Dictionary(
    uniqueKeysWithValues: layers.enumerated().flatMap { rank, names in names.map { ($0, rank) } })

  /// Products of other packages, and who may use them.
  static let products = ["ArgumentParser": ["HoneCommand"]]

  static func modules() throws -> [PackageManifest.Target] {
    try PackageManifest.current.get().targets.filter { $0.kind != "test" }
  }

  @Test("every module has a place in the layers")
  func everyModuleHasALayer() throws {
    for module in try Self.modules() {
      #expect(Self.rank[module.name] != nil, "add \(module.name) to the table in LayeringTests")
    }
  }

  @Test("declared dependencies point down only")
  func dependenciesPointDown() throws {
    for module in try Self.modules() {
      for dependency in module.dependencies {
        if let users = Self.products[dependency] {
          #expect(users.contains(module.name), "\(module.name) must not use \(dependency)")
          continue
        }
        let rank = try #require(Self.rank[dependency], "unknown dependency \(dependency)")
        let own = try #require(Self.rank[module.name])
        #expect(rank < own, "\(module.name) must not depend on \(dependency)")
      }
    }
  }

  @Test("sources import what their module declares, and nothing else of the package")
  func importsAreDeclared() throws {
    let known = Set(Self.rank.keys).union(Self.products.keys)
    for target in try PackageManifest.current.get().targets where target.kind != "system" {
      for file in Repository.files(under: target.path) {
        for name in SwiftSource.imports(of: try Repository.text(file)) where known.contains(name) {
          #expect(
            target.dependencies.contains(name),
            "\(file) imports \(name), undeclared in Package.swift")
        }
      }
    }
  }

  @Test("the core knows no operation and no machine")
  func coreKnowsNoMachine() throws {
    let foreign = ["gemm", "embedding", "attention", "avx", "neon", "numa", "openblas"]
    for file in Repository.files(under: "Sources/HoneCore") {
      let code = SwiftSource.code(of: try Repository.text(file)).lowercased()
      for word in foreign {
        #expect(!code.contains(word), "\(file) mentions \(word) in its code")
      }
    }
  }
}
