// Attention+Catalogue.swift: the rows of attention: one a variant.

import CHoneKernel

/// In the order in which defaults are taken: the first that does not call itself unprofitable.
func addAttentionRows(_ catalogue: inout Catalogue) {
  let unit = Int64(queryTileUnit)
  catalogue.add(
    "attention", "f32", "decode", "few queries: the cache is read once for all heads that share it",
    check: attention_f32_decode_check, workspace: attention_f32_decode_workspace,
    run: attention_f32_decode
  ) {
    $0.doubling("key_tile", 16, 512, default: 256, "keys whose logits are held at a time")
    $0.doubling(
      "key_splits", 0, 64, default: 0,
      "parts that the keys of a cache are cut into; 0: as many as give each thread one")
    $0.doubling(
      "prefetch_distance", 0, 64, default: 8, "keys between asking for a row and reading it")
  }
  catalogue.add(
    "attention", "f32", "tiled", "online softmax over tiles of keys, queries along the lanes",
    check: attention_f32_tiled_check, workspace: attention_f32_tiled_workspace,
    run: attention_f32_tiled
  ) {
    $0.linear(
      "query_tile", unit, 8 * unit, step: unit, default: 4 * unit,
      "queries of one head that meet each tile of keys together")
    $0.doubling("key_tile", 16, 512, default: 256, "keys whose logits are held at a time")
    $0.linear("pack_k", 0, 1, default: 0, "1 copies each tile of K to rows without gaps")
    $0.linear("pack_v", 0, 1, default: 0, "1 copies each tile of V to rows without gaps")
    $0.linear(
      "partition", 0, 1, default: 0, "threads share 0 blocks of queries in turns, 1 whole heads")
  }
  catalogue.add(
    "attention", "f32", "naive", "each row by the definition, in two passes over its keys",
    check: attention_f32_naive_check, workspace: attention_f32_naive_workspace,
    run: attention_f32_naive)
}
