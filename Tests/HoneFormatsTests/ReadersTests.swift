// ReadersTests.swift: what exactly is read from each tool's form.

import HoneCore
import Testing

@testable import HoneFormats

@Suite struct ReadersTests {
  @Test("a cache of Kernel Tuner that was never closed is read with its failures")
  func kernelTuner() throws {
    let table = try FormatFixture.named("kernel-tuner").table
    #expect(table.device == "Example GPU 40" && table.rows.count == 4)
    #expect(table.parameters.map(\.name) == ["tile_y", "block", "unroll", "use_padding"])
    let problem = try #require(table.problems.first)
    #expect(problem.kernel == "blur" && problem["x"]?.int == 4096 && problem["y"]?.int == 2048)
    let first = try #require(table.rows.first { $0.configuration["tile_y"]?.int == 1 })
    #expect(first.seconds == 0.0407 / 1e3 && first.samples.count == 3)
    #expect(first.compileSeconds == 0.4125 && first.configuration["use_padding"] == .bool(true))
    let kinds = table.rows.compactMap { row -> ForeignFailure? in
      if case .failed(let failure, _) = row.outcome { failure } else { nil }
    }
    #expect(Set(kinds) == [.constraints, .compile])
  }

  @Test("an entry that was cut off in the middle is left out and said")
  func tornEntry() throws {
    let bytes = try FormatFixture.named("kernel-tuner").bytes
    let torn = ForeignSource(name: "torn.json", bytes: Array(bytes.dropLast(90)))
    let table = try Formats.read(torn)
    #expect(table.rows.count == 3 && table.notExpressed.contains { $0.contains("cut off") })
  }

  @Test("T4 keeps samples and units, and takes the mean where no time is given")
  func t4() throws {
    let table = try FormatFixture.named("t4").table
    #expect(table.rows.map(\.seconds) == [1.21 / 1e3, nil, (0.002 / 1e3 + 0.004 / 1e3) / 2, nil])
    #expect(table.rows[1].outcome == .failed(.compile, reason: "compile"))
    #expect(table.rows[3].outcome == .failed(.timeout, reason: "timeout"))
    #expect(table.notExpressed.contains { $0.contains("energy") })
  }

  @Test("names of TunableOp are those of a column-major call")
  func tunableOp() throws {
    let table = try FormatFixture.named("tunableop").table
    #expect(table.environment["PT_VERSION"] == "2.9.1", "CRLF and a byte order mark are accepted")
    #expect(table.device == "gfx90a:sramecc+:xnack-")
    let row = table.rows[1]
    let fields = Dictionary(row.problem.fields.map { ($0.name, $0.value.plain) }) { $1 }
    #expect(
      fields == [
        "types": "bf16", "m": "1", "n": "8192", "k": "4096", "lda": "4097", "ldb": "4096",
        "ldc": "8192", "transA": "n", "transB": "t",
      ])
    #expect(row.problem.kernel == "gemm" && row.seconds == 0.0196817 / 1e3)
    #expect(table.rows[2].outcome == .chosen && table.rows[3].problem["batch"]?.int == 12)
    #expect(table.rows[4].problem.kernel == "ScaledGemmTunableOp")
    let untuned = try #require(FormatFixture.all.first { $0.file == "untuned.csv" }).table
    #expect(untuned.rows.allSatisfy { $0.outcome == .chosen && $0.configuration.isEmpty })
    #expect(untuned.rows[1].problem["lda"]?.int == 5)
  }

  @Test("a per-M table says its problem in its name")
  func perM() throws {
    let table = try FormatFixture.named("per-m").table
    #expect(table.device == "Example GPU 40" && table.environment["triton_version"] == "3.5.1")
    #expect(table.rows.map { $0.problem["M"]?.int } == [1, 64, 4096])
    let problem = table.rows[0].problem
    #expect(problem.kernel == "fused_moe" && problem["E"]?.int == 8 && problem["N"]?.int == 14336)
    #expect(problem["block_shape"] == .string("[128,128]"))
    #expect(table.rows[2].configuration["num_warps"] == .integer(8))
  }

  @Test("wisdom of Kernel Launcher: a bad line spoils only itself")
  func wisdom() throws {
    let table = try FormatFixture.named("kernel-launcher").table
    #expect(table.rows.count == 2 && table.rows[1].problem["z"]?.int == 4)
    #expect(table.rows.map(\.device) == ["Example GPU 40", "Example GPU 80"])
    #expect(table.notExpressed.count == 1 && table.notExpressed[0].contains("vector.wisdom:5"))
  }

  @Test("a recorded space keeps its failures and costs; plain CSV its quotes")
  func tables() throws {
    let space = try FormatFixture.named("space").table
    #expect(space.rows.count == 5 && space.rows[1].seconds == 0.25)
    #expect(space.rows[2].outcome == .failed(.compile, reason: "compile_error"))
    #expect(space.rows[0].compileSeconds == 0.1)
    let plain = try FormatFixture.named("csv").table
    #expect(plain.rows[0].configuration["order"] == .string("row, then column"))
    #expect(plain.rows[1].outcome == .failed(.wrong, reason: "said \"no\""))
    #expect(plain.rows[0].samples == [0.001, 0.0011] && plain.rows[2].outcome == .chosen)
    #expect(plain.notExpressed == ["columns of other names: comment"])
  }

  @Test("milliseconds and seconds convert without a loss")
  func units() {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<2000 {
      let digits = "0.\(1 + generator.below(999_999))"
      let seconds = Double(digits)! / 1e3
      #expect(TimeUnit.milliseconds(seconds).double.map { $0 / 1e3 } == seconds)
    }
    #expect(TimeUnit.milliseconds(0.0407 / 1e3) == .number("0.0407"))
  }
}
