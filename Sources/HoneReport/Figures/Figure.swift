// Figure.swift: pictures of a report as data, without a format: what is drawn, and what it says in words.

/// A picture. Renderers that cannot draw leave it out: its numbers stand in a table, too.
public enum Figure: Sendable, Hashable {
  case roofline(RooflineFigure)
  case heatMap(HeatMapFigure)
  case intervals(IntervalFigure)
  case curves(CurveFigure)

  public var title: String {
    switch self {
    case .roofline(let figure): figure.title
    case .heatMap(let figure): figure.title
    case .intervals(let figure): figure.title
    case .curves(let figure): figure.title
    }
  }

  /// For people who do not see the picture.
  public var alternative: String {
    switch self {
    case .roofline(let figure): figure.alternative
    case .heatMap(let figure): figure.alternative
    case .intervals(let figure): figure.alternative
    case .curves(let figure): figure.alternative
    }
  }
}

/// Attainable FLOP/s over FLOP per byte (Williams, Waterman and Patterson, "Roofline", CACM 52, 2009), with every problem as a point.
public struct RooflineFigure: Sendable, Hashable {
  public struct Ceiling: Sendable, Hashable {
    public var name: String
    /// FLOP/s of a peak, bytes/s of a bandwidth.
    public var value: Double
  }

  public struct Point: Sendable, Hashable {
    public var label: String
    /// "gemm": points of one operation look alike.
    public var operation: String
    /// FLOP per byte that must move when nothing is cached.
    public var intensity: Double
    /// FLOP/s that were reached.
    public var rate: Double
  }

  public var title: String
  public var alternative: String
  public var peaks: [Ceiling]
  public var bandwidths: [Ceiling]
  public var points: [Point]
}

/// Ratios in rows and columns, coloured around 1.
public struct HeatMapFigure: Sendable, Hashable {
  public struct Box: Sendable, Hashable {
    /// What stands in it.
    public var text: String
    /// A ratio above 0; nil where there is none.
    public var ratio: Double?
  }

  public var title: String
  public var alternative: String
  public var rows: [String]
  public var columns: [String]
  public var boxes: [[Box]]
  /// Is a ratio above 1 the better one?
  public var isMoreBetter: Bool
}

/// Ratios with their intervals, one line each, around 1.
public struct IntervalFigure: Sendable, Hashable {
  public struct Bar: Sendable, Hashable {
    public var label: String
    public var value: Double
    public var low: Double
    public var high: Double
    public var tone: Tone
  }

  public var title: String
  public var alternative: String
  public var bars: [Bar]
}

/// Lines over a number of cores.
public struct CurveFigure: Sendable, Hashable {
  public struct Point: Sendable, Hashable {
    public var x: Double
    public var y: Double
  }

  public struct Curve: Sendable, Hashable {
    public var name: String
    public var points: [Point]
    /// Position of the knee among the points; nil where there is none.
    public var knee: Int?
  }

  public var title: String
  public var alternative: String
  public var curves: [Curve]
}
