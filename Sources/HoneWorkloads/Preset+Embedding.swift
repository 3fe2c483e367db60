// Preset+Embedding.swift: embedding tables alone: traffic as published in 2021 and 2022, many small tables, one giant table.

extension Presets {
  /// The row types that serving uses, with how often the presets count each.
  private static let servedTypes: [(types: String, weight: Double)] = [
    ("f32", 1), ("f16", 1), ("u8f32", 2), ("u4f16", 2),
  ]

  static let embedding2021 = traffic(year: 2021, dim: 64, perBag: 16)
  static let embedding2022 = traffic(year: 2022, dim: 128, perBag: 14)

  /// The published batches: 856 tables with 887 million look-ups for 65536 samples, and 788 with 1405 million for 131072.
  private static func traffic(year: Int, dim: Int, perBag: Int) -> Workload {
    Workload(
      name: "embedding-\(year)",
      summary:
        "Embedding tables with the reuse of production-like traffic of \(year), four row types.",
      source: """
        facebookresearch/dlrm_datasets, statistics of \(year): look-ups of a table for each sample (about \(perBag) on average), and how often rows \
        are looked up again (the distribution reuse\(year), fitted to the histogram). Ours: 4 million rows a table, dimension \(dim), batches of 512 \
        and of 64 samples, and the mix of row types.
        """,
      entries: servedTypes.flatMap { kind in
        [512, 64].map { bags in
          .embeddingBag(
            types: kind.types, rows: 4_000_000, dim: dim, bags: bags, perBag: perBag,
            distribution: "reuse\(year)", weight: kind.weight,
            note: "\(kind.types) rows, \(bags) samples")
        }
      })
  }

  static let embeddingSmall = Workload(
    name: "embedding-small",
    summary: "Embedding tables that stay in a core's caches: categories with few values.",
    source: """
      The small tables of MLPerf's DLRM-DCNv2 on Criteo 1TB (mlcommons/training, recommendation_v2): 18 of its 26 tables have fewer than 50,000 \
      rows, 8 fewer than 160, most with one to ten look-ups a sample. Rows as published for three of them; dimension 128, as there, and 32; batches ours.
      """,
    entries: servedTypes.flatMap { kind in
      [(108, 1, 128), (7424, 2, 128), (39060, 2, 128), (7424, 10, 32)].map { rows, perBag, dim in
        .embeddingBag(
          types: kind.types, rows: rows, dim: dim, bags: 256, perBag: perBag,
          distribution: "zipf", weight: kind.weight, operands: .warm,
          note: "\(kind.types), \(rows) rows, \(perBag) a sample")
      }
    })

  static let embeddingGiant = Workload(
    name: "embedding-giant",
    summary: "One table beyond every cache and most translation buffers, looked up anywhere.",
    source: """
      The largest tables of MLPerf's DLRM-DCNv2 (mlcommons/training, recommendation_v2) have 40 million rows of 128: 20 GB in f32. Scaled: as many rows \
      as take 2 GB in f32 (4 million), so that a table fits ordinary machines and still lies far beyond caches and 4 KiB translations. \
      Look-ups anywhere (uniform) are the worst case; 100 a sample is the longest bag of that model, 10 a common one.
      """,
    entries: servedTypes.flatMap { kind in
      [100, 10].map { perBag in
        .embeddingBag(
          types: kind.types, rows: 4_000_000, dim: 128, bags: 512, perBag: perBag,
          distribution: "uniform", weight: kind.weight, note: "\(kind.types), \(perBag) a sample")
      }
    })
}
