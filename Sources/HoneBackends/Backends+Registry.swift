// Backends+Registry.swift: every back end that this process can use; one row each.

public import HoneCore
public import HoneHost

/// The back ends of a session: what was opened, and what could not be, with the reason.
public struct Backends: Sendable {
  /// In the order in which defaults are taken: the first that can do a problem gives the default.
  public var all: [any Backend]
  /// Kernel libraries and BLAS libraries (`name=path`) that were refused: path → reason.
  public var refused: [String: Refusal]

  /// A back end's row: how it is made on this host; nil where it is not installed.
  private typealias Row = @Sendable (HostFacts, inout [String: Refusal]) -> (any Backend)?

  private static let rows: [Row] = [
    { host, refused in KernelBackend(libraries: openKernelLibraries(host, &refused)) },
    { _, _ in OpenBLASBackend() },
    { _, _ in OneDNNBackend.installedPath.map { OneDNNBackend(path: $0) } },
  ]

  /// Opens every back end. Nothing here fails as a whole: what cannot be used is in `refused`.
  public init(host: HostFacts) {
    TeamPool.use(host.placements)
    var refused: [String: Refusal] = [:]
    all = Self.rows.compactMap { $0(host, &refused) }
    for (name, path) in ForeignBLASBackend.named {
      do throws(Refusal) {
        let named = try Self.named(name, path)
        all.removeAll { $0.name == name }
        all.append(named)
      } catch { refused["\(name)=\(path)"] = error }
    }
    self.refused = refused
  }

  /// A oneDNN by its own API, where it opens as one; anything else as a BLAS.
  private static func named(_ name: String, _ path: String) throws(Refusal) -> any Backend {
    let blas = try ForeignBLASBackend(name: name, path: path)
    guard OneDNNBackend.isNamed(path) else { return blas }
    let own = OneDNNBackend(name: name, path: path)
    return own.libraries.isEmpty ? blas : own
  }

  public init(all: [any Backend]) {
    self.all = all
    refused = [:]
  }

  public subscript(name: String) -> (any Backend)? { all.first { $0.name == name } }

  /// Back ends that could be faster here, by name, with what to do.
  public func complaints(host: HostFacts) -> [(backend: String, complaint: String)] {
    all.compactMap { backend in backend.complaint(host: host).map { (backend.name, $0) } }
  }

  /// Hone's own libraries for this CPU, best first, then the plug-ins of `$HONE_PLUGINS`.
  private static func openKernelLibraries(
    _ host: HostFacts, _ refused: inout [String: Refusal]
  ) -> [KernelLibrary] {
    var libraries: [KernelLibrary] = []
    for path in libraryPaths(host, &refused) {
      do throws(Refusal) {
        let library = try KernelLibrary(path: path)
        guard host.instructionSets.contains(library.instructionSet) else {
          throw .unsupported(
            "it needs '\(library.instructionSet)'; this CPU runs \(host.instructionSets.joined(separator: ", "))"
          )
        }
        libraries.append(library)
      } catch { refused[path] = error }
    }
    return libraries
  }

  /// The two best levels are enough: a wider one does not always win, an SSE one never does. Builds for extensions come first: what they
  /// hold, they hold because it is faster there.
  private static func libraryPaths(
    _ host: HostFacts, _ refused: inout [String: Refusal]
  ) -> [String] {
    var paths: [String] = []
    let levels = host.instructionLevels
    let extensions = host.instructionSets.filter { !levels.contains($0) }
    for set in extensions.reversed() + levels.reversed().prefix(2) {
      if let path = KernelLibrary.path(for: set) {
        paths.append(path)
      } else {
        refused[KernelLibrary.fileName(for: set)] = .unsupported(
          "not found in \(KernelLibrary.searchPath.joined(separator: ", "))")
      }
    }
    return paths + KernelLibrary.pluginPaths
  }
}
