// KernelSourceTests.swift: the hot path's own rules: no runtime, one build per instruction set, a row for each file.

import Foundation
import Testing

@Suite("Kernel sources")
struct KernelSourceTests {
  /// Folders of `Kernels/` that every instruction set builds: all but the builds themselves and the oracles.
  static var shared: [String] {
    Repository.names(in: "Kernels").filter { name in
      !["Builds", "Reference"].contains(name)
        && !Repository.files(under: "Kernels/\(name)").isEmpty
    }
  }

  @Test("every build links every folder of kernels")
  func buildsAreComplete() throws {
    try #require(!Self.shared.isEmpty)
    for build in Repository.names(in: "Kernels/Builds") {
      let links = Repository.names(in: "Kernels/Builds/\(build)")
      // A build for an extension of a level links what profits from it; every build can tell what it holds and probe.
      if build.contains("_") {
        #expect(Set(links).isSuperset(of: ["Contract", "Manifest", "Probe"]))
        #expect(Set(links).isSubset(of: Self.shared))
      } else {
        #expect(links == Self.shared, "Kernels/Builds/\(build) holds \(links)")
      }
      for link in links {
        let path = Repository.root.appending(path: "Kernels/Builds/\(build)/\(link)").path
        let target = try FileManager.default.destinationOfSymbolicLink(atPath: path)
        #expect(target == "../../\(link)")
      }
    }
  }

  @Test("every instruction set of Package.swift has a build, and every build an instruction set")
  func buildsMatchThePackage() throws {
    let package = try Repository.text("Package.swift")
    let named = package.matches(of: /name: "(x86v\d\w*|armv\d\w*)", march:/).map { String($0.1) }
    #expect(named.sorted() == Repository.names(in: "Kernels/Builds"))
  }

  @Test("kernels import C shims only: no Foundation, no C library")
  func kernelsImportNothing() throws {
    let allowed: Set = ["CHoneKernel", "CIntrinsics"]
    for folder in Self.shared {
      for file in Repository.files(under: "Kernels/\(folder)") {
        let imports = Set(SwiftSource.imports(of: try Repository.text(file)))
        #expect(imports.isSubset(of: allowed), "\(file) imports \(imports.subtracting(allowed))")
      }
    }
  }

  /// `<folder>-<types>-<algorithm>.swift` holds a variant; what is named otherwise is shared by variants.
  static func variantFiles(of folder: String) -> [String] {
    Repository.names(in: "Kernels/\(folder)").compactMap { name in
      let parts = name.split(separator: ".")[0].split(separator: "-", maxSplits: 2)
      return parts.count == 3 ? "\(parts[1]) \(parts[2])" : nil
    }
  }

  @Test("every variant has a file of its name and a row in its catalogue")
  func catalogueMatchesFiles() throws {
    let folders = Self.shared.filter {
      Repository.exists("Kernels/\($0)/\($0)+Catalogue.swift")
    }
    try #require(!folders.isEmpty)
    for folder in folders {
      let catalogue = try Repository.text("Kernels/\(folder)/\(folder)+Catalogue.swift")
      let rows = catalogue.matches(of: /"[a-z-]+", "([a-z0-9]+)", "([a-z0-9-]+)"/)
        .map { "\($0.1) \($0.2)" }
      #expect(Set(rows) == Set(Self.variantFiles(of: folder)), "Kernels/\(folder)")
    }
  }

  @Test("the manifest adds every catalogue")
  func manifestAddsEveryCatalogue() throws {
    let manifest = SwiftSource.code(of: try Repository.text("Kernels/Manifest/Manifest.swift"))
    for folder in Self.shared where !Self.variantFiles(of: folder).isEmpty {
      #expect(manifest.contains("add\(folder)Rows(&catalogue)"), "\(folder)")
    }
  }
}
