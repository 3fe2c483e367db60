// ProblemOptions+Pattern.swift: a problem whose fields stand for many: `m=*`, `m=64..256`, `m=~100`.

internal import HoneCore
internal import HoneDatabase
internal import HoneOperations

extension ProblemOptions {
  /// nil where every field is a plain value.
  func pattern() throws -> ShapePattern? {
    guard fields.contains(where: { $0.contains("=*") || $0.contains("..") || $0.contains("=~") })
    else { return nil }
    guard let known = Operations.named(operation) else {
      // Says which operations there are.
      _ = try problem()
      return nil
    }
    var pattern = ShapePattern(operation: operation, types: types, extents: [:])
    for field in fields {
      let parts = field.split(separator: "=", maxSplits: 1).map(String.init)
      let name = parts.first ?? ""
      let value = parts.count == 2 ? parts[1] : ""
      if known.attributes.contains(where: { $0.name == name }) {
        if value != "*" { pattern.attributes[name] = value }
        continue
      }
      guard known.dimensions.contains(where: { $0.name == name }),
        let extent = ShapePattern.Extent(value)
      else {
        throw HoneError(
          .usage, "'\(field)' is no pattern of \(operation)",
          advice: "Give NAME=*, NAME=A..B, NAME=~N or NAME=N.")
      }
      pattern.extents[name] = extent
    }
    return pattern
  }
}
