// Operations+Registry.swift: every operation that Hone knows; one row each.

public enum Operations {
  public static let all: [any Operation] = [
    GEMMOperation(),
    EmbeddingBagOperation(),
    AttentionOperation(),
  ]

  public static func named(_ name: String) -> (any Operation)? { all.first { $0.name == name } }
}
