// FuzzTargets.swift: what the fuzzer calls with bytes of its own; `.ci/fuzz.sh` builds it together with the modules it tests.

internal import Glibc
internal import Synchronization

/// Everything that reads a file somebody else wrote. A target returns where the bytes are none of its business, and traps where a promise is broken.
private let targets: [String: @Sendable ([UInt8]) -> Void] = {
  var targets: [String: @Sendable ([UInt8]) -> Void] = [
    "journal": fuzzJournal, "record": fuzzRecord, "best": fuzzDocument, "host": fuzzHost,
  ]
  for format in Formats.readers {
    targets[format.name] = { bytes in fuzzFormat(format, bytes) }
  }
  return targets
}()

private let target: @Sendable ([UInt8]) -> Void = {
  let name = getenv("HONE_FUZZ_TARGET").map { String(cString: $0) } ?? ""
  guard let target = targets[name] else {
    print("HONE_FUZZ_TARGET is one of: \(targets.keys.sorted().joined(separator: ", "))")
    exit(64)
  }
  return target
}()

@c(LLVMFuzzerTestOneInput)
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let start = clock()
  target(Array(UnsafeBufferPointer(start: data, count: count)))
  let seconds = Double(clock() - start) / Double(CLOCKS_PER_SEC)
  slowest.withLock { slowest in
    if seconds > slowest { print("slowest input: \(Int(seconds * 1e6)) us of processor time") }
    slowest = max(seconds, slowest)
  }
  // Of this process's own time: a fuzzer in the background may stand still for minutes.
  check(seconds < 1, "an input takes \(seconds) s")
  return 0
}

private let slowest = Mutex(0.0)

/// Says what was promised: an optimised build drops the words of a precondition.
private func check(_ holds: Bool, _ promise: @autoclosure () -> String = "a promise is broken") {
  if !holds { fatalError(promise()) }
}

/// Records that are accepted have the id that their text has, survive being written again, and make a table.
private func fuzzJournal(_ bytes: [UInt8]) {
  let journal = Journal(path: "journal", bytes: bytes)
  check(journal.keptBytes <= bytes.count)
  for record in journal.records {
    let again = try? StoredRecord(line: record.text.utf8)
    check(again?.id == record.id && again?.record.problem == record.record.problem)
    _ = Invariants.violations(of: record.record)
  }
  let best = Winners.of(journal.records)
  check(best.allSatisfy { $0.record.proof?.holds == true })
  _ = try? BestTable.text(
    of: HardwareClassRecords(
      name: "fuzz", host: nil, records: journal.records, best: best,
      newerTexts: journal.newerTexts))
}

/// No fuzzer guesses a hash: here every object gets the schema and the id that it should have.
private func fuzzRecord(_ bytes: [UInt8]) {
  guard let json = try? JSONValue(parsing: bytes), json.object != nil else { return }
  let body = json.setting("schema", to: .string("hone.record/1")).setting("id", to: nil)
  let line = body.setting("id", to: .string(ContentAddress.of(body.canonical))).canonical
  fuzzJournal(Array((line + "\n" + line).utf8))
}

/// Canonical text is a fixed point.
private func fuzzDocument(_ bytes: [UInt8]) {
  guard let json = try? JSONValue(parsing: bytes) else { return }
  let text = json.canonical
  check((try? JSONValue(parsing: Array(text.utf8)))?.canonical == text)
  _ = try? json.decode(Record.self)
}

private func fuzzHost(_ bytes: [UInt8]) {
  guard let json = try? JSONValue(parsing: bytes) else { return }
  _ = HardwareMatch(json["hardware"], json)
  _ = try? json["limits"]?.decode(HostLimits.self)
}

/// What is read can be written in every form, and becomes records.
private func fuzzFormat(_ format: any ForeignReader.Type, _ bytes: [UInt8]) {
  let source = ForeignSource(name: "E=8,N=4,device_name=fuzz.json", bytes: bytes)
  _ = format.recognises(source)
  guard let table = try? format.read(source) else { return }
  let origin = ImportedRecords.Origin(
    tool: "fuzz", hardwareClass: "fuzz", host: "fuzz", session: "fuzz")
  for record in ImportedRecords(table, from: origin).records {
    let reasons = Invariants.violations(of: record)
    check(reasons.isEmpty, "\(reasons)")
  }
  for writer in Formats.writers {
    guard let documents = try? writer.write(table) else { continue }
    guard let reader = writer as? any ForeignReader.Type else { continue }
    for document in documents where reader.name != "tunableop" {
      let back = ForeignSource(name: document.name, bytes: Array(document.text.utf8))
      check((try? reader.read(back)) != nil, "\(reader.name) refuses what it wrote")
    }
  }
}
