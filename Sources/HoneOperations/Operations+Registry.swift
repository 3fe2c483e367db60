// Operations+Registry.swift: every operation that Hone knows; one row each.

public import HoneCore

public enum Operations {
  public static let all: [any Operation] = [
    GEMMOperation(),
    EmbeddingBagOperation(),
    AttentionOperation(),
  ]

  public static func named(_ name: String) -> (any Operation)? { all.first { $0.name == name } }

  /// How far the data of a recorded problem is from that of another one; nil where anything but its data and its extents differs, or nothing does.
  public static func likeness(_ recorded: Problem, _ asked: Problem) -> DataLikeness? {
    guard recorded.operation == asked.operation, recorded.types == asked.types,
      recorded.attributes != asked.attributes, let operation = named(asked.operation)
    else { return nil }
    let names = operation.attributes.filter(\.isData).map(\.name)
    var problem = recorded
    for name in names { problem.attributes[name] = asked.attributes[name] }
    guard problem.attributes == asked.attributes,
      let distance = operation.dataDistance(recorded, asked)
    else { return nil }
    let different = names.filter { recorded.attributes[$0] != asked.attributes[$0] }.map {
      "\($0): \(recorded.attributes[$0] ?? "") instead of \(asked.attributes[$0] ?? "")"
    }
    let hundredths = Int((distance * 100).rounded())
    let apart = "\(hundredths / 100).\(hundredths % 100 / 10)\(hundredths % 10) apart"
    return DataLikeness(
      problem: problem, distance: distance,
      differs: (different + [apart]).joined(separator: ", "))
  }
}
