// TuningSummary.swift: what became of one problem of a session.

public import HoneCore

public struct TuningSummary: Sendable {
  /// "gemm f32".
  public var operation: String
  public var title: String
  public var cores: Int
  public var policy: String
  /// Executions in one pass over the workload.
  public var calls: Double
  /// Configurations that were tried in this session, and how many of them were wrong, failed or refused.
  public var tried: Int
  public var unusable: Int
  public var spaceSize: Int
  /// nil where it was not reached, interrupted or failed; `note` says which.
  public var served: Served?
  /// Was it served by this session, rather than an earlier one?
  public var isNew: Bool
  /// How far the search has come; nil where nothing is served, or where an older version did not note it.
  public var search: SearchEnd?
  /// What a look-up answers where nothing is served.
  public var fallback: Fallback?
  public var note: String

  public struct Served: Sendable {
    public var configuration: String
    public var medianSeconds: Double
    /// Against the untuned default; 1 where the default itself is served.
    public var speedup: Double
    public var interval: Interval
    public var isDefault: Bool
    public var noiseFloor: Double
    /// Others that are not shown to differ from the best.
    public var tied: Int
    /// Who thought of it; empty where nobody noted it.
    public var origin: String
    /// What objectives are computed from.
    public var facts: ObjectiveFacts
  }

  public struct Fallback: Sendable {
    /// "near-shape", "default": a look-up's grade.
    public var grade: String
    /// nil for the grade `default`.
    public var configuration: String?
    public var differs: [String]
  }
}
