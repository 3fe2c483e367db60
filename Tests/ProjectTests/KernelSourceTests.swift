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
      #expect(
        Set(links).isSuperset(of: Self.shared), "Kernels/Builds/\(build) holds \(links) only")
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
    let named = package.matches(of: /name: "(x86v\d|armv\d\w*)", march:/).map { String($0.1) }
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
}
