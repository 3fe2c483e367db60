// GEMMProjection.swift: C on a random vector of ±1, in Double: sees every element of a product that is too large to compare.

internal import CHoneKernel
internal import HoneCore
internal import KernelReference

/// `C * r = alpha * A * (B * r) + (beta * C₀ + bias + residual) * r` (Freivalds, 1977).
struct GEMMProjection {
  private let p: hone_gemm
  private let signs: [Double]
  /// B * r and |B| * 1, one a step of k.
  private var product: [Double]
  private var magnitude: [Double]
  /// C * r, and the sum of the magnitudes of its terms.
  private var values: [Double] = []
  private var magnitudes: [Double] = []

  init(_ p: hone_gemm) {
    self.p = p
    var generator = SeededGenerator(seed: 0xF12E)
    signs = (0..<Int(p.n)).map { _ in generator.next() & 1 == 0 ? 1 : -1 }
    product = [Double](repeating: 0, count: Int(p.k))
    magnitude = product
  }

  /// Stored row `row` of B: a row of op(B), or a column of it where B is stored transposed.
  mutating func add(_ stored: UnsafeBufferPointer<Double>, row: Int) {
    if p.trans_b != 0 {
      let sign = signs[row]
      for l in product.indices {
        product[l] += sign * stored[l]
        magnitude[l] += abs(stored[l])
      }
    } else {
      for j in signs.indices {
        product[row] += signs[j] * stored[j]
        magnitude[row] += abs(stored[j])
      }
    }
  }

  /// What another part of B gave.
  mutating func add(_ part: GEMMProjection) {
    for l in product.indices {
      product[l] += part.product[l]
      magnitude[l] += part.magnitude[l]
    }
  }

  /// After all of B.
  mutating func finish(initial: UnsafeRawPointer?) {
    let isRounded = p.compute == Int32(HONE_COMPUTE_S8)
    for i in 0..<Int(p.m) {
      let x = Reference.activations(p, row: i).map { p.alpha * $0 }
      let largest = x.reduce(0) { max($0, abs($1)) }
      var (value, size) = (0.0, 0.0)
      for l in x.indices {
        value += x[l] * product[l]
        size += (isRounded ? largest : abs(x[l])) * magnitude[l]
      }
      for terms in addends(row: i, initial: initial) {
        for j in signs.indices {
          value += terms[j] * signs[j]
          size += abs(terms[j])
        }
      }
      values.append(value)
      magnitudes.append(size)
    }
  }

  /// What is added to the products of a row: beta times what C held, bias, residual.
  private func addends(row: Int, initial: UnsafeRawPointer?) -> [[Double]] {
    var all: [[Double]] = []
    if p.beta != 0, let initial {
      let held = Reference.results(p, initial, row: row, leading: p.ldc)
      all.append(held.map { p.beta * $0 })
    }
    if p.has_bias != 0, let bias = p.bias {
      all.append(UnsafeBufferPointer(start: bias, count: Int(p.n)).map { Double($0) })
    }
    if p.has_residual != 0, let residual = p.residual {
      all.append(Reference.results(p, residual, row: row, leading: p.ldr))
    }
    return all
  }

  func worstError(c: UnsafeRawPointer, after worst: Double) -> Double {
    var worst = worst
    for i in values.indices {
      let row = Reference.results(p, c, row: i, leading: p.ldc)
      var value = 0.0
      for j in signs.indices { value += signs[j] * row[j] }
      worst = largest(worst, abs(value - values[i]), per: magnitudes[i])
    }
    return worst
  }
}
