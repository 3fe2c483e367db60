// KernelLibrary+Search.swift: where kernel libraries are looked for.

internal import Glibc
import Synchronization

extension KernelLibrary {
  /// Folders that whoever loaded Hone as a library adds: there the executable is somebody else's.
  private static let added = Mutex<[String]>([])

  /// Adds a folder to the end of the search path. To be called before back ends are opened.
  public static func alsoSearch(_ folder: String) {
    added.withLock { if !$0.contains(folder) { $0.append(folder) } }
  }

  /// Folders that are searched, in order: `$HONE_KERNEL_PATH` (colon-separated), beside the executable (a build
  /// folder), `../lib/hone/kernels` of it (an installation), and what `alsoSearch` added.
  public static var searchPath: [String] {
    var folders: [String] = []
    if let value = getenv("HONE_KERNEL_PATH") {
      folders += String(cString: value).split(separator: ":").map(String.init)
    }
    let beside = executableFolder
    return folders + [beside, beside + "/../lib/hone/kernels"] + added.withLock { $0 }
  }

  /// The file name of the library for an instruction set.
  public static func fileName(for instructionSet: String) -> String {
    "libhone-kernels-\(instructionSet).so"
  }

  /// The first existing file for an instruction set on the search path.
  public static func path(for instructionSet: String) -> String? {
    searchPath.map { "\($0)/\(fileName(for: instructionSet))" }.first { access($0, R_OK) == 0 }
  }

  private static var executableFolder: String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let length = readlink("/proc/self/exe", &buffer, Int(PATH_MAX))
    guard length > 0 else { return "." }
    let path = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return path.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
  }
}

extension KernelLibrary {
  /// Plug-in libraries by anybody: `$HONE_PLUGINS`, colon-separated paths.
  public static var pluginPaths: [String] {
    guard let value = getenv("HONE_PLUGINS") else { return [] }
    return String(cString: value).split(separator: ":").map(String.init)
  }
}
