// AdoptedTables.swift: embedding tables in another precision, or in another place, for the plans that want them so.

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

/// One table of some operands, converted and copied.
private struct PlacedTable {
  /// What the arguments say of it now.
  var bag: hone_embedding_bag
  /// By the node's number; empty where all threads read one copy.
  var byNode: [UnsafeRawPointer?] = []
  private let regions: [MemoryRegion]

  init(
    _ bag: hone_embedding_bag, _ problem: Problem, coarser: Problem?, _ placement: TablePlacement
  ) throws {
    var bag = bag
    let converted = try coarser.map { try BagPrecision.convert(problem, to: $0, &bag) }
    let placed = try Self.placed(bag, coarser ?? problem, placement)
    self.bag = bag
    // A copy that was placed stands for the converted table, which goes.
    regions = placed.isEmpty ? [converted].compactMap(\.self) : Array(placed.values)
    guard let any = placed.values.first else { return }
    self.bag.table = UnsafeRawPointer((placed[0] ?? any).base)
    guard placed.count > 1 else { return }
    byNode = Array(repeating: self.bag.table, count: (placed.keys.max() ?? 0) + 1)
    for (node, region) in placed { byNode[node] = UnsafeRawPointer(region.base) }
  }

  /// The copies by node; none where the table stays where it is.
  private static func placed(
    _ p: hone_embedding_bag, _ problem: Problem, _ placement: TablePlacement
  ) throws -> [Int: MemoryRegion] {
    let bytes = Int(EmbeddingBagOperation().tableBytes(of: problem))
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

/// The problems of a set of operands with their tables converted and copied. Sets of indices may share a table.
final class AdoptedTables: AdoptedOperands, @unchecked Sendable {
  let operands: any Operands
  private let copies: ArgumentCopies<hone_embedding_bag>
  /// By the address that the changed arguments have.
  private var placed: [UnsafeRawPointer: PlacedTable] = [:]

  /// - Parameter coarser: the problem whose types the tables shall have; nil: as they are.
  init(
    _ operands: any Operands, coarser: Problem?, _ placement: TablePlacement
  ) throws(Refusal) {
    self.operands = operands
    copies = ArgumentCopies(operands)
    do {
      var known: [UnsafeRawPointer?: PlacedTable] = [:]
      for copy in copies.changed.indices {
        let bag = copies.changed[copy]
        let table =
          try known[bag.table]
          ?? PlacedTable(bag, operands.problem, coarser: coarser, placement)
        known[bag.table] = table
        copies.changed[copy].table = table.bag.table
        copies.changed[copy].table_stride = table.bag.table_stride
        copies.changed[copy].scales_first = table.bag.scales_first
      }
      for table in known.values { if let base = table.bag.table { placed[base] = table } }
    } catch let refusal as Refusal { throw refusal } catch { throw .failed("\(error)") }
  }

  func arguments(for arguments: UnsafeRawPointer) -> UnsafeRawPointer? {
    copies.arguments(for: arguments)
  }

  /// The table that adopted arguments read, by the node's number; empty where all threads read one copy.
  func byNode(_ arguments: UnsafeRawPointer) -> [UnsafeRawPointer?] {
    let bag = arguments.assumingMemoryBound(to: hone_embedding_bag.self)
    return bag.pointee.table.flatMap { placed[$0]?.byNode } ?? []
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
