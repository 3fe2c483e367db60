// Grid.swift: results laid out in rows and columns by a projection.

internal import Glibc
internal import HoneCore

/// A table of results before anything is drawn.
public struct Grid: Sendable {
  public let fleet: Fleet
  public let projection: Projection
  /// Values of the rows' fields, one list a row.
  public let rows: [[FieldValue]]
  public let columns: [[FieldValue]]
  /// Position of the column that others are compared with.
  public let baseline: Int
  /// Cells for which there was more than one result, and the fields in which those differ.
  public let ambiguous: (cells: Int, fields: [String])
  private let cells: [[Observation?]]
  /// Position of the host whose results stand in each column; nil where several hosts' do.
  private let columnHosts: [Int?]

  public init(_ fleet: Fleet, _ projection: Projection) {
    let results = fleet.observations.filter { projection.filter?.accepts($0, in: fleet) ?? true }
    var layout = GridLayout(projection)
    for result in results { layout.add(result, fleet) }
    let columns = layout.columns
    let chosen = layout.columnHosts.firstIndex(of: fleet.baseline) ?? 0
    self.fleet = fleet
    self.projection = projection
    self.columns = columns
    baseline = chosen
    ambiguous = (layout.collisions, layout.differingFields(fleet))
    let order = Self.order(layout, fleet, baseline: chosen)
    rows = order.map { layout.rows[$0] }
    let cells = order.map { row in columns.indices.map { layout.cell(row, $0) } }
    self.cells = cells
    columnHosts = columns.indices.map { column in
      let hosts = Set(cells.compactMap { $0[column]?.host })
      return hosts.count == 1 ? hosts.first : nil
    }
  }

  public subscript(row: Int, column: Int) -> Observation? { cells[row][column] }

  /// The title of a column: the fields' values side by side.
  func columnTitle(_ column: Int) -> String {
    columns[column].map(\.description).joined(separator: " ")
  }

  /// Rows that every column has.
  var commonRows: [Int] {
    rows.indices.filter { row in columns.indices.allSatisfy { cells[row][$0] != nil } }
  }

  /// The host whose results stand in a column, where it is one host's.
  func host(ofColumn column: Int) -> FleetHost? {
    columnHosts[column].map { fleet.hosts[$0] }
  }

  func hostPosition(ofColumn column: Int) -> Int? { columnHosts[column] }

  /// Time of the base over time of the cell.
  func speedup(_ row: Int, _ column: Int) -> UnpairedRatio? {
    guard column != baseline, let base = cells[row][baseline] else { return nil }
    return cells[row][column]?.speedup(over: base)
  }

  func noiseFloor(_ row: Int, _ column: Int) -> Double {
    max(cells[row][baseline]?.noiseFloor ?? 0, cells[row][column]?.noiseFloor ?? 0)
  }

  private static func order(_ layout: GridLayout, _ fleet: Fleet, baseline: Int) -> [Int] {
    let all = Array(layout.rows.indices)
    guard let sort = layout.projection.sort else { return all }
    let ordered: [Int]
    if case .field(let field) = sort.key {
      let values = all.map { layout.first(inRow: $0).map { field.value($0, fleet) } ?? .text("") }
      ordered = all.sorted { (values[$0], $0) < (values[$1], $1) }
    } else {
      let values = all.map { measure(sort.key, layout, row: $0, baseline) }
      ordered = all.sorted { (values[$0], $0) < (values[$1], $1) }
    }
    return sort.isDescending ? ordered.reversed() : ordered
  }

  private static func measure(
    _ key: Projection.Sort.Key, _ layout: GridLayout, row: Int, _ baseline: Int
  ) -> Double {
    let base = layout.cell(row, baseline)
    switch key {
    case .share: return base?.row.share?.share ?? .infinity
    case .ratio:
      let last = layout.columns.indices.last { $0 != baseline && layout.cell(row, $0) != nil }
      guard let base = base?.seconds, let last, let other = layout.cell(row, last)?.seconds else {
        return .infinity
      }
      return base / other
    case .seconds, .field: return base?.seconds ?? .infinity
    }
  }
}

/// Collects results into cells. Of several results for one cell the one with most cores stays, then the newest.
private struct GridLayout {
  let projection: Projection
  private(set) var rows: [[FieldValue]] = []
  private(set) var columns: [[FieldValue]] = []
  /// The host of the first result of each column.
  private(set) var columnHosts: [Int] = []
  private(set) var collisions = 0
  private var rowPositions: [[FieldValue]: Int] = [:]
  private var columnPositions: [[FieldValue]: Int] = [:]
  private var cells: [Place: Observation] = [:]
  private var rivals: [(Observation, Observation)] = []

  private struct Place: Hashable {
    var row: Int
    var column: Int
  }

  init(_ projection: Projection) { self.projection = projection }

  mutating func add(_ result: Observation, _ fleet: Fleet) {
    let place = Place(
      row: row(projection.rows.map { $0.value(result, fleet) }),
      column: column(projection.columns.map { $0.value(result, fleet) }, host: result.host))
    guard let present = cells[place] else {
      cells[place] = result
      return
    }
    collisions += 1
    if rivals.count < 1000 { rivals.append((present, result)) }
    let isNewer = Self.rank(result) > Self.rank(present)
    cells[place] = isNewer ? result : present
  }

  func cell(_ row: Int, _ column: Int) -> Observation? { cells[Place(row: row, column: column)] }

  func first(inRow row: Int) -> Observation? {
    columns.indices.lazy.compactMap { cell(row, $0) }.first
  }

  /// In which fields the results that met in one cell differ.
  func differingFields(_ fleet: Fleet) -> [String] {
    Fields.all.filter { field in
      rivals.contains { field.value($0.0, fleet) != field.value($0.1, fleet) }
    }.map(\.name)
  }

  private static func rank(_ result: Observation) -> (Int, String) {
    (result.record.cores, result.record.provenance.time)
  }

  private mutating func row(_ key: [FieldValue]) -> Int {
    if let known = rowPositions[key] { return known }
    rowPositions[key] = rows.count
    rows.append(key)
    return rows.count - 1
  }

  private mutating func column(_ key: [FieldValue], host: Int) -> Int {
    if let known = columnPositions[key] { return known }
    columnPositions[key] = columns.count
    columns.append(key)
    columnHosts.append(host)
    return columns.count - 1
  }
}
