// PackedOperands.swift: all copies of a constant operand in the layout of one variant, shared by the plans of that variant.

internal import CHoneKernel
internal import HoneCore
internal import HoneHost
internal import HoneOperations
import Synchronization

/// What a plan made of operands, and of whose.
protocol AdoptedOperands: AnyObject, Sendable {
  /// Kept alive here.
  var operands: any Operands { get }
  /// What a set of the operands' arguments has become; nil for arguments that were not adopted.
  func arguments(for arguments: UnsafeRawPointer) -> UnsafeRawPointer?
}

/// The arguments of every copy of some operands, to be changed and found again by the address of the originals.
final class ArgumentCopies<Arguments: BitwiseCopyable>: @unchecked Sendable {
  let changed: UnsafeMutableBufferPointer<Arguments>
  private let plain: UnsafeRawPointer

  init(_ operands: any Operands) {
    plain = operands.arguments(copy: 0)
    changed = .allocate(capacity: operands.copies)
    for copy in changed.indices {
      let arguments = operands.arguments(copy: copy)
      changed.initializeElement(
        at: copy, to: arguments.assumingMemoryBound(to: Arguments.self).pointee)
    }
  }

  deinit { changed.deallocate() }

  func arguments(for arguments: UnsafeRawPointer) -> UnsafeRawPointer? {
    let offset = arguments - plain
    let copy = offset / MemoryLayout<Arguments>.stride
    guard offset >= 0, copy < changed.count, copy * MemoryLayout<Arguments>.stride == offset,
      let base = changed.baseAddress
    else { return nil }
    return UnsafeRawPointer(base + copy)
  }
}

/// The problems of a set of operands with B packed, one a copy.
final class PackedOperands: AdoptedOperands {
  private let regions: [MemoryRegion]
  private let packed: ArgumentCopies<hone_gemm>
  let operands: any Operands

  /// - Parameter pack: B of a problem in the variant's layout; may change what else the problem says of B.
  /// - Throws: `Refusal.failed` where there is no memory for the copies or the variant declines.
  init(_ operands: any Operands, pack: (inout hone_gemm) throws(Refusal) -> MemoryRegion)
    throws(Refusal)
  {
    self.operands = operands
    packed = ArgumentCopies(operands)
    var regions: [MemoryRegion] = []
    for copy in packed.changed.indices {
      let region = try pack(&packed.changed[copy])
      packed.changed[copy].b = UnsafeRawPointer(region.base)
      packed.changed[copy].packed_b = 1
      regions.append(region)
    }
    self.regions = regions
  }

  func arguments(for arguments: UnsafeRawPointer) -> UnsafeRawPointer? {
    packed.arguments(for: arguments)
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

/// Adopted operands by what was made of them, for the operands that are in use now: when others come, those of the old ones go.
final class AdoptionPool<Adopted: AdoptedOperands>: Sendable {
  private let current = Mutex<[String: Adopted]>([:])

  /// - Parameter key: names everything that `make` depends on but the operands.
  func adopt(
    _ operands: any Operands, key: String, make: () throws(Refusal) -> Adopted
  ) throws(Refusal) -> Adopted {
    try current.withLock { pool throws(Refusal) in
      if let known = pool[key], known.operands === operands { return known }
      pool = pool.filter { $0.value.operands === operands }
      let fresh = try make()
      pool[key] = fresh
      return fresh
    }
  }
}
