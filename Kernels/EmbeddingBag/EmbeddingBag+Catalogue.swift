// EmbeddingBag+Catalogue.swift: the rows of embedding-bag: one a variant.

import CHoneKernel

func addEmbeddingBagRows(_ catalogue: inout Catalogue) {
  catalogue.add(
    "embedding-bag", "f32", "blocked",
    "rows of floats: blocks of columns in registers, rows prefetched across bags",
    check: { BlockedBags<FloatRows>.check($0, $1) }, workspace: embedding_bag_workspace,
    run: { BlockedBags<FloatRows>.run($0, $1, $3) }, parameters: wholeParameters)
  catalogue.add(
    "embedding-bag", "f16", "blocked",
    "rows of IEEE binary16: blocks of columns in registers, rows prefetched across bags",
    check: { BlockedBags<HalfRows>.check($0, $1) }, workspace: embedding_bag_workspace,
    run: { BlockedBags<HalfRows>.run($0, $1, $3) }, parameters: wholeParameters)
  catalogue.add(
    "embedding-bag", "bf16", "blocked",
    "rows of bfloat16: blocks of columns in registers, rows prefetched across bags",
    check: { BlockedBags<BrainRows>.check($0, $1) }, workspace: embedding_bag_workspace,
    run: { BlockedBags<BrainRows>.run($0, $1, $3) }, parameters: wholeParameters)
  catalogue.add(
    "embedding-bag", "u8f32", "blocked",
    "rows of bytes, scale and bias as floats: blocks of columns in registers, rows prefetched across bags",
    check: { BlockedBags<U8F32Rows>.check($0, $1) }, workspace: embedding_bag_workspace,
    run: { BlockedBags<U8F32Rows>.run($0, $1, $3) }, parameters: blockedParameters)
  catalogue.add(
    "embedding-bag", "u8f16", "blocked",
    "rows of bytes, scale and bias as binary16: blocks of columns in registers, rows prefetched across bags",
    check: { BlockedBags<U8F16Rows>.check($0, $1) }, workspace: embedding_bag_workspace,
    run: { BlockedBags<U8F16Rows>.run($0, $1, $3) }, parameters: blockedParameters)
  catalogue.add(
    "embedding-bag", "u4f32", "blocked",
    "rows of nibbles, scale and bias as floats: blocks of columns in registers, rows prefetched across bags",
    check: { BlockedBags<U4F32Rows>.check($0, $1) }, workspace: embedding_bag_workspace,
    run: { BlockedBags<U4F32Rows>.run($0, $1, $3) }, parameters: blockedParameters)
  catalogue.add(
    "embedding-bag", "u4f16", "blocked",
    "rows of nibbles, scale and bias as binary16: blocks of columns in registers, rows prefetched across bags",
    check: { BlockedBags<U4F16Rows>.check($0, $1) }, workspace: embedding_bag_workspace,
    run: { BlockedBags<U4F16Rows>.run($0, $1, $3) }, parameters: blockedParameters)
  catalogue.add(
    "embedding-bag", "f32", "rows", "each row added to the output row, nothing prefetched",
    check: embedding_bag_f32_rows_check, workspace: embedding_bag_workspace,
    run: embedding_bag_f32_rows)
}

private func blockedParameters(_ list: inout ParameterList) {
  list.doubling(
    "prefetch_distance", 0, 128, default: 64,
    "look-ups between asking for a row and adding it; 0 leaves it to the hardware")
  list.linear(
    "prefetch_level", 0, 3, default: 2,
    "cache level that rows are brought to; 0 is non-temporal: past the outer caches")
  list.linear(
    "partition", 0, 2, default: 1, "threads share 0 bags, 1 look-ups equally, 2 columns of all bags"
  )
  list.doubling(
    "block", 1, Int64(widestPass), default: Int64(widestPass),
    "vectors of columns joined in one pass over a bag")
  list.linear("stream", 0, 1, default: 0, "1: outputs are stored past the caches")
  list.doubling(
    "near_distance", 0, 32, step: 8, default: 0,
    "look-ups between asking for a row once more, into level 1, and adding it; 0: once is enough")
}

/// Those of rows that may fill whole lines: rows with a scale behind them do not.
private func wholeParameters(_ list: inout ParameterList) {
  blockedParameters(&list)
  list.linear(
    "straight", 0, 1, default: 1,
    "1: rows that fill lines are asked for without a test, into level 2")
}
