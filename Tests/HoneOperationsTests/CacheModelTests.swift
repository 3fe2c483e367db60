// CacheModelTests.swift: blocks fit the caches that they are meant for, and the problem.

import HoneHost
import HoneOperations
import Testing

@Suite("Cache model")
struct CacheModelTests {
  static let zen = HostFacts(cores: 2, l1dBytes: 32 << 10, l2Bytes: 1 << 20, l3Bytes: 32 << 20)
  static let tiles = [(14, 32), (6, 64), (6, 16), (4, 24), (8, 8), (4, 8), (14, 8)]

  @Test("blocks are whole tiles and fit their caches", arguments: tiles)
  func blocksFit(_ rows: Int, _ columns: Int) {
    let (mc, kc, nc) = CacheModel.blocking(
      tileRows: rows, tileColumns: columns, elementBytes: 4, host: Self.zen, m: 4096, n: 4096,
      k: 4096, threads: 1)
    #expect(mc % rows == 0 && nc % columns == 0 && kc % 8 == 0)
    #expect(kc == 512)
    #expect(mc * kc * 4 <= Self.zen.l2Bytes / 2 + rows * kc * 4)
    #expect(nc * kc * 4 <= Self.zen.l3Bytes / 2 + columns * kc * 4)
  }

  @Test("blocks of a small problem are no longer than the problem, rounded up to tiles")
  func smallProblems() {
    let blocks = CacheModel.blocking(
      tileRows: 6, tileColumns: 16, elementBytes: 4, host: Self.zen, m: 7, n: 17, k: 9, threads: 1)
    #expect(blocks == (12, 16, 32))
  }

  @Test("blocks are even: a depth just over a block is cut in halves")
  func evenBlocks() {
    let blocks = CacheModel.blocking(
      tileRows: 6, tileColumns: 16, elementBytes: 4, host: Self.zen, m: 4096, n: 4096, k: 520,
      threads: 1)
    #expect(blocks.kc == 264)
  }

  @Test("a host that tells nothing, and a problem of nothing, still get blocks")
  func nothingKnown() {
    let host = HostFacts(cores: 1, l1dBytes: 0, l2Bytes: 0)
    let blocks = CacheModel.blocking(
      tileRows: 0, tileColumns: 0, elementBytes: 0, host: host, m: 0, n: 0, k: 0, threads: 0)
    #expect(blocks == (1, 8, 1))
  }

  @Test("more threads get smaller blocks of rows")
  func threads() {
    let one = CacheModel.blocking(
      tileRows: 6, tileColumns: 16, elementBytes: 4, host: Self.zen, m: 240, n: 512, k: 512,
      threads: 1)
    let four = CacheModel.blocking(
      tileRows: 6, tileColumns: 16, elementBytes: 4, host: Self.zen, m: 240, n: 512, k: 512,
      threads: 4)
    #expect(four.mc == 60 && one.mc > four.mc)
  }
}
