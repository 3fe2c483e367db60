// ExpTests.swift: the error of the vectorised 2^x over its whole range, for every library that runs here.

import Glibc
import HoneBackends
import Testing

@Suite(
  "Vectorised 2^x",
  .enabled(if: !KernelLibraries.runnable.isEmpty, "no kernel library that this CPU can run"))
struct ExpTests {
  private typealias Exp2 =
    @convention(c) (
      Int64, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?
    ) -> Void

  /// 2^x of each number, by a library's exported function.
  private func exp2(_ x: [Float], _ library: KernelLibrary) throws -> [Float] {
    let handle = try #require(dlopen(library.path, RTLD_NOW | RTLD_LOCAL))
    let symbol = try #require(dlsym(handle, "hone_exp2_f32"))
    var y = [Float](repeating: .nan, count: x.count)
    unsafeBitCast(symbol, to: Exp2.self)(Int64(x.count), x, &y)
    return y
  }

  /// Every `step`-th float of a range of one sign, by its bits.
  private func floats(from first: Float, to last: Float, step: Int) -> [Float] {
    let (low, high) = (
      min(first.bitPattern, last.bitPattern), max(first.bitPattern, last.bitPattern)
    )
    return stride(from: low, through: high, by: step).map { Float(bitPattern: $0) }
  }

  @Test("within 1.01 units in the last place from -126 to 127")
  func accuracy() throws {
    let x =
      floats(from: -0.0, to: -126, step: 9_973) + floats(from: 0, to: 127, step: 9_973)
      + floats(from: -1, to: -16, step: 499)
    for library in KernelLibraries.runnable {
      var worst = 0.0
      for (argument, value) in zip(x, try exp2(x, library)) {
        let exact = Glibc.exp2(Double(argument))
        worst = max(worst, abs(Double(value) - exact) / Double(Float(exact).ulp))
      }
      // Without a fused multiply-add each step of the polynomial rounds twice.
      #expect(
        worst <= (library.instructionSet == "x86v2" ? 1.3 : 1.01), "\(library.instructionSet)")
      #expect(worst > 0.3, "the measure itself must see rounding")
    }
  }

  @Test("exactly 1 at 0, powers of two at whole numbers, 0 below -126 and at -infinity, NaN at NaN")
  func specialValues() throws {
    for library in KernelLibraries.runnable {
      let whole = (-126...127).map { Float($0) }
      #expect(
        try exp2(whole, library)
          == whole.map { Float(sign: .plus, exponent: Int($0), significand: 1) })
      let tiny = floats(from: Float(-126).nextDown, to: -.infinity, step: 99_991) + [-.infinity]
      #expect(try exp2(tiny, library).allSatisfy { $0.bitPattern == 0 })
      let nans = [
        Float.nan, -.nan, .signalingNaN, Float(bitPattern: 0x7FC0_0001),
        Float(bitPattern: 0xFFFF_FFFF),
      ]
      #expect(try exp2(nans, library).allSatisfy(\.isNaN))
      #expect(try exp2([128], library) == [.infinity])
    }
  }

  @Test("no result is subnormal")
  func noSubnormals() throws {
    let x = floats(from: -125, to: -128, step: 101)
    for library in KernelLibraries.runnable {
      #expect(try exp2(x, library).allSatisfy { $0 == 0 || $0.isNormal })
    }
  }
}
