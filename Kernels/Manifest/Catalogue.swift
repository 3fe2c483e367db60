// Catalogue.swift: how a build of the kernels tells what it holds: rows are added in order, one of them is asked for.

import CHoneKernel

/// Walks the rows of the catalogues below and keeps the one asked for. There is no table in memory: an Embedded
/// Swift library has no run-time initialisers, and a manifest is read once.
struct Catalogue {
  var wanted: UInt32
  var count: UInt32 = 0
  var found = hone_kernel_row()

  /// Adds one row. `parameters` fills in the declared parameters, in the order in which the kernel reads them.
  mutating func add(
    _ operation: StaticString, _ dataTypes: StaticString, _ algorithm: StaticString,
    tile: (Int64, Int64) = (0, 0), _ summary: StaticString,
    check: hone_kernel_check, workspace: hone_kernel_workspace, run: hone_kernel_run,
    packing: PackingEntries? = nil,
    parameters: (inout ParameterList) -> Void = { _ in }
  ) {
    defer { count += 1 }
    guard count == wanted else { return }
    var list = ParameterList()
    parameters(&list)
    found.struct_size = UInt64(MemoryLayout<hone_kernel_row>.size)
    found.operation = text(operation)
    found.data_types = text(dataTypes)
    found.algorithm = text(algorithm)
    found.summary = text(summary)
    found.tile = tile
    found.parameter_count = list.count
    found.parameters = list.values
    found.check = check
    found.workspace = workspace
    found.run = run
    found.packed_bytes = packing?.bytes
    found.pack = packing?.pack
  }
}

/// The entry points of a row that wants its constant operand in a layout of its own.
struct PackingEntries {
  var bytes: hone_kernel_packed_bytes
  var pack: hone_kernel_pack
}

/// The parameters that a row declares.
struct ParameterList {
  var values = hone_kernel_row().parameters
  var count: Int64 = 0

  /// low, low + step, …, high.
  mutating func linear(
    _ name: StaticString, _ low: Int64, _ high: Int64, step: Int64 = 1, default value: Int64,
    _ summary: StaticString
  ) {
    add(name, low, high, step, value, Int32(HONE_SCALE_LINEAR), summary)
  }

  /// low, 2 low, 4 low, …, high; from 0: 0, step, 2 step, 4 step, …
  mutating func doubling(
    _ name: StaticString, _ low: Int64, _ high: Int64, step: Int64 = 1, default value: Int64,
    _ summary: StaticString
  ) {
    add(name, low, high, step, value, Int32(HONE_SCALE_POWER_OF_TWO), summary)
  }

  private mutating func add(
    _ name: StaticString, _ low: Int64, _ high: Int64, _ step: Int64, _ value: Int64,
    _ scale: Int32, _ summary: StaticString
  ) {
    let parameter = hone_kernel_parameter(
      name: text(name), summary: text(summary), low: low, high: high, step: step,
      default_value: value, scale: scale)
    withUnsafeMutableBytes(of: &values) {
      $0.bindMemory(to: hone_kernel_parameter.self)[Int(count)] = parameter
    }
    count += 1
  }
}

@inline(__always)
func text(_ s: StaticString) -> UnsafePointer<CChar> {
  UnsafeRawPointer(s.utf8Start).assumingMemoryBound(to: CChar.self)
}
