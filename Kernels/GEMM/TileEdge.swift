// TileEdge.swift: copies the part of a tile that C has from a buffer that holds a whole one.

/// `target` = values + beta * target for rows x columns elements; the values' rows are `stride` apart. The distances between
/// the target's rows and columns are its own: 1 between columns, or between rows where C's transpose is computed.
/// beta == 0 does not read the target.
@inline(never)
func copyTile(
  _ values: UnsafePointer<Float>, stride: Int, rows: Int, columns: Int,
  to target: UnsafeMutablePointer<Float>, rowStride: Int, columnStride: Int, beta: Float
) {
  for i in 0..<rows {
    let (from, to) = (values + i * stride, target + i * rowStride)
    if columnStride == 1 {
      copyRow(from, to, columns, beta)
    } else {
      for j in 0..<columns {
        let p = to + j * columnStride
        p.pointee = beta == 0 ? from[j] : from[j] + beta * p.pointee
      }
    }
  }
}

@inline(__always)
private func copyRow(
  _ from: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>, _ columns: Int, _ beta: Float
) {
  var j = 0
  while j < columns {
    let mask = laneMask(min(lanes, columns - j))
    var value = loadPartial(from + j, mask)
    if beta != 0 { value += loadPartial(to + j, mask) * beta }
    storePartial(value, to + j, mask)
    j += lanes
  }
}
