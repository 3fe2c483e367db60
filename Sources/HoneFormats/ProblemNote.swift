// ProblemNote.swift: the member "hone" that our own files carry where a format ignores strangers: the problem by names.

internal import HoneCore

enum ProblemNote {
  static let key = "hone"

  /// `{"kernel":"gemm","fields":[["m",512],…]}`: an array, because the order of fields means something.
  static func json(_ problem: ForeignProblem) -> JSONValue {
    .object([
      "kernel": .string(problem.kernel),
      "fields": .array(problem.fields.map { .array([.string($0.name), $0.value]) }),
    ])
  }

  /// nil where there is none or it is none.
  static func problem(_ json: JSONValue?) -> ForeignProblem? {
    guard let kernel = json?["kernel"]?.string, let fields = json?["fields"]?.array else {
      return nil
    }
    let named = fields.compactMap { field -> ForeignField? in
      guard let pair = field.array, pair.count == 2, let name = pair[0].string else { return nil }
      return ForeignField(name, pair[1])
    }
    return named.count == fields.count ? ForeignProblem(kernel: kernel, fields: named) : nil
  }
}
