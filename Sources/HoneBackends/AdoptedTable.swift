// AdoptedTable.swift: an embedding table in another precision, or in another place, for the plans that want it so.

internal import CHoneKernel
internal import CPlatform
internal import Glibc
internal import HoneCore
internal import HoneHost
internal import HoneOperations

/// Where a table lies on a machine with several NUMA nodes: the values of the parameter "tables".
enum TablePlacement: String, CaseIterable {
  /// Where the caller has it.
  case local
  /// A copy whose pages alternate between the nodes.
  case interleaved
  /// A copy on each node; threads read the near one.
  case replicated
}

/// The problems of a set of operands with their one table converted and copied.
final class AdoptedTable: AdoptedOperands, @unchecked Sendable {
  let operands: any Operands
  private let copies: ArgumentCopies<hone_embedding_bag>
  private let regions: [MemoryRegion]
  /// By the node's number; empty where all threads read one copy.
  let byNode: [UnsafeRawPointer?]

  /// - Parameter coarser: the problem whose types the table shall have; nil: as it is.
  init(
    _ operands: any Operands, coarser: Problem?, _ placement: TablePlacement
  ) throws(Refusal) {
    self.operands = operands
    copies = ArgumentCopies(operands)
    do {
      var first = copies.changed[0]
      var regions: [MemoryRegion] = []
      if let coarser {
        regions = [try BagPrecision.convert(operands.problem, to: coarser, &first)]
      }
      let placed = try Self.placed(first, coarser ?? operands.problem, placement)
      if let any = placed.values.first {
        regions = Array(placed.values)
        first.table = UnsafeRawPointer((placed[0] ?? any).base)
      }
      var byNode = [UnsafeRawPointer?](
        repeating: first.table, count: placed.count > 1 ? (placed.keys.max() ?? 0) + 1 : 0)
      if placed.count > 1 {
        for (node, region) in placed { byNode[node] = UnsafeRawPointer(region.base) }
      }
      (self.regions, self.byNode) = (regions, byNode)
      for copy in copies.changed.indices {
        copies.changed[copy].table = first.table
        copies.changed[copy].table_stride = first.table_stride
        copies.changed[copy].scales_first = first.scales_first
      }
    } catch let refusal as Refusal { throw refusal } catch { throw .failed("\(error)") }
  }

  func arguments(for arguments: UnsafeRawPointer) -> UnsafeRawPointer? {
    copies.arguments(for: arguments)
  }

  /// The copies by node; none where the table stays where it is.
  private static func placed(
    _ p: hone_embedding_bag, _ problem: Problem, _ placement: TablePlacement
  ) throws -> [Int: MemoryRegion] {
    let bytes = problem["rows"] * EmbeddingBagOperation().cost(of: problem).gatheredRowBytes
    guard placement != .local, let table = p.table else { return [:] }
    if placement == .replicated {
      let replicas = try NodeReplicas(bytes: bytes) { memcpy($0, table, bytes) }
      guard replicas.regions.count > 1 else {
        throw Refusal.unsupported("tables=replicated: this machine has one NUMA node with memory")
      }
      return replicas.regions
    }
    let region = try MemoryRegion(bytes: bytes, placement: .interleave)
    if let note = region.placementNote {
      throw Refusal.unsupported("tables=interleaved: \(note)")
    }
    memcpy(region.base, table, bytes)
    return [0: region]
  }
}

/// A call whose threads each read the copy of the table on their own node.
struct NearTable {
  var problem: hone_embedding_bag
  var tables: UnsafePointer<UnsafeRawPointer?>
  var nodes: Int
  var run: hone_kernel_run
  var parameters: UnsafePointer<Int64>?

  /// The entry point of a team for a pointer to a `NearTable`.
  static let entry: hone_kernel_run = { call, _, workspace, team in
    guard let near = call?.assumingMemoryBound(to: NearTable.self).pointee else {
      return Int32(HONE_KERNEL_BAD_ARGUMENT)
    }
    var problem = near.problem
    let node = ThreadTeam.nodeOfCaller
    if node < near.nodes { problem.table = near.tables[node] }
    return near.run(&problem, near.parameters, workspace, team)
  }
}

extension ThreadTeam {
  /// The NUMA node that the calling thread is on now; 0 where the system does not say.
  static var nodeOfCaller: Int {
    var node: UInt32 = 0
    return CPlatform_currentProcessor(nil, &node) == 0 ? Int(node) : 0
  }
}
