// GEMM-f32-direct.swift: reads A and B where they are: small problems, and problems with one thin side (GEMV at the limit).
//
// Idea: packing pays when an element is used often; here it is not. Three forms, by which operand is contiguous where:
//   outer  rows of Y are contiguous (B as stored, or A stored transposed for the transposed product): broadcast an
//          element of X, multiply a row of Y. Depth is cut into blocks of kc so that Y streams in a few long runs.
//   dot    rows of A and columns of B are contiguous along k (B stored transposed: x * W^T, the layout of inference):
//          vectors along k, summed at the end.
//   turned the same layout where k is short for its sums: a piece of Y is transposed into 16 KB of scratch, then outer.
// Registers and tiles: OuterTile.swift, DotTile.swift. Workspace: the scratch of each thread, for the turned form.
// Threads: each takes columns (0) or rows (1) of the computed matrix, usually those of which there are more (3); they never meet, and each
// element is read once by the thread that owns it; or a range of k (2, SplitSums.swift). Of a batch each thread takes whole products, where there are enough for all.
// Cost: 2 m n k flops while Y fits a cache; else the time to stream the larger operand once.

import CHoneKernel

/// What direct GEMM computes: C or its transpose, so that one form of the loops serves several layouts.
struct DirectProblem {
  var m: Int
  var n: Int
  var k: Int
  var x: StridedMatrix
  var y: StridedMatrix
  var c: UnsafeMutablePointer<Float>
  /// C's strides: (ldc, 1), or (1, ldc) where the transpose is computed.
  var cRow: Int
  var cColumn: Int
  var alpha: Float
  var beta: Float
  var isTurned: Bool
  /// The transpose of C is computed.
  var isTransposed = false
  /// `scratchFloats` of this thread, where `needsScratch`; else an address that is not used.
  var scratch: UnsafeMutablePointer<Float>

  init(_ call: GEMMCall) {
    scratch = call.c
    (m, n, k) = (call.m, call.n, call.k)
    isTurned = call.isTurned
    (x, y) = (call.a, call.b)
    (c, cRow, cColumn) = (call.c, call.ldc, 1)
    (alpha, beta) = (call.alpha, call.beta)
    // A single row (column) whose elements are neighbours may be read as either layout.
    if m == 1 && x.row == 1 && x.column == 1 { x.row = k }
    if n == 1 && y.column == 1 && y.row == 1 { y.column = k }
    // A matrix times a vector: the vector becomes the row, so that no lane computes what another does.
    if n == 1 && m > 1 && isDot {
      (m, n) = (1, call.m)
      (x, y) = (y.transpose, call.a.transpose)
      (cRow, cColumn, isTransposed) = (1, call.ldc, true)
      return
    }
    let canStream = y.column == 1
    let canStreamTransposed = x.row == 1
    if !isTurned && !isDot && canStreamTransposed && (!canStream || (n < lanes && m > n)) {
      (m, n) = (n, m)
      (x, y) = (call.b.transpose, call.a.transpose)
      (cRow, cColumn, isTransposed) = (1, call.ldc, true)
    }
  }

  /// Both operands are contiguous along k.
  var isDot: Bool { x.column == 1 && y.row == 1 && (y.column != 1 || n == 1) }

  /// For a piece of Y, for a tile whose rows are columns of C, or for a column of Y.
  var needsScratch: Bool { isTurned || (cColumn != 1 && !isDot) || hasSingleColumn }

  /// One column is left beside whole vectors, and X is contiguous along k: that column's vectors can run along k, where a vector of columns
  /// would compute it and nothing else.
  var hasSingleColumn: Bool {
    n % lanes == 1 && x.column == 1 && k <= scratchFloats && !isTurned && !isDot
  }
}

/// Floats of scratch a thread: a piece of Y that stays in L1.
private let scratchFloats = 4096

/// Floats that any second-level cache of a CPU with wide vectors keeps.
private let nearFloats = 128 * 1024

extension GEMMCall {
  /// B is contiguous along k, and turning it costs less (a third of a cycle an element, once) than adding up the lanes of a dot
  /// product (some ten instructions a result) would.
  var isTurned: Bool { b.row == 1 && b.column != 1 && n > 1 && m >= 6 && k < 20 * m }
}

@c(hone_gemm_f32_direct_workspace)
public func gemm_f32_direct_workspace(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?, _ threads: UInt32
) -> Int64 {
  guard gemmVerdict(problem, batched: true) == HONE_KERNEL_OK, let problem else { return 0 }
  let call = GEMMCall(problem)
  if call.isScaling || call.m == 0 || call.n == 0 { return 0 }
  let splits = parameters.map { DirectParameters($0).splits(threads, problem) } ?? false
  if splits && !SplitSums.isPossible(problem) { return 0 }
  // A part of k may be turned where the whole is not.
  let scratch = splits || DirectProblem(call).needsScratch ? scratchFloats : 0
  let floats = scratch + (splits ? SplitSums.floats(call) : 0)
  return Int64(threads) * Int64(floats * MemoryLayout<Float>.size)
}

struct DirectParameters {
  /// Depth of a block; 0: the whole depth where Y is small, else a few rows at a time.
  var kc: Int
  /// Threads take columns (0) or rows (1) of the computed matrix, or of which there are more (3), or ranges of k (2).
  var partition: Int

  init(_ values: UnsafePointer<Int64>) {
    (kc, partition) = (Int(values[0]), Int(values[1]))
  }

  var isValid: Bool { (0...(1 << 20)).contains(kc) && (0...3).contains(partition) }

  /// Of a batch, threads take whole products instead.
  func splits(_ threads: UInt32, _ problem: UnsafeRawPointer) -> Bool {
    partition == 2 && threads > 1
      && problem.assumingMemoryBound(to: hone_gemm.self).pointee.batch <= 1
  }
}

/// Can it be computed? Whether it should be is asked once, before many calls of `run`.
private func directVerdict(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?
) -> Int32 {
  let verdict = floatVerdict(problem, batched: true)
  guard verdict == HONE_KERNEL_OK, let problem, let parameters else {
    return verdict == HONE_KERNEL_OK ? Int32(HONE_KERNEL_BAD_ARGUMENT) : verdict
  }
  guard DirectParameters(parameters).isValid else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
  if DirectParameters(parameters).partition == 2 && !SplitSums.isPossible(problem) {
    return Int32(HONE_KERNEL_UNSUPPORTED)
  }
  return Int32(HONE_KERNEL_OK)
}

@c(hone_gemm_f32_direct_check)
public func gemm_f32_direct_check(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?
) -> Int32 {
  let verdict = directVerdict(problem, parameters)
  guard verdict == HONE_KERNEL_OK, let problem else { return verdict }
  let call = GEMMCall(problem)
  let elements = Double(call.m) * Double(call.k) + Double(call.k) * Double(call.n)
  // Beyond this every operand is read again and again from far caches with strides: packing wins.
  let isSmall = elements <= 96 * 1024
  // Few rows of A read each element of B too seldom to pay for its copy; more of them, where B's rows stay in L2.
  let isPlain = call.a.column == 1 && call.b.column == 1
  let isNear = call.m <= 128 && call.n <= 1024 || call.k * call.n <= nearFloats
  let isThin = min(call.m, call.n) <= 48 || (isPlain && isNear)
  // Nobody else computes batches.
  let isBatch = problem.assumingMemoryBound(to: hone_gemm.self).pointee.batch > 1
  return Int32(isSmall || isThin || isBatch ? HONE_KERNEL_OK : HONE_KERNEL_UNPROFITABLE)
}

@c(hone_gemm_f32_direct)
public func gemm_f32_direct(
  _ problem: UnsafeRawPointer?, _ parameters: UnsafePointer<Int64>?,
  _ workspace: UnsafeMutableRawPointer?, _ team: UnsafePointer<hone_kernel_team>?
) -> Int32 {
  var answer: Int32 = 0
  let verdict = directVerdict(problem, parameters)
  guard
    let start = GEMMRun.begin(
      problem, parameters, team, check: verdict, batched: true, &answer)
  else { return answer }
  let values = DirectParameters(start.parameters)
  if let problem, values.splits(start.team.count, problem) {
    guard let workspace else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
    directSplit(start, values, workspace.assumingMemoryBound(to: Float.self))
    return Int32(HONE_KERNEL_OK)
  }
  let batch = GEMMBatch(start.problem, index: start.index, count: start.count)
  let call = start.call.item(batch.items.lowerBound, start.problem)
  var direct = DirectProblem(call)
  if batch.count > 1 {
    let byRows = values.partition == 1 || (values.partition == 3 && direct.m > direct.n)
    direct = direct.part(batch.index, of: batch.count, byRows: byRows)
  }
  if direct.m == 0 || direct.n == 0 { return Int32(HONE_KERNEL_OK) }
  if direct.needsScratch {
    guard let workspace else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
    direct.scratch =
      workspace.assumingMemoryBound(to: Float.self) + start.index * scratchFloats
  }
  direct.runAll(batch.items.count, start.problem, values)
  // Products of a batch have nothing that follows them.
  if batch.items.count == 1 { direct.finish(start.problem, call) }
  return Int32(HONE_KERNEL_OK)
}

/// Split-K: this thread's range of k, then its share of the additions.
private func directSplit(
  _ start: GEMMRun, _ values: DirectParameters, _ workspace: UnsafeMutablePointer<Float>
) {
  let sums = SplitSums(
    start.call, parts: start.count, in: workspace + start.count * scratchFloats)
  let part = sums.part(start.index, of: start.call)
  if part.k > 0 {
    var direct = DirectProblem(part)
    direct.scratch = workspace + start.index * scratchFloats
    direct.run(values)
  }
  start.meet()
  sums.add(start.index, to: start.call, Epilogue(start.problem))
}

extension DirectProblem {
  /// This product and those of the batch that follow it: only their places differ.
  func runAll(_ count: Int, _ problem: hone_gemm, _ values: DirectParameters) {
    if count == 1 { return run(values) }
    let (a, b) = (Int(problem.a_batch_stride), Int(problem.b_batch_stride))
    var product = self
    for item in 0..<count {
      if item > 0 {
        product.x.base += isTransposed ? b : a
        product.y.base += isTransposed ? a : b
        product.c += Int(problem.c_batch_stride)
      }
      product.run(values)
    }
  }

  @inline(__always)
  func run(_ values: DirectParameters) {
    if isTurned {
      runTurned(values.kc)
    } else if isDot {
      runDot()
    } else {
      runOuter(values.kc)
    }
  }

  /// One thread's rows or columns. Columns are cut at whole cache lines.
  func part(_ index: Int, of count: Int, byRows: Bool) -> DirectProblem {
    var result = self
    if byRows {
      let rows = share(of: m, unit: outerRows, index: index, count: count)
      result.m = rows.count
      result.x.base = x.address(rows.lowerBound, 0)
      result.c = c + rows.lowerBound * cRow
    } else {
      let columns = share(of: n, unit: 16, index: index, count: count)
      result.n = columns.count
      result.y.base = y.address(0, columns.lowerBound)
      result.c = c + columns.lowerBound * cColumn
    }
    return result
  }

  /// What follows the products, for this thread's part of C.
  func finish(_ problem: hone_gemm, _ call: GEMMCall) {
    let epilogue = Epilogue(problem)
    if epilogue.isNothing { return }
    let (row, column) = (c - call.c).quotientAndRemainder(dividingBy: call.ldc)
    let (rows, columns) = isTransposed ? (n, m) : (m, n)
    epilogue.apply(call, rows: row..<row + rows, columns: column..<column + columns)
  }

  /// A column that is left beside whole vectors, then all others.
  func runOuter(_ kc: Int) {
    if !hasSingleColumn { return runBlocks(kc) }
    var whole = self
    whole.n -= 1
    if whole.n > 0 { whole.runBlocks(kc) }
    singleColumn()
  }

  /// The last column: X's rows times that column of Y, which is gathered once.
  private func singleColumn() {
    let from = y.address(0, n - 1)
    for p in 0..<k { scratch[p] = from[p * y.row] }
    var part = self
    (part.m, part.n) = (1, m)
    part.x = StridedMatrix(UnsafeRawPointer(scratch), ld: k, transposed: false)
    part.y = x.transpose
    (part.c, part.cColumn) = (c + (n - 1) * cColumn, cRow)
    DotRow.multiply(part)
  }

  /// Blocks of depth; within one, groups of rows of X against all columns of Y.
  private func runBlocks(_ kc: Int) {
    let depth = kc > 0 ? kc : usualDepth
    if depth >= k { return runRows() }
    var block = self
    var p = 0
    while p < k {
      block.k = min(depth, k - p)
      block.beta = p == 0 ? beta : 1
      block.x.base = x.address(0, p)
      block.y.base = y.address(p, 0)
      block.runRows()
      p += block.k
    }
  }

  /// A small Y: all at once. X larger than Y: as much of Y as L2 keeps easily while X streams by. Y larger than X: for one group of rows,
  /// a few rows of Y side by side, in long runs through memory; several groups read a block again, so that C is passed over seldom.
  private var usualDepth: Int {
    if k * n <= 16 * 1024 { return k }
    if m <= outerRows && m < n { return 8 }
    let depth = m >= n ? max(64, nearFloats / n) : 512
    // Rows of Y that begin whole pages apart share few places of L2.
    return y.row % 1024 == 0 ? min(depth, max(32, nearFloats / y.row)) : depth
  }

  /// From so many rows on, tiles of six beside four vectors are taken.
  private var sixRows: Int { 18 }

  /// Rows that a group of tiles takes. Tiles of eight rows are three vectors wide: of four or eight vectors, a quarter or all would go through
  /// pairs with 16 sums, which six rows beside four vectors do with 24.
  private var groupRows: Int {
    #if HONE_REGISTERS_32
      let vectors = n / lanes
      if n % lanes == 0 && (vectors == 4 || vectors == 8) && m >= sixRows { return 6 }
    #endif
    return outerRows
  }

  /// All rows of X, in groups of what a tile takes, against the block's columns and depth.
  private func runRows() {
    var group = self
    let most = groupRows
    var i = 0
    while i < m {
      let left = m - i
      // The last one or two rows alone would wait for their few sums: they share with those before.
      let rows = left > most && left <= most + 2 ? (left + 1) / 2 : min(most, left)
      group.x.base = x.address(i, 0)
      group.c = c + i * cRow
      outerProduct(rows, group)
      i += rows
    }
  }

  /// Vectors of the next piece of Y: what tiles are wide, without a narrow rest where that can be.
  private func pieceVectors(left: Int) -> Int {
    let vectors = (left + lanes - 1) / lanes
    #if HONE_REGISTERS_32
      if vectors <= 4 { return vectors }
      return m >= sixRows && (vectors % 4 == 0 || vectors % 4 == 3) ? 4 : 3
    #else
      return min(vectors, outerColumns / lanes)
    #endif
  }

  /// Pieces of Y that a tile is wide and that fit the scratch: turned there, then multiplied.
  func runTurned(_ kc: Int) {
    var block = self
    var j = 0
    while j < n {
      let width = pieceVectors(left: n - j) * lanes
      let room = scratchFloats / width
      let depth = kc > 0 ? min(kc, room) : room
      block.n = min(width, n - j)
      block.y = StridedMatrix(scratch, ld: width, transposed: false)
      block.c = c + j * cColumn
      var p = 0
      while p < k {
        block.k = min(depth, k - p)
        block.beta = p == 0 ? beta : 1
        block.x.base = x.address(0, p)
        let source = PackingSource(base: y.address(p, j), across: y.column, along: 1)
        packPanels(source, count: block.n, width: width, depth: block.k, into: scratch)
        block.runRows()
        p += block.k
      }
      j += block.n
    }
  }

  /// A few columns of Y at a time, which stay in a near cache for all rows of X.
  func runDot() {
    if m == 1 { return DotRow.multiply(self) }
    var block = self
    var j = 0
    while j < n {
      let columns = min(dotColumns, n - j)
      block.y.base = y.address(0, j)
      var i = 0
      while i < m {
        let rows = min(dotRows, m - i)
        block.x.base = x.address(i, 0)
        block.c = c + (i * cRow + j * cColumn)
        dotProducts(rows, columns, block)
        i += rows
      }
      j += columns
    }
  }
}
