// Coarser.swift: for problems that allow an error: which coarser problems may be computed in their place, whatever the operation.

public import HoneCore

/// The attribute "max-error" of every operation that has it.
public enum Coarser {
  /// Finest first; empty for problems that allow no error, and for those that have no coarser form.
  public static func problems(than problem: Problem) -> [Problem] {
    switch problem.operation {
    case "gemm": GEMMPrecision.coarser(than: problem)
    case "embedding-bag": BagPrecision.coarser(than: problem)
    default: []
    }
  }

  /// Can a problem of these types be computed in a coarser precision at all?
  public static func isKnown(for problem: Problem) -> Bool {
    problem.operation == "embedding-bag"
      ? BagPrecision.isKnown(problem.types) : GEMMPrecision.isKnown(for: problem)
  }
}
