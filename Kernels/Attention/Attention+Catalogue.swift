// Attention+Catalogue.swift: the rows of attention: one a variant and its element types.

import CHoneKernel
import CIntrinsics

/// In the order in which defaults are taken: the first that does not call itself unprofitable.
func addAttentionRows(_ catalogue: inout Catalogue) {
  #if HONE_BF16
    catalogue.add(
      "attention", "bf16", "decode",
      "few queries, bfloat16 by products of pairs: read once for all heads",
      AttentionBF16.decode, decodeNarrowParameters)
    catalogue.add(
      "attention", "bf16", "pairs",
      "online softmax over tiles of keys by products of pairs of bfloat16",
      AttentionBF16.pairs
    ) {
      tileParameters(&$0)
      $0.linear("pack_k", 0, 1, default: 0, "1 copies each tile of K to rows without gaps")
      partitionParameters(&$0)
    }
    catalogue.add(
      "attention", "f32s8", "decode",
      "few queries, a cache of scaled bytes by products of whole numbers: read once for all heads",
      AttentionF32S8.decode, decodeNarrowParameters)
    catalogue.add(
      "attention", "bf16s8", "decode",
      "few queries, bfloat16, a cache of scaled bytes by products of whole numbers",
      AttentionBF16S8.decode, decodeNarrowParameters)
  #else
    addCommonRows(&catalogue)
  #endif
}

#if !HONE_BF16
  private func addCommonRows(_ catalogue: inout Catalogue) {
    catalogue.add(
      "attention", "f32", "decode",
      "few queries: the cache is read once for all heads that share it",
      AttentionF32.decode, decodeParameters)
    catalogue.add(
      "attention", "f32", "tiled", "online softmax over tiles of keys, queries along the lanes",
      AttentionF32.tiled, tiledParameters)
    catalogue.add(
      "attention", "f32", "naive", "each row by the definition, in two passes over its keys",
      AttentionF32.naive)
    catalogue.add(
      "attention", "bf16", "decode", "few queries, bfloat16: read once for all heads that share it",
      AttentionBF16.decode, decodeNarrowParameters)
    catalogue.add(
      "attention", "bf16", "tiled", "online softmax over tiles of keys, bfloat16",
      AttentionBF16.tiled, tiledNarrowParameters)
    catalogue.add(
      "attention", "f16", "decode", "few queries, binary16: read once for all heads that share it",
      AttentionF16.decode, decodeNarrowParameters)
    catalogue.add(
      "attention", "f16", "tiled", "online softmax over tiles of keys, binary16",
      AttentionF16.tiled, tiledNarrowParameters)
    catalogue.add(
      "attention", "f32bf16", "decode",
      "few queries, a cache of bfloat16: read once for all heads that share it",
      AttentionF32BF16.decode, decodeNarrowParameters)
    catalogue.add(
      "attention", "f32bf16", "tiled", "online softmax over tiles of keys, a cache of bfloat16",
      AttentionF32BF16.tiled, tiledParameters)
    catalogue.add(
      "attention", "f32f16", "decode",
      "few queries, a cache of binary16: read once for all heads that share it",
      AttentionF32F16.decode, decodeNarrowParameters)
    catalogue.add(
      "attention", "f32f16", "tiled", "online softmax over tiles of keys, a cache of binary16",
      AttentionF32F16.tiled, tiledParameters)
    catalogue.add(
      "attention", "f32s8", "decode",
      "few queries, a cache of scaled bytes: read once for all heads that share it",
      AttentionF32S8.decode, decodeParameters)
    catalogue.add(
      "attention", "f32s8", "tiled", "online softmax over tiles of keys, a cache of scaled bytes",
      AttentionF32S8.tiled, tiledParameters)
    catalogue.add(
      "attention", "bf16s8", "decode",
      "few queries, bfloat16, a cache of scaled bytes: read once for all heads that share it",
      AttentionBF16S8.decode, decodeParameters)
    catalogue.add(
      "attention", "bf16s8", "tiled",
      "online softmax over tiles of keys, bfloat16, a cache of scaled bytes",
      AttentionBF16S8.tiled, tiledNarrowParameters)
  }
#endif

/// Floats: Emerald Rapids gains 1.14 to 1.18 from 32 rows ahead. Zen 4's own prefetchers follow the rows well: on one guest asking lost (0.85
/// to 0.9), on another 16 rows gained 1.07 to 1.16 on one core, nothing to 1.07 on two, and up to 1.4 while its neighbours were busy.
private func decodeParameters(_ list: inout ParameterList) {
  decodeParameters(&list, ahead: CIntrinsics_isIntel() != 0 ? 32 : 16)
}

/// 16 bits: more work for each byte; by the time that it is done, later rows have come (Zen 4: 22 GB/s, not 13).
private func decodeNarrowParameters(_ list: inout ParameterList) {
  decodeParameters(&list, ahead: 32)
}

private func decodeParameters(_ list: inout ParameterList, ahead: Int64) {
  // K and V are two streams that start anew with each tile: the longest was 1.01 to 1.10 times as fast in all of 18 cases.
  list.doubling("key_tile", 16, 2048, default: 2048, "keys whose logits are held at a time")
  list.doubling(
    "key_splits", 0, 64, default: 0,
    "parts that the keys of a cache are cut into; 0: as many as give each thread one")
  list.doubling(
    "prefetch_distance", 0, 64, default: ahead,
    "keys between asking for a row and reading it; 0: never")
  list.doubling(
    "lead_lines", 0, 16, default: 4,
    "lines of a page of memory or of the cache that are asked for while the one before it is read")
}

private func tiledParameters(_ list: inout ParameterList) { tiledParameters(&list, degree: 6) }

/// Outputs of 16 bits are rounded by far more than the shorter polynomial is off.
private func tiledNarrowParameters(_ list: inout ParameterList) {
  tiledParameters(&list, degree: 4)
}

private func tiledParameters(_ list: inout ParameterList, degree: Int64) {
  tileParameters(&list)
  list.linear("pack_k", 0, 1, default: 0, "1 copies each tile of K to rows without gaps")
  list.linear("pack_v", 0, 1, default: 0, "1 copies each tile of V to rows without gaps")
  partitionParameters(&list)
  list.linear(
    "exp_degree", 4, 6, step: 2, default: degree,
    "of the polynomial for 2^x: 6 within 1.01 units in the last place, 4 within 2^-18")
}

private func tileParameters(_ list: inout ParameterList) {
  let unit = Int64(queryTileUnit)
  list.linear(
    "query_tile", unit, 8 * unit, step: unit, default: 4 * unit,
    "queries of one head that meet each tile of keys together")
  list.doubling("key_tile", 16, 512, default: 256, "keys whose logits are held at a time")
}

private func partitionParameters(_ list: inout ParameterList) {
  list.linear(
    "partition", 0, 1, default: 0, "threads share 0 blocks of queries in turns, 1 whole heads")
  list.linear(
    "prefetch", 0, 2, default: 1,
    "asks ahead for 0 nothing, 1 rows of the next queries, 2 also the next tile of keys")
}

/// The entry points of a variant for its element types.
struct AttentionEntries {
  var check: hone_kernel_check
  var workspace: hone_kernel_workspace
  var run: hone_kernel_run
}

extension Catalogue {
  fileprivate mutating func add(
    _ operation: StaticString, _ dataTypes: StaticString, _ algorithm: StaticString,
    _ summary: StaticString, _ entries: AttentionEntries,
    _ parameters: (inout ParameterList) -> Void = { _ in }
  ) {
    add(
      operation, dataTypes, algorithm, summary, check: entries.check, workspace: entries.workspace,
      run: entries.run, parameters: parameters)
  }
}
