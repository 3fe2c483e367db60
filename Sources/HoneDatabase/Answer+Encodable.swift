// Answer+Encodable.swift: an answer as JSON, for programs that ask `hone lookup`.

internal import HoneCore

extension Answer: Encodable {
  private enum CodingKeys: String, CodingKey {
    case schema, query, grade, configuration, differs, predictedRegret, seconds, againstDefault
    case record, database, stale, predictedSeconds
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode("hone.answer/1", forKey: .schema)
    try fields.encode(query, forKey: .query)
    try fields.encode(grade, forKey: .grade)
    try fields.encode(configuration, forKey: .configuration)
    try fields.encode(differs, forKey: .differs)
    try fields.encode(predictedRegret, forKey: .predictedRegret)
    try fields.encode(row?.median, forKey: .seconds)
    try fields.encode(row?.record.againstDefault, forKey: .againstDefault)
    try fields.encode(row?.stored.id, forKey: .record)
    try fields.encode(database, forKey: .database)
    try fields.encode(stale, forKey: .stale)
    try fields.encode(predictedSeconds, forKey: .predictedSeconds)
  }
}
