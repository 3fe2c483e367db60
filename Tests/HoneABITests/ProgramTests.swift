// ProgramTests.swift: C and C++ programs that look up and run; wrong input; fork; sanitizers; memory that must not grow.

import Foundation
import Testing

/// Look-ups and executions of each of churn's four threads: a million in all of each under `HONE_LONG_TESTS=1`, a fifth of it here.
private let churn =
  ProcessInfo.processInfo.environment["HONE_LONG_TESTS"] == "1"
  ? ["250000", "250000"] : ["50000", "20000"]

@Suite("Programs with libhone", .enabled(if: Repository.hasCompilers, "needs cc and c++"))
struct ProgramTests {
  @Test("a C99 program looks up what was tuned, runs it, and gets right results for all operations")
  func cProgram() throws {
    let scratch = Scratch()
    let database = try TunedDatabase.one(in: scratch)
    let program = try LibHone.program(Repository.fixture("program.c"), into: scratch)
    let run = try Run(
      program, [database.path, TunedDatabase.hardwareClass, database.configuration])
    #expect(run.code == 0, "\(run.story)")
    #expect(run.output.isEmpty && run.errors.isEmpty, "the library prints: \(run.story)")
  }

  @Test(
    "attention with pages, lengths, window, soft-cap and slopes is right, and wrong ones are refused"
  )
  func attention() throws {
    let scratch = Scratch()
    let program = try LibHone.program(Repository.fixture("attention.c"), into: scratch)
    let run = try Run(program, [], environment: ["HONE_DB": "/nowhere", "HOME": "/nowhere"])
    #expect(run.code == 0 && run.output.isEmpty && run.errors.isEmpty, "\(run.story)")
  }

  @Test("a plan with a distribution gets the record of that data, and of no other that is far")
  func distribution() throws {
    let scratch = Scratch()
    let database = try TunedDatabase.bag(distribution: "reuse2021", in: scratch)
    let program = try LibHone.program(Repository.fixture("distribution.c"), into: scratch)
    let run = try Run(
      program, [database.path, TunedDatabase.hardwareClass, database.configuration])
    #expect(run.code == 0 && run.output.isEmpty && run.errors.isEmpty, "\(run.story)")
  }

  @Test("a C++17 program runs plans from several threads at once")
  func cppProgram() throws {
    let scratch = Scratch()
    let database = try TunedDatabase.one(in: scratch)
    let program = try LibHone.program(
      Repository.fixture("program.cpp"), compiler: "c++", standard: "c++17", into: scratch)
    let run = try Run(program, [database.path, TunedDatabase.hardwareClass])
    #expect(run.code == 0, "\(run.story)")
  }

  @Test("plans, contexts and threads work in the child of a fork, and the caller keeps its binding")
  func forks() throws {
    let scratch = Scratch()
    let program = try LibHone.program(Repository.fixture("fork_check.c"), into: scratch)
    let run = try Run(program, [], environment: ["HONE_DB": "/nowhere", "HOME": "/nowhere"])
    #expect(run.code == 0, "\(run.story)")
  }

  /// A database, a damaged one, and a path where nothing is.
  static func badInputArguments(_ scratch: Scratch) throws -> [String] {
    let database = try TunedDatabase.one(in: scratch)
    _ = try scratch.write("corrupt/hosts/x/best.json", "{\"schema\":\"hone.best/1\",\"rows\":[{]}")
    return [database.path, "\(scratch.path)/corrupt", "\(scratch.path)/nothing-here"]
  }

  @Test("whatever a caller does wrong gives a status and a message, never a crash")
  func badInput() throws {
    let scratch = Scratch()
    let program = try LibHone.program(Repository.fixture("bad_input.c"), into: scratch)
    let run = try Run(program, try Self.badInputArguments(scratch))
    #expect(run.code == 0, "\(run.story)")
    #expect(run.output.isEmpty && run.errors.isEmpty, "the library prints: \(run.story)")
  }

  @Test("without kernel libraries an operation that needs them is unavailable, with the reason")
  func noKernels() throws {
    let scratch = Scratch()
    try FileManager.default.createSymbolicLink(
      atPath: "\(scratch.path)/libhone-engine.so",
      withDestinationPath: "\(Repository.products)/libhone-engine.so")
    let source = try scratch.write(
      "main.c",
      """
      #include <hone.h>
      #include <stdio.h>
      int main(void) {
        hone_attention_shape shape = HONE_ATTENTION_INIT;
        float x[8] = {0}, o[8];
        int status;
        shape.heads = shape.lq = shape.lk = 1;
        shape.head_dim = 8;
        status = hone_attention(NULL, &shape, x, x, x, o, NULL);
        printf("%s", hone_last_error());
        return status;
      }
      """)
    let program = try LibHone.program(source, into: scratch)
    let environment = ["HONE_ENGINE": "\(scratch.path)/libhone-engine.so", "HONE_KERNEL_PATH": ""]
    let run = try Run(program, [], environment: environment)
    #expect(run.code == 3 && run.output.contains("libhone-kernels-"), "\(run.story)")
  }

  @Test("look-ups and executions from four threads leave no memory behind")
  func noLeaks() throws {
    let scratch = Scratch()
    let database = try TunedDatabase.one(in: scratch)
    let program = try LibHone.program(Repository.fixture("churn.c"), into: scratch)
    let run = try Run(program, [database.path, TunedDatabase.hardwareClass] + churn)
    #expect(run.code == 0, "\(run.story)")
  }
}

@Suite("libhone under sanitizers", .enabled(if: Repository.hasCompilers, "needs cc and c++"))
struct SanitizerTests {
  private var environment: [String: String] {
    [
      "HONE_ENGINE": "\(Repository.products)/libhone-engine.so",
      // What the system's libraries keep until the process ends is not ours.
      "ASAN_OPTIONS": "detect_leaks=1:suppressions=", "UBSAN_OPTIONS": "print_stacktrace=1",
      "LSAN_OPTIONS": "suppressions=\(Repository.fixture("leaks.txt")):print_suppressions=0",
      "TSAN_OPTIONS": "report_bugs=1:halt_on_error=1",
    ]
  }

  @Test(
    "address and undefined-behaviour sanitizers are clean",
    arguments: ["program.c", "bad_input.c", "churn.c", "attention.c"])
  func addresses(fixture: String) throws {
    let scratch = Scratch()
    let program = try LibHone.sanitized(
      Repository.fixture(fixture), "address,undefined", into: scratch)
    let database = try TunedDatabase.one(in: scratch)
    let other = Scratch()
    let table = [
      "program.c": [database.path, TunedDatabase.hardwareClass, database.configuration],
      "churn.c": [database.path, TunedDatabase.hardwareClass, "2000", "500"], "attention.c": [],
    ]
    let arguments = try table[fixture] ?? ProgramTests.badInputArguments(other)
    let run = try Run(program, arguments, environment: environment)
    #expect(run.code == 0, "\(run.story)")
  }

  @Test("the thread sanitizer is clean while four threads look up and execute")
  func threads() throws {
    let scratch = Scratch()
    let program = try LibHone.sanitized(Repository.fixture("churn.c"), "thread", into: scratch)
    let database = try TunedDatabase.one(in: scratch)
    let run = try Run(
      program, [database.path, TunedDatabase.hardwareClass, "5000", "500"], environment: environment
    )
    #expect(run.code == 0, "\(run.story)")
  }

  @Test("the reader survives everything that the fuzzer found so far")
  func corpus() throws {
    let scratch = Scratch()
    let program = "\(scratch.path)/replay"
    let folder = "\(Repository.root)/CShims/CHone"
    let compile = try Run(
      "cc",
      LibHone.include + LibHone.internals + ["-I", folder, "-std=c11", "-g", "-O1", "-DREPLAY"]
        + ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"] + LibHone.sources
        + [Repository.fixture("fuzz_reader.c"), "-o", program, "-lm", "-lpthread", "-ldl"])
    try #require(compile.code == 0, "\(compile.story)")
    let lines = try Repository.text("Tests/Fuzzing/Corpus/libhone.txt").split(separator: "\n")
    try #require(lines.count > 50)
    let inputs = try lines.enumerated().map { number, line in
      let path = "\(scratch.path)/input-\(number)"
      try #require(Data(base64Encoded: String(line))).write(to: URL(filePath: path))
      return path
    }
    let run = try Run(program, inputs)
    #expect(run.code == 0 && run.output == "\(inputs.count) inputs\n", "\(run.story)")
  }
}
