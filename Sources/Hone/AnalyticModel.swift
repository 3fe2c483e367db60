// AnalyticModel.swift: how long a configuration should take by arithmetic alone: tiles, caches, bandwidth, threads.

internal import Glibc
internal import HoneCore
internal import HoneHost

/// A roofline with corrections, one row an operation. It is right about what is far off (a tile that wastes half its lanes, threads without
/// work, blocks that leave their cache) and blind to the rest: it ranks a space so that a search begins at its better end.
struct AnalyticModel {
  typealias Rule = @Sendable (AnalyticModel, Configuration) -> Double

  let problem: Problem
  let cost: Cost
  let facts: HostFacts
  let limits: HostLimits?

  private static let rules: [String: Rule] = [
    "gemm": { $0.gemm($1) }, "attention": { $0.attention($1) },
  ]

  /// Seconds for waking a team of threads and waiting for the last of them.
  private static let forkSeconds = 3e-6

  /// Seconds for one execution; only ratios mean something.
  func seconds(_ configuration: Configuration) -> Double {
    let rule = Self.rules[problem.operation] ?? { $0.roofline($1, share: 1) }
    return rule(self, configuration) + (threads(configuration) > 1 ? Self.forkSeconds : 0)
  }

  func threads(_ configuration: Configuration) -> Int {
    max(1, configuration.int("threads", default: 1))
  }

  /// - Parameter share: of the peak that the arithmetic reaches.
  private func roofline(_ configuration: Configuration, share: Double) -> Double {
    let threads = threads(configuration)
    return max(cost.flops / (peak(threads) * share), cost.bytes / bandwidth(threads))
  }

  private func peak(_ threads: Int) -> Double {
    limits?.value("peak.f32", cores: threads) ?? 30e9 * Double(threads)
  }

  private func bandwidth(_ threads: Int) -> Double {
    limits?.value("read.memory", cores: threads) ?? 10e9 * Double(min(threads, 4))
  }
}

// MARK: - GEMM

extension AnalyticModel {
  /// What a variant's name says of its arithmetic, for those without a register tile: the share of the peak it reaches.
  private static let plainShares = ["naive": 0.03, "direct": 0.6, "sgemm": 0.85]

  private func gemm(_ configuration: Configuration) -> Double {
    guard let tile = Tile(configuration.variant) else {
      let share = Self.plainShares.first { configuration.variant.contains($0.key) }?.value ?? 0.5
      return roofline(configuration, share: share)
    }
    let (m, n, k) = (problem["m"], problem["n"], problem["k"])
    let threads = threads(configuration)
    let columns = configuration.int("partition", default: 0) == 1
    let blocks = columns ? tiles(n, tile.columns) : tiles(m, tile.rows)
    let useful =
      Double(m * n) / Double(tiles(m, tile.rows) * tile.rows * tiles(n, tile.columns))
      / Double(tile.columns)
    let balance = Double(blocks) / Double(tiles(blocks, threads) * threads)
    // A tile of r × c loads r + c values for r · c multiply-adds; the wider instruction set does them in fewer instructions.
    let reuse =
      Double(tile.rows * tile.columns) / Double(tile.rows * tile.columns + 4 * tile.rows + 16)
    let arithmetic = cost.flops / (peak(threads) * max(useful * balance, 1e-3) * reuse)
    return arithmetic * fit(configuration, tile) + traffic(configuration, m, n, k, threads)
  }

  private func tiles(_ length: Int, _ tile: Int) -> Int {
    max(1, (length + tile - 1) / max(tile, 1))
  }

  /// Blocks that outgrow the cache they are meant for, in single precision.
  private func fit(_ configuration: Configuration, _ tile: Tile) -> Double {
    let kc = min(configuration.int("kc", default: 256), max(8, problem["k"]))
    let mc = min(configuration.int("mc", default: 96), max(1, problem["m"]))
    let nc = min(configuration.int("nc", default: 512), max(1, problem["n"]))
    var factor = 1.0
    if 4 * kc * tile.columns > 4 * facts.l1dBytes { factor *= 1.05 }
    if 4 * mc * kc > facts.l2Bytes { factor *= 1.1 }
    if 4 * nc * kc > facts.lastLevelBytes { factor *= 1.1 }
    return factor
  }

  /// Packing A once for each block of columns, B once, and reading and writing C once for each block of depth.
  private func traffic(
    _ configuration: Configuration, _ m: Int, _ n: Int, _ k: Int, _ threads: Int
  ) -> Double {
    let columnBlocks = tiles(n, configuration.int("nc", default: n))
    let depthBlocks = tiles(k, configuration.int("kc", default: k))
    let elements = 2 * m * k * columnBlocks + 2 * k * n + 2 * m * n * depthBlocks
    return 4 * Double(elements) / (4 * bandwidth(threads))
  }

  /// Rows and columns at the end of a variant's name: `…6x16@x86v3`.
  struct Tile: Hashable {
    var rows: Int
    var columns: Int

    init?(_ variant: String) {
      let name = variant.prefix { $0 != "@" }
      let sizes = (name.split(separator: ".").last ?? "").split(separator: "x").map { Int($0) }
      guard sizes.count == 2, let rows = sizes[0], let columns = sizes[1], rows > 0, columns > 0
      else { return nil }
      (self.rows, self.columns) = (rows, columns)
    }
  }
}

// MARK: - Attention

extension AnalyticModel {
  /// Few queries read the cache of keys and values and compute little; many queries are arithmetic that threads share in blocks.
  private func attention(_ configuration: Configuration) -> Double {
    let heads = problem["batch"] * problem["heads"]
    let threads = threads(configuration)
    let isDecode = configuration.variant.contains("decode")
    let perHead = tiles(problem["lq"], configuration.int("query_tile", default: problem["lq"]))
    let byHead = isDecode || configuration.int("partition", default: 0) == 1
    let pieces = byHead ? heads : heads * perHead
    let balance = Double(pieces) / Double(tiles(pieces, threads) * threads)
    let share = configuration.variant.contains("naive") ? 0.05 : isDecode ? 0.3 : 0.5
    let tile = 8 * configuration.int("key_tile", default: 128) * problem["headDim"]
    return roofline(configuration, share: share * balance) * (tile > facts.l2Bytes ? 1.1 : 1)
  }
}
