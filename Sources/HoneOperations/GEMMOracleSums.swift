// GEMMOracleSums.swift: the sampled rows and the projection of a product, added up on all cores.

internal import CHoneKernel
internal import Dispatch
internal import KernelReference

struct GEMMOracleSums {
  var rows: [GEMMRowSums]
  var projection: GEMMProjection?

  /// Reads B once, a part of its stored rows at a time, on all cores. The number of parts decides about roundings, so it is not the host's.
  mutating func addProducts(_ p: hone_gemm, _ type: StoredType, parts wanted: Int) {
    let count = Int(p.trans_b != 0 ? p.n : p.k)
    let empty = GEMMOracleSums(rows: rows.map { $0.cleared() }, projection: projection)
    var parts = [GEMMOracleSums](repeating: empty, count: max(1, min(wanted, count)))
    let share = (count + parts.count - 1) / parts.count
    nonisolated(unsafe) let problem = p
    parts.withUnsafeMutableBufferPointer { parts in
      nonisolated(unsafe) let parts = parts
      DispatchQueue.concurrentPerform(iterations: parts.count) { index in
        let first = min(index * share, count)
        parts[index].add(problem, type, first..<min(first + share, count))
      }
    }
    for part in parts { add(part) }
  }

  private mutating func add(_ p: hone_gemm, _ type: StoredType, _ range: Range<Int>) {
    guard var projection else {
      return Reference.addProducts(p, type, of: range, to: &rows)
    }
    // Two owners would have each row copied for its first element.
    self.projection = nil
    Reference.addProducts(p, type, of: range, to: &rows) { projection.add($1, row: $0) }
    self.projection = projection
  }

  private mutating func add(_ part: GEMMOracleSums) {
    for (index, row) in part.rows.enumerated() { rows[index].add(row) }
    if let other = part.projection { projection?.add(other) }
  }
}
