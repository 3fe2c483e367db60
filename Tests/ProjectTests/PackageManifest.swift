// PackageManifest.swift: the targets of Package.swift and what they declare to depend on.

import Foundation

struct PackageManifest {
  struct Target {
    var name: String
    /// "regular", "executable", "system", "test".
    var kind: String
    /// Relative to the root.
    var path: String
    /// Targets and products.
    var dependencies: [String]
  }

  var targets: [Target]

  /// Asks SwiftPM in a build folder of its own: the usual one is locked while tests run.
  static let current = Result {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let result = try Tool.require("swift").run([
      "package", "--scratch-path", scratch.folder.path, "dump-package",
    ])
    return try JSONDecoder().decode(PackageManifest.self, from: Data(result.output.utf8))
  }
}

extension PackageManifest: Decodable {}

extension PackageManifest.Target: Decodable {
  private enum Key: String, CodingKey { case name, type, path, dependencies }

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Key.self)
    name = try fields.decode(String.self, forKey: .name)
    kind = try fields.decode(String.self, forKey: .type)
    let folder = kind == "test" ? "Tests" : "Sources"
    path = try fields.decodeIfPresent(String.self, forKey: .path) ?? "\(folder)/\(name)"
    dependencies = try fields.decode([Dependency].self, forKey: .dependencies).map(\.name)
  }

  /// `{"byName": ["HoneCore", null]}`, `{"product": ["ArgumentParser", …]}`.
  private struct Dependency: Decodable {
    var name: String

    init(from decoder: any Decoder) throws {
      let values = try decoder.singleValueContainer().decode([String: [Ignored]].self)
      guard let first = values.values.first?.first?.text else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "a dependency without a name"))
      }
      name = first
    }
  }

  /// A string, or anything else.
  private struct Ignored: Decodable {
    var text: String?
    init(from decoder: any Decoder) throws {
      text = try? decoder.singleValueContainer().decode(String.self)
    }
  }
}
