// SearchPath.swift: where readers look for databases, in which order, and where a writer writes.

internal import Glibc

/// `$HONE_DB`, then the user's (`$XDG_DATA_HOME/hone/tuning-db`), then the system's (below `$XDG_DATA_DIRS`), then `./tuning-db`. The first that answers best wins (see `Lookup`).
public enum SearchPath {
  /// Folders that exist, each once, most important first. `chosen` (from `--db`) is then the only one.
  public static func readers(
    chosen: String? = nil, environment: [String: String] = Self.environment
  ) -> [String] {
    if let chosen { return [chosen] }
    var seen: Set<String> = []
    return candidates(environment).filter { Files.isFolder($0) && seen.insert($0).inserted }
  }

  /// The one database that tuning writes to: `chosen`, else `$HONE_DB`, else the user's.
  public static func writer(
    chosen: String? = nil, environment: [String: String] = Self.environment
  ) -> String {
    chosen ?? candidates(environment).first ?? "tuning-db"
  }

  private static func candidates(_ environment: [String: String]) -> [String] {
    let own = [variable("HONE_DB", environment), user(environment)].compactMap { $0 }
    return own + system(environment) + ["tuning-db"]
  }

  private static func user(_ environment: [String: String]) -> String? {
    let data =
      variable("XDG_DATA_HOME", environment)
      ?? variable("HOME", environment).map { "\($0)/.local/share" }
    return data.map { "\($0)/hone/tuning-db" }
  }

  private static func system(_ environment: [String: String]) -> [String] {
    let folders = variable("XDG_DATA_DIRS", environment) ?? "/usr/local/share:/usr/share"
    return folders.split(separator: ":").map { "\($0)/hone/tuning-db" }
  }

  static func variable(_ name: String, _ environment: [String: String]) -> String? {
    environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The process's environment, as far as it concerns where things are.
  public static var environment: [String: String] {
    let names = ["HONE_DB", "XDG_DATA_HOME", "XDG_DATA_DIRS", "XDG_STATE_HOME", "HOME"]
    return names.reduce(into: [:]) { values, name in
      values[name] = getenv(name).map { String(cString: $0) }
    }
  }
}
