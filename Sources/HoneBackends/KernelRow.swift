// KernelRow.swift: one variant of a kernel library: its manifest row as Swift values, and its entry points.

internal import CHoneKernel
internal import HoneCore

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
  /// Both or neither: the row wants its constant operand in a layout of its own.
  let packedBytes: hone_kernel_packed_bytes?
  let pack: hone_kernel_pack?

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

  /// Does the row run with its constant operand packed by `pack` only?
  public var wantsPacking: Bool { pack != nil }

  /// Bytes of the constant operand in the row's own layout; 0 for a row that reads operands as they are.
  public func packedBytes(_ arguments: UnsafeRawPointer) -> Int {
    packedBytes.map { Int($0(arguments)) } ?? 0
  }

  /// Packs the constant operand on the calling thread; answers a code of hone_kernel.h.
  public func pack(_ arguments: UnsafeRawPointer, into packed: UnsafeMutableRawPointer) -> Int32 {
    var alone = hone_kernel_team(index: 0, count: 1, barrier: nil, context: nil)
    return pack?(arguments, packed, &alone) ?? Int32(HONE_KERNEL_UNSUPPORTED)
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
  /// - Throws: `Refusal.unsupported` with what is missing or impossible in the manifest's row.
  init(_ row: hone_kernel_row, index: UInt32, instructionSet: String) throws(Refusal) {
    let place = "of row \(index)"
    operation = try KernelLibrary.text(row.operation, "the operation \(place)")
    types = try KernelLibrary.text(row.data_types, "the data types \(place)")
    algorithm = try KernelLibrary.text(row.algorithm, "the algorithm \(place)")
    summary = try KernelLibrary.text(row.summary, "the summary \(place)")
    tile = (Int(row.tile.0), Int(row.tile.1))
    self.instructionSet = instructionSet
    guard let check = row.check, let workspace = row.workspace, let run = row.run else {
      throw .unsupported("its manifest leaves an entry point \(place) null")
    }
    self.check = check
    self.workspace = workspace
    self.run = run
    guard (row.packed_bytes == nil) == (row.pack == nil) else {
      throw .unsupported("its manifest gives one of packed_bytes and pack \(place), not both")
    }
    packedBytes = row.packed_bytes
    pack = row.pack
    guard (0...Int64(HONE_KERNEL_MAX_PARAMETERS)).contains(row.parameter_count) else {
      throw .unsupported("its manifest claims \(row.parameter_count) parameters \(place)")
    }
    let declared = withUnsafeBytes(of: row.parameters) {
      Array($0.bindMemory(to: hone_kernel_parameter.self).prefix(Int(row.parameter_count)))
    }
    parameters = []
    for parameter in declared { parameters.append(try Parameter(parameter, place)) }
  }
}

extension KernelRow.Parameter {
  init(_ declared: hone_kernel_parameter, _ place: String) throws(Refusal) {
    name = try KernelLibrary.text(declared.name, "a parameter's name \(place)")
    summary = try KernelLibrary.text(declared.summary, "a parameter's summary \(place)")
    low = Int(declared.low)
    high = Int(declared.high)
    step = Int(declared.step)
    defaultValue = Int(declared.default_value)
    isDoubling = declared.scale == HONE_SCALE_POWER_OF_TWO
    guard low >= 0, low <= high, high <= 1 << 40, (low...high).contains(defaultValue) else {
      throw .unsupported("the range of '\(name)' \(place) makes no sense")
    }
    guard isDoubling || (high - low) / max(step, 1) <= 4096 else {
      throw .unsupported("'\(name)' \(place) has more than 4096 values; give it a larger step")
    }
  }
}
