// SearchQualityReport.swift: scores of strategies on recorded spaces, as tables.

internal import HoneSearch

enum SearchQualityReport {
  private static let places = ["25", "50", "100", "200"]

  static func run(_ options: SearchBenchmark.Options) throws {
    var settings = SimulationOptions()
    settings.evaluations = options.budget
    settings.repeats = options.repeats
    let scores = try options.strategies.map { name in
      try options.spaces.map { try Simulation.run(strategy: name, on: $0, settings) }
    }
    print("## Means over the spaces (\(options.repeats) repeats)\n")
    means(scores)
    print("\n## P\(options.budget) by space, with standard errors\n")
    bySpace(scores, options)
    for place in places.filter({ scores[0][0].at[$0] != nil }) {
      print("\n## Optimum / best after \(place) evaluations\n")
      table(scores, options) { SearchBenchmark.fixed($0.at[place] ?? .nan, 3) }
    }
  }

  private static func means(_ scores: [[SimulationScore]]) {
    SearchBenchmark.row(["strategy", "P", "±"] + places.map { "@\($0)" })
    SearchBenchmark.row(["---"] + (0..<places.count + 2).map { _ in "---:" })
    for row in scores {
      let count = Double(row.count)
      let squares = row.reduce(0) { $0 + $1.p200StandardError * $1.p200StandardError }
      let mean = row.reduce(0) { $0 + $1.p200 } / count
      let at = places.map { place in row.reduce(0) { $0 + ($1.at[place] ?? .nan) } / count }
      SearchBenchmark.row(
        [row[0].strategy, SearchBenchmark.fixed(mean, 3)]
          + ([squares.squareRoot() / count] + at).map { SearchBenchmark.fixed($0, 3) })
    }
  }

  private static func bySpace(_ scores: [[SimulationScore]], _ options: SearchBenchmark.Options) {
    table(scores, options) {
      "\(SearchBenchmark.fixed($0.p200, 2)) ± \(SearchBenchmark.fixed($0.p200StandardError, 2))"
    }
  }

  /// A row a strategy, a column a space.
  private static func table(
    _ scores: [[SimulationScore]], _ options: SearchBenchmark.Options,
    _ cell: (SimulationScore) -> String
  ) {
    SearchBenchmark.row(["strategy"] + options.spaces.map(\.name))
    SearchBenchmark.row(["---"] + options.spaces.map { _ in "---:" })
    for row in scores { SearchBenchmark.row([row[0].strategy] + row.map(cell)) }
  }
}
