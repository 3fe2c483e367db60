// ImportedRecords.swift: another tool's table as records: facts that nobody here proved, kept apart by their provenance and never served.

public import HoneCore

/// **Rules.** An imported record is a screening record whose strategy is `Provenance.imported`; it needs no proof, because it is never served.
/// Its hardware class is made of the device's name, its policy is unknown where the table does not say it. The session and the time come from the
/// file, so that importing it twice adds nothing.
public struct ImportedRecords: Sendable {
  public var records: [Record] = []
  /// What the table says that records cannot hold, each in a sentence.
  public var notExpressed: [String]

  /// Who imports, where to.
  public struct Origin: Sendable {
    public var tool: String
    public var hardwareClass: String
    public var host: String
    /// The same for the same file.
    public var session: String

    public init(tool: String, hardwareClass: String, host: String, session: String) {
      self.tool = tool
      self.hardwareClass = hardwareClass
      self.host = host
      self.session = session
    }
  }

  /// - Parameter normalise: the problem with all its fields where its operation is known; throws where it is none of that operation's.
  public init(
    _ table: ForeignTable, from origin: Origin, normalise: (Problem) throws -> Problem = { $0 }
  ) {
    notExpressed = table.notExpressed
    var chosen = 0
    var foreign: [String: Int] = [:]
    for row in table.rows {
      guard row.outcome != .chosen else {
        chosen += 1
        continue
      }
      do {
        records.append(try Self.record(row, table, origin, normalise))
      } catch {
        let reason = (error as? HoneError)?.message ?? "\(error)"
        foreign[reason, default: 0] += 1
      }
    }
    if chosen > 0 {
      notExpressed.append("\(chosen) rows without a time: a choice is no measurement")
    }
    notExpressed += foreign.sorted { $0.key < $1.key }.map { "\($0.value) rows: \($0.key)" }
    if table.rows.contains(where: { $0.compileSeconds ?? 0 > 0 || $0.benchmarkSeconds ?? 0 > 0 }) {
      notExpressed.append("what compiling and measuring took")
    }
  }

  /// The hardware class of a device: letters, digits and '-', as a folder may be called.
  public static func hardwareClass(of device: String, tool: String) -> String {
    let words = device.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
    return words.isEmpty ? "\(tool)-unknown" : String(words.joined(separator: "-").prefix(100))
  }
}

// MARK: - One row

extension ImportedRecords {
  private static func record(
    _ row: ForeignRow, _ table: ForeignTable, _ origin: Origin,
    _ normalise: (Problem) throws -> Problem
  ) throws -> Record {
    var record = Record(
      problem: try normalise(problem(row.problem)), cores: cores(row.problem),
      configuration: configuration(row, table.tool), outcome: .measured, stage: .screen,
      policy: policy(row.problem), measurement: measurement(row),
      provenance: Provenance(
        tool: origin.tool, libraries: table.environment, hardwareClass: origin.hardwareClass,
        host: origin.host, session: origin.session, seed: 0, strategy: Provenance.imported,
        space: "", time: rfc3339(row.time)))
    record.detail = "imported from \(table.tool)"
    if case .failed(let failure, let reason) = row.outcome {
      record.outcome = ForeignTable.outcome(of: failure)
      record.measurement = nil
      if !reason.isEmpty { record.detail += ": \(reason)" }
    }
    return record
  }

  private static func problem(_ problem: ForeignProblem) throws -> Problem {
    var result = Problem(
      operation: problem.kernel.isEmpty ? "unknown" : problem.kernel, types: "unknown", shape: [:])
    for field in problem.fields {
      switch field.name {
      case ForeignTable.typesField: result.types = field.value.plain
      case ForeignTable.coresField, ForeignTable.policyField: continue
      default:
        if let extent = field.value.int, extent >= 0 {
          result.shape[field.name] = extent
        } else {
          result.attributes[field.name] = field.value.plain
        }
      }
    }
    return result
  }

  private static func cores(_ problem: ForeignProblem) -> Int {
    max(1, problem[ForeignTable.coresField].flatMap { Int($0.plain) } ?? 1)
  }

  /// `warm`, `cold+4k+bandwidth`; what nobody says is "unknown", which matches no question.
  private static func policy(_ problem: ForeignProblem) -> MeasurementPolicy {
    let words = problem[ForeignTable.policyField]?.plain.split(separator: "+").map(String.init)
    let unknown = MeasurementPolicy(operands: .warm, pages: "unknown", coLoad: "unknown")
    guard let words, let first = words.first,
      let operands = MeasurementPolicy.Operands(rawValue: first)
    else { return unknown }
    let rest = words.dropFirst()
    let pages = rest.first { ["4k", "thp", "2m", "1g", "unknown"].contains($0) }
    return MeasurementPolicy(
      operands: operands, pages: pages ?? "thp", coLoad: rest.first { $0 != pages } ?? "none")
  }

  private static func configuration(_ row: ForeignRow, _ tool: String) -> Configuration {
    let parameters = row.configuration.filter { !["backend", "variant"].contains($0.key) }
    return Configuration(
      backend: row.configuration["backend"]?.plain ?? tool,
      variant: row.configuration["variant"]?.plain ?? row.problem.kernel,
      parameters: parameters.mapValues(\.parameterValue))
  }

  /// The interval is what the samples span; its confidence is 0, because nobody knows what it means.
  private static func measurement(_ row: ForeignRow) -> Measurement? {
    guard let seconds = row.seconds, seconds > 0 else { return nil }
    let samples = row.samples.filter { $0 > 0 && $0.isFinite }
    let low = min(samples.min() ?? seconds, seconds)
    let high = max(samples.max() ?? seconds, seconds)
    let spans = low < seconds && seconds < high
    return Measurement(
      samples: spans ? samples : [seconds], batch: 1, median: seconds,
      interval: Interval(
        low: spans ? low : seconds, high: spans ? high : seconds, confidence: 0))
  }

  /// "2026-01-02 03:04:05+00:00" becomes "2026-01-02T03:04:05Z"; what is no time in UTC becomes the oldest one.
  static func rfc3339(_ text: String?) -> String {
    var time = text ?? ""
    if time.hasSuffix("+00:00") { time = time.dropLast(6) + "Z" }
    let form = /([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z)/
    guard let match = time.wholeMatch(of: form) else { return "1970-01-01T00:00:00Z" }
    return "\(match.1)T\(match.2)"
  }
}
