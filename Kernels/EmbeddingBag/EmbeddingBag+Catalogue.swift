// EmbeddingBag+Catalogue.swift: the rows of embedding-bag: one a variant.

import CHoneKernel

func addEmbeddingBagRows(_ catalogue: inout Catalogue) {
  catalogue.add(
    "embedding-bag", "f32", "blocked",
    "blocks of columns summed in registers, rows prefetched ahead across bags",
    check: embedding_bag_f32_blocked_check, workspace: embedding_bag_workspace,
    run: embedding_bag_f32_blocked
  ) {
    addPrefetch(&$0)
    $0.doubling("block", 1, 8, default: 8, "vectors of columns summed in one pass over a bag")
  }
  catalogue.add(
    "embedding-bag", "f32", "fixed",
    "whole rows in registers, for dimensions of a few whole vectors",
    check: embedding_bag_f32_fixed_check, workspace: embedding_bag_workspace,
    run: embedding_bag_f32_fixed
  ) { addPrefetch(&$0) }
  catalogue.add(
    "embedding-bag", "f32", "rows", "each row added to the output row, nothing prefetched",
    check: embedding_bag_f32_rows_check, workspace: embedding_bag_workspace,
    run: embedding_bag_f32_rows)
}

private func addPrefetch(_ list: inout ParameterList) {
  list.doubling(
    "prefetch_distance", 0, 64, default: 32,
    "look-ups between asking for a row and adding it; 0 leaves it to the hardware")
  list.linear(
    "prefetch_level", 0, 3, default: 2,
    "cache level that rows are brought to; 0 is non-temporal: past the outer caches")
  list.linear("partition", 0, 1, default: 1, "threads share 0 bags, 1 look-ups equally")
}
