// GEMMBenchmark.swift: GEMM variants against OpenBLAS on one pinned core, paired, as ratios.

internal import CHoneKernel
internal import CPlatform
internal import Glibc
internal import HoneBackends
internal import HoneCore

/// m, n, k and the transposes of a GEMM, written 512x512x512 or 1x4096x4096:nt.
struct GEMMShape {
  var m: Int
  var n: Int
  var k: Int
  var transA = false
  var transB = false

  init?(_ text: String) {
    let halves = text.split(separator: ":")
    let sizes = (halves.first ?? "").split(separator: "x").compactMap { Int($0) }
    guard sizes.count == 3, sizes.allSatisfy({ (1...65536).contains($0) }) else { return nil }
    (m, n, k) = (sizes[0], sizes[1], sizes[2])
    if halves.count > 1 {
      guard ["nn", "nt", "tn", "tt"].contains(halves[1]) else { return nil }
      (transA, transB) = (halves[1].first == "t", halves[1].last == "t")
    }
  }

  var flops: Double { 2 * Double(m) * Double(n) * Double(k) }
}

enum GEMMBenchmark {
  static let usage =
    "[--rounds N] [--core N] [--blas FILE] [--variant PART] [--set NAME=VALUE]… [SHAPE…]"

  static let usualShapes = ["512x512x512", "1024x1024x1024", "2048x2048x2048"]

  struct Options {
    var rounds = 15
    var core = 0
    var blas = "libopenblas.so.0"
    /// Part of the names of the variants to run.
    var variant = "packed"
    var settings: [String: Int64] = [:]
    var shapes: [GEMMShape] = []
  }

  static func run(_ arguments: [String]) throws {
    let options = try parse(arguments)
    CPlatform_bindThread(pthread_self(), Int32(options.core))
    let blas = try BLAS(options.blas)
    print("variant                              shape                 Hone   BLAS  ratio [95 %]")
    for shape in options.shapes {
      let operands = GEMMBuffers(shape)
      for row in try rows(options.variant) { compare(row, shape, operands, blas, options) }
    }
  }

  /// GEMM rows of the libraries found, whose names contain `part`. A library that this CPU cannot run is left out by name: ask
  /// for rows that it can.
  private static func rows(_ part: String) throws -> [KernelRow] {
    let libraries = ["x86v3", "x86v4", "armv8"].compactMap { KernelLibrary.path(for: $0) }
    let rows = try libraries.flatMap { try KernelLibrary(path: $0).rows }.filter {
      $0.operation == "gemm" && $0.variant.contains(part)
    }
    guard !rows.isEmpty else {
      throw HoneError(.usage, "no GEMM variant has '\(part)' in its name", advice: "Try packed.")
    }
    return rows
  }

  private static func compare(
    _ row: KernelRow, _ shape: GEMMShape, _ operands: GEMMBuffers, _ blas: BLAS, _ options: Options
  ) {
    let parameters = row.parameters.map { options.settings[$0.name] ?? Int64($0.defaultValue) }
    var problem = operands.problem
    let bytes = row.workspaceBytes(&problem, parameters, threads: 1)
    let workspace = UnsafeMutableRawPointer.allocate(byteCount: max(bytes, 64), alignment: 4096)
    defer { workspace.deallocate() }
    let code = row.runAlone(&problem, parameters, workspace: workspace)
    guard code == HONE_KERNEL_OK else { return print("\(row.variant): answered code \(code)") }
    let timing = PairedTiming(rounds: options.rounds, work: shape.flops * 1e-9) {
      _ = row.runAlone(&problem, parameters, workspace: workspace)
    } _: {
      blas.multiply(shape, operands.a, operands.b, operands.c)
    }
    let name = row.variant.padded(to: 36)
    let title =
      "\(shape.m)x\(shape.n)x\(shape.k):\(shape.transA ? "t" : "n")\(shape.transB ? "t" : "n")"
    let (low, median, high) = timing.ratio
    print(
      name, title.padded(to: 20), PairedTiming.median(timing.first).tenths,
      PairedTiming.median(timing.second).tenths,
      "\(median.thousandths) [\(low.thousandths) \(high.thousandths)]")
  }

  private static func parse(_ arguments: [String]) throws -> Options {
    var options = Options()
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if let shape = GEMMShape(argument) {
        options.shapes.append(shape)
        continue
      }
      let value = rest.popFirst() ?? ""
      let parts = value.split(separator: "=").map(String.init)
      switch argument {
      case "--rounds": options.rounds = max(3, Int(value) ?? 15)
      case "--core": options.core = Int(value) ?? 0
      case "--blas": options.blas = value
      case "--variant": options.variant = value
      case "--set" where parts.count == 2: options.settings[parts[0]] = Int64(parts[1])
      default: throw HoneError(.usage, "'\(argument)' is not understood", advice: "Usage: \(usage)")
      }
    }
    if options.shapes.isEmpty { options.shapes = usualShapes.compactMap { GEMMShape($0) } }
    return options
  }
}

/// Operands without padding, filled with small numbers of both signs.
final class GEMMBuffers {
  let a: UnsafeMutablePointer<Float>
  let b: UnsafeMutablePointer<Float>
  let c: UnsafeMutablePointer<Float>
  let problem: hone_gemm

  init(_ shape: GEMMShape) {
    a = Self.buffer(shape.m * shape.k)
    b = Self.buffer(shape.k * shape.n)
    c = Self.buffer(shape.m * shape.n)
    var p = hone_gemm()
    p.struct_size = UInt64(MemoryLayout<hone_gemm>.size)
    (p.m, p.n, p.k) = (Int64(shape.m), Int64(shape.n), Int64(shape.k))
    p.lda = Int64(shape.transA ? shape.m : shape.k)
    (p.ldb, p.ldc) = (Int64(shape.transB ? shape.k : shape.n), Int64(shape.n))
    (p.trans_a, p.trans_b, p.alpha) = (shape.transA ? 1 : 0, shape.transB ? 1 : 0, 1)
    p.a = UnsafeRawPointer(a)
    p.b = UnsafeRawPointer(b)
    p.c = UnsafeMutableRawPointer(c)
    problem = p
  }

  deinit {
    a.deallocate()
    b.deallocate()
    c.deallocate()
  }

  private static func buffer(_ count: Int) -> UnsafeMutablePointer<Float> {
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: count * MemoryLayout<Float>.size, alignment: 4096)
    let base = raw.bindMemory(to: Float.self, capacity: count)
    for index in 0..<count { base[index] = Float((index &* 7919) % 2001 - 1000) / 1000 }
    return base
  }
}

extension String {
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}

extension Double {
  /// "103.4", right-aligned in seven places.
  var tenths: String {
    let text = "\((self * 10).rounded() / 10)"
    return String(repeating: " ", count: max(0, 7 - text.count)) + text
  }

  var thousandths: String { "\((self * 1000).rounded() / 1000)" }
}
