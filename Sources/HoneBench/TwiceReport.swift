// TwiceReport.swift: what `hone-bench twice` found: is each pair of winners equal, and is each claim confirmed?

internal import FoundationEssentials
internal import HoneCore
internal import HoneReport

struct TwiceReport: Encodable {
  /// What one of the tunings served, and what the paired run afterwards says of it.
  struct Claim: Encodable {
    var configuration: String
    /// Speed-up over the default; nil where the default is served: then nothing is claimed.
    var claimed: Double?
    var again: Comparison?

    var isConfirmed: Bool { claimed == nil || again?.verdict == .faster }
  }

  struct Row: Encodable {
    var operation: String
    var problem: String
    var policy: String
    var noiseFloor: Double
    /// Of the first and of the second tuning.
    var claims: [Claim]
    /// The second winner against the first; nil where they are the same configuration.
    var between: Comparison?
    /// Does one of the tunings name the other's winner among those that it could not tell from its own?
    var isReportedTie: Bool

    /// The same, a tie, or closer than the tolerance.
    var isStable: Bool {
      guard let between, !isReportedTie else { return true }
      return between.verdict == .tie || abs(between.speedup - 1) < Twice.tolerance
    }

    var isConfirmed: Bool { claims.allSatisfy(\.isConfirmed) }
  }

  var rows: [Row]

  var isConfirmed: Bool { !rows.isEmpty && rows.allSatisfy { $0.isStable && $0.isConfirmed } }

  var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }

  var text: String {
    var table = TextTable([
      .init("operation"), .init("problem"), .init("operands"), .init("1st claim", .right),
      .init("again", .right), .init("2nd claim", .right), .init("again", .right),
      .init("2nd : 1st", .right), .init("interval"), .init("verdict"),
    ])
    for row in rows { table.add(Self.cells(row)) }
    let stable = rows.count { $0.isStable }
    let claims = rows.flatMap(\.claims).filter { $0.claimed != nil }
    let confirmed = claims.count { $0.isConfirmed }
    return table.rendered()
      + "\n\(stable) of \(rows.count) pairs of winners are the same, tie or differ by less than 3 %; "
      + "\(confirmed) of \(claims.count) claimed speed-ups are confirmed."
  }

  private static func cells(_ row: Row) -> [String] {
    let claims = row.claims.flatMap { claim in
      [
        claim.claimed.map(Scaled.ratio) ?? "default",
        claim.claimed == nil ? "" : (claim.again.map { Scaled.ratio($0.speedup) } ?? "–"),
      ]
    }
    let interval = row.between.map {
      "\(Scaled.decimals($0.interval.low, 3)) … \(Scaled.decimals($0.interval.high, 3))"
    }
    let verdict =
      !row.isConfirmed
      ? "NOT CONFIRMED"
      : !row.isStable
        ? "DIFFERS" : row.between == nil ? "the same" : row.isReportedTie ? "reported tie" : "equal"
    return [row.operation, row.problem, row.policy] + claims + [
      row.between.map { Scaled.decimals($0.speedup, 3) } ?? "", interval ?? "", verdict,
    ]
  }
}
