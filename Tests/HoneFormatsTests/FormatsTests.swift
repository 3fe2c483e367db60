// FormatsTests.swift: every format reads what its tool writes, writes what it reads, and survives any damage.

import HoneCore
import Testing

@testable import HoneFormats

@Suite struct FormatsTests {
  @Test("a file's format is seen in its content", arguments: FormatFixture.all)
  func detection(fixture: FormatFixture) throws {
    #expect(try Formats.detect(try fixture.source).name == fixture.format)
    #expect(try !fixture.table.rows.isEmpty)
  }

  @Test("every format that is read has a fixture, and names are unique")
  func registry() {
    #expect(Set(Formats.readers.map { $0.name }) == Set(FormatFixture.all.map(\.format)))
    #expect(Set(Formats.all.map { $0.name }).count == Formats.all.count)
    #expect(Formats.all.allSatisfy { !$0.summary.isEmpty && !$0.fileExtension.isEmpty })
  }

  @Test("what is read and written reads back the same", arguments: FormatFixture.all)
  func roundTrip(fixture: FormatFixture) throws {
    let table = try fixture.table
    let writer = try Formats.writer(named: fixture.format)
    let again = try writer.write(table).map {
      try Formats.read(source($0.text, name: $0.name), format: fixture.format)
    }
    var rows = again.flatMap(\.rows)
    // T4 and recorded spaces say their kernel in the file's name only.
    if ["t4", "space"].contains(fixture.format) {
      for index in rows.indices { rows[index].problem = table.rows[0].problem }
    }
    let kept = fixture.format == "kernel-launcher" ? table.winners() : table
    #expect(
      Set(rows.map { Self.lossless($0, fixture.format) })
        == Set(kept.rows.map { Self.lossless($0, fixture.format) }))
  }

  /// What the format is known not to hold.
  private static func lossless(_ row: ForeignRow, _ format: String) -> ForeignRow {
    var row = row
    if format == "kernel-tuner", case .failed(let failure, _) = row.outcome {
      row.outcome = .failed(failure, reason: "")
    }
    if ["kernel-launcher", "csv"].contains(format), row.device == "" { row.device = nil }
    return row
  }

  /// A fuzzer made a file whose parameters are called as Kernel Tuner's fields, and the cache had every name twice.
  @Test(
    "a parameter that is called as a field of the format gets another name, aloud",
    arguments: [("kernel-tuner", "time"), ("kernel-tuner", "times"), ("space", "status")])
  func takenNames(format: String, name: String) throws {
    let problem = ForeignProblem(kernel: "k", fields: [ForeignField("m", .integer(8))])
    let rows = [1, 2].map { value in
      ForeignRow(
        problem: problem, configuration: [name: .integer(value), "parameter_\(name)": .integer(7)],
        outcome: .measured, seconds: Double(value) * 1e-3)
    }
    let document = try #require(
      try Formats.writer(named: format).write(ForeignTable(tool: "t", rows: rows)).first)
    #expect(document.notExpressed.contains { $0.contains("parameter '\(name)'") })
    let back = try Formats.read(source(document.text, name: document.name), format: format)
    #expect(Set(back.rows.map { $0.configuration["parameter_\(name)_"]?.int }) == [1, 2])
    #expect(back.rows.allSatisfy { $0.configuration["parameter_\(name)"]?.int == 7 })
    #expect(Set(back.rows.compactMap(\.seconds)) == [0.001, 0.002])
  }

  @Test(
    "a table of Hone's own comes back whole",
    arguments: ["kernel-tuner", "t4", "csv", "kernel-launcher", "tunableop", "per-m", "space"])
  func ownTable(format: String) throws {
    let table = OwnTable.oneProblem
    let documents = try Formats.writer(named: format).write(table)
    #expect(documents.count == 1)
    let document = try #require(documents.first)
    let detected = try Formats.detect(source(document.text, name: document.name))
    #expect(detected.name == format)
    let back = try detected.read(source(document.text, name: document.name))
    let winner = table.rows[0]
    let read = try #require(
      back.rows.min { ($0.seconds ?? 0) < ($1.seconds ?? 0) && $0.seconds != nil })
    if format != "space" {
      #expect(read.configuration == winner.configuration)
      #expect(read.problem.kernel == "gemm" && read.problem["m"]?.int == 512)
      #expect(read.problem["transB"] == .string("t"))
    }
    if format != "per-m" { #expect(read.seconds == winner.seconds) }
    if ["kernel-tuner", "t4", "csv"].contains(format) {
      #expect(Set(back.rows.map(\.configuration)) == Set(table.rows.map(\.configuration)))
      #expect(Set(back.rows.map(\.problem)) == [OwnTable.problem()])
      #expect(back.device == "avx2-2c")
    }
  }

  @Test("several problems become as many files as the format needs, with names of their own")
  func severalProblems() throws {
    var table = OwnTable.oneProblem
    table.rows += [64, 128].map { OwnTable.row(OwnTable.problem(m: $0), OwnTable.packed, 0.001) }
    let files = try Formats.writers.reduce(into: [:]) { files, writer in
      files[writer.name] = try writer.write(table).map(\.name)
    }
    #expect(files["kernel-tuner"]?.count == 3 && Set(files["t4"] ?? []).count == 3)
    #expect(
      files["per-m"]?.count == 1 && files["tunableop"]?.count == 1 && files["csv"]?.count == 1)
    let perM = try #require(try PerMTable.write(table).first)
    #expect(
      Set(try PerMTable.read(source(perM.text, name: perM.name)).problems.map { $0["m"]?.int }) == [
        64, 128, 512,
      ])
  }

  @Test("what a format cannot say is said aloud")
  func notExpressed() throws {
    var table = OwnTable.oneProblem
    table.rows.append(table.rows[0])
    table.rows.append(
      ForeignRow(
        problem: OwnTable.problem(),
        configuration: OwnTable.library.merging(["threads": .integer(1)]) { $1 },
        outcome: .failed(.wrong, reason: "row 3")))
    let said = try Formats.writers.reduce(into: [:]) { said, writer in
      said[writer.name] = try writer.write(table).flatMap(\.notExpressed).joined(separator: "\n")
    }
    #expect(said["kernel-tuner"]?.contains("1 repeated measurements") == true)
    #expect(said["kernel-tuner"]?.contains("1 wrong results or time limits") == true)
    #expect(said["kernel-tuner"]?.contains("written as -1") == true)
    #expect(said["tunableop"]?.contains("4 rows that are not the fastest") == true)
    #expect(said["per-m"]?.contains("times, samples") == true)
    #expect(said["t4"]?.contains("no place for problem") == true)
    #expect(said["csv"] == "" && said["c-header"]?.contains("not the fastest") == true)
    let read = try FormatFixture.named("kernel-tuner").table.notExpressed
    #expect(read == ["measurements beside the time: GFLOP/s"])
  }

  @Test("no table gives no file, and a row without a time is refused where a time is needed")
  func nothingToWrite() throws {
    for writer in Formats.writers where writer.name != "csv" && writer.name != "tunableop" {
      #expect(try writer.write(ForeignTable(tool: "x")).isEmpty, "\(writer.name)")
    }
    let chosen = try FormatFixture.named("per-m").table
    let error = #expect(throws: HoneError.self) { _ = try KernelTunerCache.write(chosen) }
    #expect(error?.message.contains("1 rows have no time") == true)
    #expect(throws: HoneError.self) { _ = try TunableOpResults.write(chosen) }
    #expect(throws: HoneError.self) {
      _ = try PerMTable.write(try FormatFixture.named("kernel-tuner").table)
    }
  }
}

@Suite struct DamagedFileTests {
  @Test("a file cut off anywhere is read or refused with its place", arguments: FormatFixture.all)
  func truncated(fixture: FormatFixture) throws {
    let bytes = try fixture.bytes
    for length in stride(from: 0, to: bytes.count, by: bytes.count > 2000 ? 7 : 1) {
      let cut = ForeignSource(name: fixture.file, bytes: Array(bytes.prefix(length)))
      do {
        let table = try Formats.read(cut, format: fixture.format)
        #expect(table.rows.count <= (try fixture.table.rows.count))
      } catch let error as HoneError {
        #expect(error.code == .unusableData && error.message.hasPrefix(fixture.file))
      }
    }
  }

  @Test("any byte may be anything", arguments: FormatFixture.all)
  func damaged(fixture: FormatFixture) throws {
    let bytes = try fixture.bytes
    var generator = SeededGenerator(seed: 23)
    for _ in 0..<300 {
      var damaged = bytes
      for _ in 0...generator.below(4) {
        damaged[generator.below(damaged.count)] = UInt8(generator.below(256))
      }
      let source = ForeignSource(name: fixture.file, bytes: damaged)
      do {
        let table = try Formats.read(source, format: fixture.format)
        for writer in Formats.writers { _ = try? writer.write(table) }
      } catch let error as HoneError {
        #expect(error.code == .unusableData)
      }
    }
  }

  @Test("errors name the line")
  func lines() throws {
    let cases: [(format: String, text: String, place: String, reason: String)] = [
      ("t4", "{\"results\":[\n\n  tru]}", "file:3:3", "unexpected character"),
      ("t4", "{\"results\":[{}]}", "file:", "result 1 has no object 'configuration'"),
      (
        "kernel-tuner", "{\"tune_params_keys\":[\"a\"],\n\"cache\":{\n\"1\":{\"a\":1}}}",
        "file:3:1", "neither a time"
      ),
      (
        "kernel-tuner", "{\"tune_params_keys\":[\"a\"],\n\"cache\":{\n\"1\":{\"b\":1}}}",
        "file:3:1", "lacks the parameter 'a'"
      ),
      ("kernel-tuner", "{\"tune_params_keys\":1}", "file:", "no object 'cache'"),
      ("kernel-launcher", "{\"version\":\"2.0\",\"tunable_parameters\":[]}", "file:1", "version"),
      (
        "tunableop", "GemmTunableOp_float_NT,nt_1_2_3,a,1\nGemmTunableOp_float_NT,nt_1_2_3,a,fast",
        "file:2", "'fast' is no time"
      ),
      ("tunableop", "\n\nValidator,PT", "file:3", "a validator needs"),
      (
        "space", "a,value,value_std,status,compile_ms,bench_ms\n1,1,,ok,,\n2,,,ok,,\n", "file:3",
        "no value above 0"
      ),
      ("csv", "kernel,outcome,seconds\ngemm,measured,1\ngemm,measured\n", "file:3", "2 cells"),
      ("csv", "kernel,outcome,seconds\ngemm,\"x,1\n", "file:2", "quoted cell has no end"),
      ("csv", "kernel,outcome,seconds\ngemm,lucky,1\n", "file:2", "no outcome 'lucky'"),
      ("per-m", "{\"1\": 5}", "file:1:2", "the entry '1' is no object"),
    ]
    for (format, text, place, reason) in cases {
      let error = #expect(throws: HoneError.self, "\(format) \(text)") {
        _ = try Formats.read(source(text), format: format)
      }
      #expect(error?.message.hasPrefix(place) == true, "\(error?.message ?? "")")
      #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }
    #expect(throws: HoneError.self) { _ = try Formats.read(source("hello")) }
    #expect(throws: HoneError.self) { _ = try Formats.read(source("hello"), format: "excel") }
  }
}
