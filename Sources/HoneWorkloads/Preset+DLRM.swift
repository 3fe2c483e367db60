// Preset+DLRM.swift: the recommendation model of MLPerf: MLPs, cross network and 26 embedding tables.

extension Presets {
  /// Samples in one batch.
  private static let batch = 256
  /// The largest tables have 40 million rows; they are cut to this many so that a table fits ordinary machines.
  private static let mostRows = 1_000_000

  static let dlrm = Workload(
    name: "dlrm",
    summary: "DLRM-DCNv2, MLPerf's recommendation model: one forward pass of 256 samples.",
    source: """
      MLPerf DLRM-DCNv2 on Criteo 1TB (mlcommons/training, recommendation_v2): embedding dimension 128, dense \
      13-512-256-128, cross network of 3 layers with rank 512 over 27 × 128 = 3456 features, over 3456-1024-1024-512-256-1, 26 tables with the \
      published numbers of indices per bag. Scaled: tables of 3 and of 40 million rows are cut to 1 million (512 MB); tables of \
      like size and bag length are one entry, with their number as its weight. Batch 256 and skewed (zipf) indices are ours.
      """,
    entries: mlps + tables)

  private static let mlps: [WorkloadEntry] = [
    .linear(rows: batch, outputs: 512, inputs: 13, operands: .warm, note: "dense 1"),
    .linear(rows: batch, outputs: 256, inputs: 512, operands: .warm, note: "dense 2"),
    .linear(rows: batch, outputs: 128, inputs: 256, operands: .warm, note: "dense 3"),
    .linear(
      rows: batch, outputs: 512, inputs: 3456, weight: 3, operands: .warm, note: "cross, down"),
    .linear(
      rows: batch, outputs: 3456, inputs: 512, weight: 3, operands: .warm, note: "cross, up"),
    .linear(rows: batch, outputs: 1024, inputs: 3456, operands: .warm, note: "over 1"),
    .linear(rows: batch, outputs: 1024, inputs: 1024, operands: .warm, note: "over 2"),
    .linear(rows: batch, outputs: 512, inputs: 1024, operands: .warm, note: "over 3"),
    .linear(rows: batch, outputs: 256, inputs: 512, operands: .warm, note: "over 4"),
    .linear(rows: batch, outputs: 1, inputs: 256, operands: .warm, note: "over 5"),
  ]

  /// Rows, indices per bag, number of such tables, and which they are, by MLPerf's numbering from 0.
  private static let tableKinds: [(rows: Int, perBag: Int, tables: Double, note: String)] = [
    (mostRows, 100, 1, "table 20, of 40 million rows"),
    (mostRows, 27, 1, "table 21, of 40 million rows"),
    (mostRows, 12, 1, "table 19, of 40 million rows"),
    (mostRows, 7, 1, "table 9, of 40 million rows"),
    (mostRows, 3, 2, "tables 0 and 10, of 40 and 3 million rows"),
    (590_152, 10, 1, "table 22"),
    (405_282, 8, 1, "table 11"),
    (20_265, 6, 2, "tables 4 and 14 (11938 rows, 9 per bag)"),
    (12_973, 3, 3, "tables 23, 1 and 2 (39060 and 17295 rows, 2 and 1 per bag)"),
    (7_424, 2, 4, "tables 3, 6, 7 and 17 (976 to 7424 rows, 1 to 2 per bag)"),
    (2_209, 6, 1, "table 13"),
    (108, 1, 8, "tables 24, 5, 8, 12, 15, 16, 18 and 25 (3 to 155 rows)"),
  ]

  private static let tables: [WorkloadEntry] = tableKinds.map {
    .embeddingBag(
      rows: $0.rows, dim: 128, bags: batch, perBag: $0.perBag, distribution: "zipf",
      weight: $0.tables, note: $0.note)
  }
}
