// Workload+Codable.swift: the fields of `hone.workload/1`.

internal import HoneCore

extension Workload: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case schema, name, summary, source, problems
  }

  public init(from decoder: any Decoder) throws {
    try refuseUnknownFields(in: decoder, known: CodingKeys.allCases.map(\.rawValue))
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      name: try fields.decode(String.self, forKey: .name),
      summary: try fields.decodeIfPresent(String.self, forKey: .summary) ?? "",
      source: try fields.decodeIfPresent(String.self, forKey: .source) ?? "",
      entries: try fields.decode([WorkloadEntry].self, forKey: .problems))
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(WorkloadDocument.schema, forKey: .schema)
    try fields.encode(name, forKey: .name)
    try fields.encode(summary, forKey: .summary)
    try fields.encode(source, forKey: .source)
    try fields.encode(entries, forKey: .problems)
  }
}

extension WorkloadEntry: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case operation, types, shape, attributes, weight, policy, note, observed, stream
  }

  public init(from decoder: any Decoder) throws {
    try refuseUnknownFields(in: decoder, known: CodingKeys.allCases.map(\.rawValue))
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    var problem = Problem(
      operation: try fields.decode(String.self, forKey: .operation),
      types: try fields.decodeIfPresent(String.self, forKey: .types) ?? "f32",
      shape: try Self.shape(in: fields),
      attributes: try fields.decodeIfPresent([String: String].self, forKey: .attributes) ?? [:])
    try Self.measure(&problem, fields, folder: decoder.userInfo[.workloadFolder] as? String)
    self.init(
      problem, weight: try fields.decodeIfPresent(Double.self, forKey: .weight) ?? 1,
      policy: try Self.policy(in: fields),
      note: try fields.decodeIfPresent(String.self, forKey: .note) ?? "",
      observed: try fields.decodeIfPresent(ObservedCalls.self, forKey: .observed))
  }

  /// What the field `stream` names becomes the problem's `distribution`; a document that is written has that, and no `stream`.
  private static func measure(
    _ problem: inout Problem, _ fields: KeyedDecodingContainer<CodingKeys>, folder: String?
  ) throws {
    guard let path = try fields.decodeIfPresent(String.self, forKey: .stream) else { return }
    let refuse = { (reason: String) in
      DecodingError.dataCorruptedError(forKey: .stream, in: fields, debugDescription: reason)
    }
    guard problem.operation == "embedding-bag" else {
      throw refuse("'stream' means nothing for \(problem.operation)")
    }
    guard problem.attributes["distribution"] == nil else {
      throw refuse("'stream' and the attribute 'distribution' exclude each other")
    }
    let isWhole = path.hasPrefix("/") || folder == nil
    do {
      let stream = try IndexStream(path: isWhole ? path : "\(folder ?? "")/\(path)")
      if let rows = problem.shape["rows"], let last = stream.indices.max(), last >= rows {
        throw refuse("\(path) has the index \(last); the table has the rows 0 ..< \(rows)")
      }
      problem.attributes["distribution"] = stream.reuse?.word
    } catch let error as HoneError {
      throw refuse("\(error.message). \(error.advice)")
    }
  }

  private static func policy(
    in fields: KeyedDecodingContainer<CodingKeys>
  ) throws -> MeasurementPolicy {
    let name = try fields.decodeIfPresent(String.self, forKey: .policy) ?? "warm"
    do throws(HoneError) {
      return try MeasurementPolicy(name: name)
    } catch {
      throw DecodingError.dataCorruptedError(
        forKey: .policy, in: fields, debugDescription: "\(error.message). \(error.advice)")
    }
  }

  /// Read as doubles, because the decoder's own message about "1.5" says neither where nor what.
  private static func shape(in fields: KeyedDecodingContainer<CodingKeys>) throws -> [String: Int] {
    let extents = try fields.decode([String: Double].self, forKey: .shape)
    return try extents.reduce(into: [:]) { shape, extent in
      guard let whole = Int(exactly: extent.value) else {
        throw DecodingError.dataCorruptedError(
          forKey: .shape, in: fields,
          debugDescription: "\(extent.key) must be a whole number, not \(extent.value)")
      }
      shape[extent.key] = whole
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(problem.operation, forKey: .operation)
    try fields.encode(problem.types, forKey: .types)
    try fields.encode(problem.shape, forKey: .shape)
    try fields.encode(problem.attributes, forKey: .attributes)
    try fields.encode(weight, forKey: .weight)
    try fields.encode(policy.name, forKey: .policy)
    try fields.encode(note, forKey: .note)
    try fields.encodeIfPresent(observed, forKey: .observed)
  }
}

extension CodingUserInfoKey {
  /// Of the document: paths in it begin there.
  static let workloadFolder = CodingUserInfoKey(rawValue: "workloadFolder")!
}

/// Any name of a field.
private struct AnyKey: CodingKey {
  var stringValue: String
  var intValue: Int? { nil }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

private func refuseUnknownFields(in decoder: any Decoder, known: [String]) throws {
  let fields = try decoder.container(keyedBy: AnyKey.self)
  let strangers = fields.allKeys.map(\.stringValue).filter { !known.contains($0) }
  guard let stranger = strangers.min() else { return }
  let message = "there is no field '\(stranger)'; there are: \(known.joined(separator: ", "))"
  throw DecodingError.dataCorrupted(
    .init(
      codingPath: decoder.codingPath + [AnyKey(stringValue: stranger)], debugDescription: message))
}
