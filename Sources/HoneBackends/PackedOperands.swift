// PackedOperands.swift: all copies of a constant operand in the layout of one variant, shared by the plans of that variant.

internal import CHoneKernel
internal import HoneCore
internal import HoneHost
internal import HoneOperations
import Synchronization

/// The problems of a set of operands with B packed, one a copy.
final class PackedOperands: @unchecked Sendable {
  private let regions: [MemoryRegion]
  private let packed: UnsafeMutablePointer<hone_gemm>
  private let plain: UnsafeRawPointer
  private let copies: Int
  /// Keeps the plain operands alive, and says whose they are.
  let operands: any Operands

  /// - Parameter pack: B of a problem in the variant's layout; may change what else the problem says of B.
  /// - Throws: `Refusal.failed` where there is no memory for the copies or the variant declines.
  init(_ operands: any Operands, pack: (inout hone_gemm) throws(Refusal) -> MemoryRegion)
    throws(Refusal)
  {
    self.operands = operands
    copies = operands.copies
    plain = operands.arguments(copy: 0)
    packed = .allocate(capacity: copies)
    var regions: [MemoryRegion] = []
    do {
      for copy in 0..<copies {
        var problem = operands.arguments(copy: copy)
          .assumingMemoryBound(to: hone_gemm.self).pointee
        let region = try pack(&problem)
        problem.b = UnsafeRawPointer(region.base)
        problem.packed_b = 1
        (packed + copy).initialize(to: problem)
        regions.append(region)
      }
    } catch {
      packed.deallocate()
      throw error
    }
    self.regions = regions
  }

  deinit { packed.deallocate() }

  /// The packed form of a set of arguments; nil for arguments that were not adopted.
  func arguments(for arguments: UnsafeRawPointer) -> UnsafeRawPointer? {
    let offset = arguments - plain
    let copy = offset / MemoryLayout<hone_gemm>.stride
    guard offset >= 0, copy < copies, copy * MemoryLayout<hone_gemm>.stride == offset else {
      return nil
    }
    return UnsafeRawPointer(packed + copy)
  }
}

extension KernelRow {
  /// B of a problem in this row's layout, packed by the first `threads` members of a team.
  func packed(
    _ problem: inout hone_gemm, _ team: ThreadTeam, threads: Int
  ) throws(Refusal) -> MemoryRegion {
    let bytes = packedBytes(&problem)
    guard bytes >= 0 else {
      throw .failed("'\(variant)' asks for \(bytes) bytes of packed weights")
    }
    let region: MemoryRegion
    do { region = try MemoryRegion(bytes: bytes) } catch {
      throw .failed("no memory for \(bytes) bytes of packed weights: \(error)")
    }
    guard let pack else { throw .failed("'\(variant)' packs nothing") }
    let code = withUnsafePointer(to: &problem) {
      team.execute(TeamJob(entry: .pack(pack), problem: $0, workspace: region.base), count: threads)
    }
    guard code == HONE_KERNEL_OK else { throw .failed("'\(variant)' cannot pack: code \(code)") }
    return region
  }
}

/// Packed operands by variant, for the operands that are in use now: when others come, those of the old ones go.
final class PackedPool: Sendable {
  private let current = Mutex<[String: PackedOperands]>([:])

  func adopt(
    _ operands: any Operands, variant: String,
    pack: (inout hone_gemm) throws(Refusal) -> MemoryRegion
  ) throws(Refusal) -> PackedOperands {
    try current.withLock { pool throws(Refusal) in
      if let known = pool[variant], known.operands === operands { return known }
      pool = pool.filter { $0.value.operands === operands }
      let fresh = try PackedOperands(operands, pack: pack)
      pool[variant] = fresh
      return fresh
    }
  }
}
