// HostsGenerator.swift: `hone-bench hosts`: a database of invented hosts, each record marked as synthetic, for layout, scale and statistics.

internal import HoneCore
internal import HoneTesting

enum HostsGenerator {
  static let usage = """
    FOLDER [hosts=10] [problems=40] [screened=4] [samples=24] [curve=no] [seed=1] [session=s1] [time=…] [slowdown=1] [regression=1]
          writes a database of invented machines: nothing is measured, and every record says so
    """

  static func run(_ arguments: [String]) throws {
    guard let folder = arguments.first, !folder.contains("=") else {
      throw HoneError(.usage, "a folder is missing", advice: usage)
    }
    let values = try Settings(Array(arguments.dropFirst()))
    let problems = SyntheticProblems.gemm(try values.integer("problems", 40))
    for index in 0..<(try values.integer("hosts", 10)) {
      let host = SyntheticHost(index: index)
      let isCurve = values.text("curve", "no") == "yes"
      let session = SyntheticSession(
        problems: problems, cores: isCurve ? counts(host.cores) : nil,
        screened: try values.integer("screened", 4), samples: try values.integer("samples", 24),
        name: values.text("session", "s1"), time: values.text("time", "2026-01-01T00:00:00Z"),
        seed: UInt64(try values.integer("seed", 1)) &+ UInt64(index),
        slowdown: try values.number("slowdown", 1),
        regression: try values.number("regression", 1))
      try host.write(session, to: folder)
    }
  }

  /// 1, 2, 4 … and all.
  private static func counts(_ cores: Int) -> [Int] {
    var counts: [Int] = []
    var count = 1
    while count < cores {
      counts.append(count)
      count *= 2
    }
    return counts + [cores]
  }
}

/// Words like "hosts=10".
struct Settings {
  private var values: [String: String] = [:]

  init(_ words: [String]) throws {
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else {
        throw HoneError(.usage, "'\(word)' is not NAME=VALUE", advice: "For example: hosts=10")
      }
      values[parts[0]] = parts[1]
    }
  }

  func text(_ name: String, _ fallback: String) -> String { values[name] ?? fallback }

  func integer(_ name: String, _ fallback: Int) throws -> Int {
    guard let text = values[name] else { return fallback }
    guard let value = Int(text), value > 0 else {
      throw HoneError(.usage, "\(name) cannot be '\(text)'", advice: "Give a positive number.")
    }
    return value
  }

  func number(_ name: String, _ fallback: Double) throws -> Double {
    guard let text = values[name] else { return fallback }
    guard let value = Double(text), value > 0, value.isFinite else {
      throw HoneError(.usage, "\(name) cannot be '\(text)'", advice: "Give a positive number.")
    }
    return value
  }
}
