// SharedData.swift: where the recorded machines are that do not belong to the repository, and those that do.

import Glibc
import HoneCore
import HoneHost
import Testing

enum SharedData {
  /// `$HONE_SHARED_DATA`, else `../shared/data` beside the repository.
  static let folder: String = {
    if let set = getenv("HONE_SHARED_DATA") { return String(cString: set) }
    return repository + "/../shared/data"
  }()

  private static let repository = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    .dropLast(3).joined(separator: "/")

  static func topology(_ name: String) -> String { "\(folder)/hwloc-xml/\(name)" }

  static var hasTopologies: Bool { access(topology("README.md"), R_OK) == 0 }

  static let reason: Comment =
    "no recorded machines: set HONE_SHARED_DATA or put them at ../shared/data"

  static func fixture(_ name: String) -> String {
    "\(repository)/Tests/HoneHostTests/Fixtures/\(name)"
  }

  static func bytes(_ path: String) throws -> [UInt8] {
    guard let text = SystemFiles().text(path) else {
      throw HoneError(.unusableData, "cannot read \(path)")
    }
    return Array(text.utf8)
  }
}
