// ProblemSpace.swift: everything that can be tried for a problem here, over all back ends, and what runs untuned.

public import HoneBackends
public import HoneCore
internal import HoneDigest
public import HoneHost

/// The space of a problem on a host, its default, and a signature that changes when the space does.
public struct ProblemSpace: Sendable {
  public var space: Space { tree.space }
  /// The valid points, counted and numbered.
  public var tree: SpaceTree
  /// What Hone would run untuned: the first branch of the first back end that does the problem.
  public var defaultPoint: Point
  /// Hexadecimal; equal exactly when branches, parameters and values are (constraints by their reasons).
  public var signature: String
  /// Valid configurations.
  public var size: Int { tree.count }

  /// - Throws: `HoneError` (`unavailable`) where no back end does the problem.
  public init(
    problem: Problem, backends: Backends, host: HostFacts, cores: Int
  ) throws {
    let branches = backends.all.flatMap { $0.branches(for: problem, host: host, cores: cores) }
    guard !branches.isEmpty else {
      throw HoneError(
        .unavailable, "nothing here computes \(problem.operation) \(problem.types)",
        advice: "Run `hone list backends` to see which kernel libraries were refused, and why.")
    }
    tree = try SpaceTree(Space(branches))
    defaultPoint = tree.space.defaultPoint(ofBranch: 0)
    signature = Self.signature(of: branches)
  }

  public var defaultConfiguration: Configuration { space.configuration(at: defaultPoint) }

  /// The defaults of all branches, the problem's own first: where every search starts.
  public var startPoints: [Point] {
    space.branches.indices.map { space.defaultPoint(ofBranch: $0) }
  }

  static func signature(of branches: [Branch]) -> String {
    let lines = branches.map { branch in
      let parameters = branch.parameters.map { parameter in
        "\(parameter.name)=\(parameter.values.map(\.description).joined(separator: ","))"
      }
      let reasons = branch.constraints.map(\.reason)
      return ([branch.backend, branch.variant] + parameters + reasons).joined(separator: ";")
    }
    return String(Digest.sha256(lines.sorted().joined(separator: "\n").utf8).prefix(16))
  }
}
