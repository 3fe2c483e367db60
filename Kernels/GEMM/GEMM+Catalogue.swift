// GEMM+Catalogue.swift: the rows of GEMM: one a variant, register tiles as far as this build's registers go.

import CHoneKernel
import CIntrinsics

/// In the order in which defaults are taken: the first that does not call itself unprofitable. Where `direct` takes a problem, it wins.
/// A build for an extension of a level holds the rows that are faster for it, and leaves the others to the level's own build.
func addGEMMRows(_ catalogue: inout Catalogue) {
  #if HONE_VNNI || HONE_BF16
    addExtensionRows(&catalogue)
  #else
    addLevelRows(&catalogue)
  #endif
}

#if HONE_VNNI || HONE_BF16
  private func addExtensionRows(_ catalogue: inout Catalogue) {
    addDotRows(&catalogue)
    #if HONE_BF16
      catalogue.add("gemm", "f32bf16", "dot", bf16Pairs)
      catalogue.also("bf16", "dot", bf16Pairs)
      catalogue.also("bf16bf16f32", "dot", bf16Pairs)
    #endif
  }
#endif

private func addLevelRows(_ catalogue: inout Catalogue) {
  catalogue.add(
    "gemm", "f32", "direct", "operands where they are: small problems and thin ones (GEMV)",
    check: gemm_f32_direct_check, workspace: gemm_f32_direct_workspace, run: gemm_f32_direct
  ) {
    $0.doubling(
      "kc", 0, 1024, step: 8, default: 0,
      "depth of a block, 0 automatic: how many rows of B are read side by side")
    $0.linear(
      "partition", 0, 3, default: 3,
      "threads divide C by columns (0), by rows (1), by the more of them (3), or k (2)")
  }
  addPackedRows(&catalogue)
  addWeightRows(&catalogue)
  catalogue.add(
    "gemm", "f64", "panels", "doubles: packed panels of B, A where it lies",
    check: gemm_f64_panels_check, workspace: gemm_f64_panels_workspace, run: gemm_f64_panels
  ) { $0.doubling("kc", 64, 1024, default: 256, "depth of a packed block, for L2") }
  catalogue.add(
    "gemm", "f32", "naive", "three scalar loops: always works, never fast",
    check: gemm_f32_naive_check, workspace: gemm_f32_no_workspace, run: gemm_f32_naive)
}

/// A tile fits when MR * NV + NV + 1 registers exist; without a fused multiply-add one more for the product.
private func addPackedRows(_ catalogue: inout Catalogue) {
  #if HONE_REGISTERS_32
    // Widest first: it reads A least, and was the fastest of them at every size from 250 to 2048 (Zen 4).
    catalogue.addPacked(
      6, 4, { PackedGEMM<6, 4, 24>.check($0, $1) },
      { PackedGEMM<6, 4, 24>.workspace($0, $1, $2) },
      { PackedGEMM<6, 4, 24>.run($0, $1, $2, $3) })
    // 14 rows need A's values broadcast from memory; arm64 keeps them in registers, and runs out of those.
    #if HONE_LANES_16
      catalogue.addPacked(
        14, 2, { PackedGEMM<14, 2, 28>.check($0, $1) },
        { PackedGEMM<14, 2, 28>.workspace($0, $1, $2) },
        { PackedGEMM<14, 2, 28>.run($0, $1, $2, $3) })
    #endif
    catalogue.addPacked(
      12, 2, { PackedGEMM<12, 2, 24>.check($0, $1) },
      { PackedGEMM<12, 2, 24>.workspace($0, $1, $2) },
      { PackedGEMM<12, 2, 24>.run($0, $1, $2, $3) })
    catalogue.addPacked(
      8, 3, { PackedGEMM<8, 3, 24>.check($0, $1) },
      { PackedGEMM<8, 3, 24>.workspace($0, $1, $2) },
      { PackedGEMM<8, 3, 24>.run($0, $1, $2, $3) })
  #elseif HONE_FMA
    catalogue.addPacked(
      6, 2, { PackedGEMM<6, 2, 12>.check($0, $1) },
      { PackedGEMM<6, 2, 12>.workspace($0, $1, $2) },
      { PackedGEMM<6, 2, 12>.run($0, $1, $2, $3) })
    catalogue.addPacked(
      4, 3, { PackedGEMM<4, 3, 12>.check($0, $1) },
      { PackedGEMM<4, 3, 12>.workspace($0, $1, $2) },
      { PackedGEMM<4, 3, 12>.run($0, $1, $2, $3) })
    catalogue.addPacked(
      5, 2, { PackedGEMM<5, 2, 10>.check($0, $1) },
      { PackedGEMM<5, 2, 10>.workspace($0, $1, $2) },
      { PackedGEMM<5, 2, 10>.run($0, $1, $2, $3) })
    catalogue.addPacked(
      8, 1, { PackedGEMM<8, 1, 8>.check($0, $1) },
      { PackedGEMM<8, 1, 8>.workspace($0, $1, $2) },
      { PackedGEMM<8, 1, 8>.run($0, $1, $2, $3) })
  #else
    catalogue.addPacked(
      4, 2, { PackedGEMM<4, 2, 8>.check($0, $1) },
      { PackedGEMM<4, 2, 8>.workspace($0, $1, $2) },
      { PackedGEMM<4, 2, 8>.run($0, $1, $2, $3) })
    catalogue.addPacked(
      6, 1, { PackedGEMM<6, 1, 6>.check($0, $1) },
      { PackedGEMM<6, 1, 6>.workspace($0, $1, $2) },
      { PackedGEMM<6, 1, 6>.run($0, $1, $2, $3) })
  #endif
}

/// Weights that are constant, multiplied by integers.
private func addDotRows(_ catalogue: inout Catalogue) {
  catalogue.add("gemm", "f32s8", "dot", s8Dot)
  catalogue.also("bf16s8", "dot", s8Dot)
  catalogue.add("gemm", "f32s4", "dot", s4Dot)
  catalogue.also("bf16s4", "dot", s4Dot)
  catalogue.add("gemm", "u8s8f32", "dot", byteDot)
  catalogue.also("u8s8bf16", "dot", byteDot)
  catalogue.also("u8s8s32", "dot", byteDot)
  catalogue.also("s8s8f32", "dot", byteDot)
  catalogue.also("s8s8bf16", "dot", byteDot)
  catalogue.also("s8s8s32", "dot", byteDot)
}

/// Weights that are constant, in the formats that they have.
private func addWeightRows(_ catalogue: inout Catalogue) {
  // By integers first: where the problem allows it, it is the default.
  addDotRows(&catalogue)
  catalogue.add("gemm", "f32f32", "weights", f32Weights)
  catalogue.add("gemm", "f32bf16", "weights", bf16Weights)
  catalogue.also("bf16", "weights", bf16Weights)
  catalogue.also("bf16bf16f32", "weights", bf16Weights)
  catalogue.add("gemm", "f32f16", "weights", f16Weights)
  catalogue.also("f16", "weights", f16Weights)
  catalogue.also("f16f16f32", "weights", f16Weights)
  catalogue.add("gemm", "f32s8", "weights", s8Weights)
  catalogue.also("bf16s8", "weights", s8Weights)
  catalogue.add("gemm", "f32s4", "weights", s4Weights)
  catalogue.also("bf16s4", "weights", s4Weights)
}

/// The entry points of a format of weights. They read the types of A and C from the problem, and serve all rows of the format.
private struct WeightRow {
  var summary: StaticString
  var check: hone_kernel_check
  var workspace: hone_kernel_workspace
  var run: hone_kernel_run
  var packing: PackingEntries
  var parameters: (inout ParameterList) -> Void
}

private var s8Dot: WeightRow {
  WeightRow(
    summary: "packed weights times A rounded to bytes: sums in integers",
    check: { DotGEMM<S8Dot>.check($0, $1) }, workspace: { DotGEMM<S8Dot>.workspace($0, $1, $2) },
    run: { DotGEMM<S8Dot>.run($0, $1, $2, $3) },
    packing: PackingEntries(
      bytes: { WeightPacking<S8Dot>.bytes($0) },
      pack: { WeightPacking<S8Dot>.pack($0, $1, $2) }),
    parameters: prefetchParameter)
}

private var s4Dot: WeightRow {
  WeightRow(
    summary: "packed weights times A rounded to bytes: sums in integers",
    check: { DotGEMM<S4Dot>.check($0, $1) }, workspace: { DotGEMM<S4Dot>.workspace($0, $1, $2) },
    run: { DotGEMM<S4Dot>.run($0, $1, $2, $3) },
    packing: PackingEntries(
      bytes: { WeightPacking<S4Dot>.bytes($0) },
      pack: { WeightPacking<S4Dot>.pack($0, $1, $2) }),
    parameters: prefetchParameter)
}

private var byteDot: WeightRow {
  WeightRow(
    summary: "A in bytes times packed weights in bytes: exact sums",
    check: { DotGEMM<ByteDot>.check($0, $1) },
    workspace: { DotGEMM<ByteDot>.workspace($0, $1, $2) },
    run: { DotGEMM<ByteDot>.run($0, $1, $2, $3) },
    packing: PackingEntries(
      bytes: { WeightPacking<ByteDot>.bytes($0) },
      pack: { WeightPacking<ByteDot>.pack($0, $1, $2) }),
    parameters: prefetchParameter)
}

private var f32Weights: WeightRow {
  WeightRow(
    summary: "weights of floats in the order in which tiles read them",
    check: { WeightsGEMM<F32Weights>.check($0, $1) },
    workspace: { WeightsGEMM<F32Weights>.workspace($0, $1, $2) },
    run: { WeightsGEMM<F32Weights>.run($0, $1, $2, $3) },
    packing: PackingEntries(
      bytes: { WeightPacking<F32Weights>.bytes($0) },
      pack: { WeightPacking<F32Weights>.pack($0, $1, $2) }),
    parameters: floatParameters)
}

private var bf16Weights: WeightRow {
  WeightRow(
    summary: "packed weights that become floats on their way to the sums",
    check: { WeightsGEMM<BF16Weights>.check($0, $1) },
    workspace: { WeightsGEMM<BF16Weights>.workspace($0, $1, $2) },
    run: { WeightsGEMM<BF16Weights>.run($0, $1, $2, $3) },
    packing: PackingEntries(
      bytes: { WeightPacking<BF16Weights>.bytes($0) },
      pack: { WeightPacking<BF16Weights>.pack($0, $1, $2) }),
    parameters: weightParameters)
}

private var f16Weights: WeightRow {
  WeightRow(
    summary: "packed weights that become floats on their way to the sums",
    check: { WeightsGEMM<F16Weights>.check($0, $1) },
    workspace: { WeightsGEMM<F16Weights>.workspace($0, $1, $2) },
    run: { WeightsGEMM<F16Weights>.run($0, $1, $2, $3) },
    packing: PackingEntries(
      bytes: { WeightPacking<F16Weights>.bytes($0) },
      pack: { WeightPacking<F16Weights>.pack($0, $1, $2) }),
    parameters: weightParameters)
}

private var s8Weights: WeightRow {
  WeightRow(
    summary: "packed weights that become floats on their way to the sums",
    check: { WeightsGEMM<S8Weights>.check($0, $1) },
    workspace: { WeightsGEMM<S8Weights>.workspace($0, $1, $2) },
    run: { WeightsGEMM<S8Weights>.run($0, $1, $2, $3) },
    packing: PackingEntries(
      bytes: { WeightPacking<S8Weights>.bytes($0) },
      pack: { WeightPacking<S8Weights>.pack($0, $1, $2) }),
    parameters: weightParameters)
}

private var s4Weights: WeightRow {
  WeightRow(
    summary: "packed weights that become floats on their way to the sums",
    check: { WeightsGEMM<S4Weights>.check($0, $1) },
    workspace: { WeightsGEMM<S4Weights>.workspace($0, $1, $2) },
    run: { WeightsGEMM<S4Weights>.run($0, $1, $2, $3) },
    packing: PackingEntries(
      bytes: { WeightPacking<S4Weights>.bytes($0) },
      pack: { WeightPacking<S4Weights>.pack($0, $1, $2) }),
    parameters: weightParameters)
}

#if HONE_BF16
  private var bf16Pairs: WeightRow {
    WeightRow(
      summary: "packed weights times A rounded to bfloat16: sums in floats",
      check: { PairGEMM.check($0, $1) }, workspace: { PairGEMM.workspace($0, $1, $2) },
      run: { PairGEMM.run($0, $1, $2, $3) },
      packing: PackingEntries(
        bytes: { WeightPacking<BF16Pairs>.bytes($0) },
        pack: { WeightPacking<BF16Pairs>.pack($0, $1, $2) }),
      parameters: pairParameters)
  }

  private func pairParameters(_ list: inout ParameterList) {
    list.doubling("kc", 128, 8192, default: 1024, "depth of a block, for L1 (A) and L2 (B)")
    prefetchParameter(&list)
  }
#endif

/// A block of converted weights of 128 steps is 32 KB: it stays in an L1 of 48 KB (Intel's), not in one of 32 KB, and between L2 and the tiles a
/// deeper one costs no more and passes over C less often.
private func weightParameters(_ list: inout ParameterList) {
  weightParameters(&list, kc: CIntrinsics_isIntel() != 0 ? 128 : 512)
}

/// Nothing is converted, so that a block is only as short as B's part in L2 must be.
private func floatParameters(_ list: inout ParameterList) {
  weightParameters(&list, kc: 512)
}

private func weightParameters(_ list: inout ParameterList, kc: Int64) {
  // Zen 4: 8 to 20 rows 1.1 to 1.3 times as fast by tiles of six. On Intel's not measured with those, so two of them.
  list.linear(
    "direct_rows", 0, 32, default: CIntrinsics_isIntel() != 0 ? 12 : 24,
    "rows of A up to which weights are converted in each tile, four tiles at most")
  list.doubling(
    "kc", 64, 1024, default: kc, "depth of a block of weights, converted if need be")
  prefetchParameter(&list)
}

/// Intel's prefetchers look less far than a tile waits. Zen 4's follow a panel best where nobody asks beyond what they bring: a distance of 4096
/// was 0.5 to 0.97 times as fast up to 6 rows, of 1024 and more 0.6 to 1.0.
private func prefetchParameter(_ list: inout ParameterList) {
  list.doubling(
    "prefetch", 0, 8192, step: 256, default: CIntrinsics_isIntel() != 0 ? 4096 : 256,
    "bytes of weights to ask for ahead")
}

extension Catalogue {
  fileprivate mutating func add(
    _ operation: StaticString, _ types: StaticString, _ algorithm: StaticString, _ row: WeightRow
  ) {
    add(
      operation, types, algorithm, row.summary, check: row.check, workspace: row.workspace,
      run: row.run, packing: row.packing, parameters: row.parameters)
  }

  /// The same entry points for other types of A and C: the file is that of the types in the row with the operation's name.
  fileprivate mutating func also(
    _ types: StaticString, _ algorithm: StaticString, _ row: WeightRow
  ) {
    add("gemm", types, algorithm, row)
  }

  fileprivate mutating func addPacked(
    _ mr: Int64, _ vectors: Int64, _ check: hone_kernel_check, _ workspace: hone_kernel_workspace,
    _ run: hone_kernel_run
  ) {
    let nr = vectors * Int64(lanes)
    // Unrolled by 4, a tile that takes every register spills.
    #if HONE_REGISTERS_32
      let unroll: Int64 = 4
    #else
      let unroll: Int64 = mr * vectors + vectors + 1 < 16 ? 4 : 2
    #endif
    add(
      "gemm", "f32", "packed", tile: (mr, nr), "packed blocks for each cache: large problems",
      check: check, workspace: workspace, run: run
    ) {
      $0.linear(
        "mc", 4 * mr, 96 * mr, step: 4 * mr, default: 16 * mr, "rows of A in a block, for L2")
      $0.linear("kc", 64, 1024, step: 64, default: 512, "depth of the blocks of A and B, for L1")
      $0.doubling(
        "nc", 8 * nr, 256 * nr, default: 128 * nr,
        "columns of B in a block, for the last-level cache")
      $0.linear(
        "prefetch", 0, 1, default: 1, "ask for a tile of C before it is needed: 0 no, 1 yes")
      // Threads that share rows alone pack B together and wait for one another: two of them gained 1.0 to 1.1 at 512 … 1024 cubed, 2.2 at
      // 64x512x512 and 2.6 at 37x211x1000 from parts of C nearest to square (decision 0063).
      $0.linear(
        "partition", 0, 3, default: 2,
        "threads divide C by rows (0), by columns (1), by both (2), or k (3)")
      $0.doubling(
        "unroll", 1, 4, default: unroll, "steps of k in an iteration of the innermost loop")
      $0.linear(
        "order", 0, 1, default: 0,
        "a panel of B stays near for all rows (0), or of A for all columns (1)")
      $0.linear(
        "pack_a", 0, 2, default: 2,
        "A is packed (1), read where it lies (0) if its rows are contiguous, or as C is wide (2)")
    }
  }
}
