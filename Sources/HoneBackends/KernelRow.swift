// KernelRow.swift: one variant of a kernel library: its manifest row as Swift values, and its entry points.

internal import CHoneKernel

/// One row of a kernel library's manifest: a variant and its entry points.
public struct KernelRow: @unchecked Sendable {
  public struct Parameter: Sendable, Hashable {
    public var name: String
    public var summary: String
    public var low: Int
    public var high: Int
    public var step: Int
    public var defaultValue: Int
    /// low, 2 low, 4 low … rather than low, low + step …
    public var isDoubling: Bool
  }

  public var operation: String
  public var types: String
  public var algorithm: String
  public var summary: String
  /// Rows and columns of the register tile; (0, 0) where a tile means nothing.
  public var tile: (rows: Int, columns: Int)
  public var instructionSet: String
  public var parameters: [Parameter]
  let check: hone_kernel_check
  let workspace: hone_kernel_workspace
  let run: hone_kernel_run

  /// `gemm.f32.packed.6x16@x86v3`, without the tile where there is none.
  public var variant: String {
    let parts =
      [operation, types, algorithm] + (tile.rows > 0 ? ["\(tile.rows)x\(tile.columns)"] : [])
    return parts.joined(separator: ".") + "@" + instructionSet
  }
}

extension KernelRow {
  /// Can this row do the problem with these parameters? HONE_KERNEL_OK (0) or the reason as a code of hone_kernel.h.
  public func check(_ arguments: UnsafeRawPointer, _ parameters: [Int64]) -> Int32 {
    parameters.withUnsafeBufferPointer { check(arguments, $0.baseAddress) }
  }

  public func workspaceBytes(
    _ arguments: UnsafeRawPointer, _ parameters: [Int64], threads: Int
  ) -> Int {
    parameters.withUnsafeBufferPointer {
      Int(workspace(arguments, $0.baseAddress, UInt32(threads)))
    }
  }

  /// Runs the whole problem on the calling thread alone.
  public func runAlone(
    _ arguments: UnsafeRawPointer, _ parameters: [Int64], workspace: UnsafeMutableRawPointer?
  ) -> Int32 {
    var team = hone_kernel_team(index: 0, count: 1, barrier: nil, context: nil)
    return parameters.withUnsafeBufferPointer {
      run(arguments, $0.baseAddress, workspace, &team)
    }
  }
}

extension KernelRow {
  init(_ row: hone_kernel_row, instructionSet: String) {
    operation = String(cString: row.operation)
    types = String(cString: row.data_types)
    algorithm = String(cString: row.algorithm)
    summary = String(cString: row.summary)
    tile = (Int(row.tile.0), Int(row.tile.1))
    self.instructionSet = instructionSet
    check = row.check
    workspace = row.workspace
    run = row.run
    parameters = withUnsafeBytes(of: row.parameters) { bytes in
      bytes.bindMemory(to: hone_kernel_parameter.self).prefix(Int(row.parameter_count)).map {
        Parameter(
          name: String(cString: $0.name), summary: String(cString: $0.summary), low: Int($0.low),
          high: Int($0.high), step: Int($0.step), defaultValue: Int($0.default_value),
          isDoubling: $0.scale == HONE_SCALE_POWER_OF_TWO)
      }
    }
  }
}
