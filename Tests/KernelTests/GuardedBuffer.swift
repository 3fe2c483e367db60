// GuardedBuffer.swift: memory that ends at a page nobody may touch: a read or write past the end is a crash, not a guess.

import Glibc

/// `count` elements right before an inaccessible page; every byte holds 0xFF (NaN as a float) until written.
final class GuardedBuffer<Element>: @unchecked Sendable {
  let base: UnsafeMutablePointer<Element>
  let count: Int
  private let region: UnsafeMutableRawPointer
  private let size: Int

  init(count: Int) {
    let page = 4096
    let bytes = count * MemoryLayout<Element>.stride
    let body = (bytes + page - 1) / page * page
    size = body + page
    guard
      let map = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      map != MAP_FAILED
    else { fatalError("the test cannot allocate \(size) bytes") }
    region = map
    self.count = count
    mprotect(region + body, page, PROT_NONE)
    memset(region, 0xFF, body)
    base = (region + (body - bytes)).assumingMemoryBound(to: Element.self)
  }

  deinit { munmap(region, size) }
}
