// WorkloadStream.swift: `hone workload stream`: what a file of indices says about reuse, as a problem has it.

internal import ArgumentParser
internal import HoneCore
internal import HoneOperations
internal import HoneReport
internal import HoneWorkloads

struct WorkloadStream: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stream",
    abstract: "Measures the reuse in a stream of embedding-bag indices.",
    discussion: """
      Examples:
        hone workload stream indices.npy
        hone workload stream table0.i64 --rows 40000000 --format json
        hone lookup embedding-bag rows=2000000 dim=64 bags=512 lookups=20480 \\
          distribution=$(hone workload stream indices.npy --word)

      The file is NumPy's .npy of int32 or int64, raw little-endian .i32 or .i64, or numbers in a
      text. The word that is printed stands in a problem's `distribution`; in a workload's file the
      field `stream` names such a file. Distances are the largest difference of the hit rates of the
      best cache of any size: a record may be reused up to 0.10.
      """)

  @Argument(help: "The file of indices.")
  var file: String

  @Option(help: "Rows of the table (default: the largest index plus one).")
  var rows: Int?

  @Flag(help: "Print the word for `distribution` and nothing else.")
  var word = false

  @OptionGroup var output: OutputOptions

  private struct Result: Encodable {
    var schema = "hone.stream/1"
    var file: String
    var distribution: String
    var lookups: Int
    var rowsUsed: Int
    var rows: Int
    /// Name of a distribution → how far it is from this one.
    var distances: [String: Double]
  }

  func run() throws {
    let stream = try IndexStream(path: file)
    guard let reuse = stream.reuse else { return }
    let least = (stream.indices.max() ?? 0) + 1
    guard rows ?? least >= least else {
      throw HoneError(
        .unusableData, "\(file) has the index \(least - 1); a table of \(rows ?? 0) rows has none",
        advice: "Give --rows \(least) or more.")
    }
    if word { return Terminal.print(reuse.word) }
    let names = Operations.named("embedding-bag")?.attributes.first(where: \.isData)?.allowed ?? []
    let result = Result(
      file: file, distribution: reuse.word, lookups: stream.indices.count,
      rowsUsed: Set(stream.indices).count, rows: rows ?? least,
      distances: Dictionary(
        uniqueKeysWithValues: names.map { ($0, reuse.distance(to: $0, rows: rows ?? least)) }))
    try output.emit(result) { Self.text(result, reuse) }
  }

  private static func text(_ result: Result, _ reuse: MeasuredReuse) -> String {
    var facts = FactList()
    facts.add("Stream", "\(result.lookups) look-ups of \(result.rowsUsed) rows, of \(result.rows)")
    facts.add("Distribution", result.distribution)
    var table = TextTable([.init("uses of a row"), .init("look-ups", .right)])
    for (octave, share) in reuse.shares.enumerated() {
      let last = 1 << octave
      table.add([
        octave < 2 ? "\(last)" : "\(last / 2 + 1) … \(last)",
        Scaled.decimals(Double(share) / 10, 1) + " %",
      ])
    }
    var distances = TextTable([.init("distribution"), .init("apart", .right)])
    for (name, distance) in result.distances.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) })
    {
      distances.add([name, Scaled.decimals(distance, 2)])
    }
    return facts.text() + "\n\n" + table.rendered() + "\n" + distances.rendered()
  }
}
