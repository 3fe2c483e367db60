// PythonPackageTests.swift: the package `hone` for Python: installed by pip, tested by its own tests with the real libhone.

import Foundation
import Testing

@Suite("The Python package")
struct PythonPackageTests {
  static let folder = Build.source("Bindings/Python")

  @Test(
    "its own tests pass with every Python that has numpy",
    .enabled(
      if: Python.any != nil && Libhone.isPossible, "needs a python3 with numpy (python3-numpy)"))
  func ownTests() throws {
    for python in Python.all {
      let result = try Program(python.path).run(
        ["-B", "-m", "unittest", "discover", "-s", "\(Self.folder)/tests"],
        ["PYTHONPATH": "\(Self.folder)/src", "HONE_LIBRARY": try Libhone.path("libhone.so.0")])
      #expect(result.code == 0, "\(python.path): \(result.errors)")
    }
  }

  /// Can this Python make an environment in which pip installs without a network?
  static let installer: String? = {
    let program = "import ensurepip, venv, setuptools"
    return Python.all.map(\.path).first { (try? Program($0).run(["-c", program]).code) == 0 }
  }()

  @Test(
    "pip installs it into an environment, and it carries its types",
    .enabled(if: installer != nil, "needs a python3 with venv, pip and setuptools"))
  func installs() throws {
    let scratch = try Scratch()
    let python = try #require(Self.installer)
    // pip builds in the folder that it is given.
    try FileManager.default.copyItem(atPath: Self.folder, toPath: scratch.path("source"))
    let made = try Program(python).run(
      ["-m", "venv", "--system-site-packages", "--without-pip", scratch.path("venv")])
    try #require(made.code == 0, "\(made.errors)")
    let own = Program(scratch.path("venv/bin/python3"))
    let flags = ["--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    let installed = try own.run(
      ["-m", "pip", "install", "--quiet"] + flags + [scratch.path("source")])
    try #require(installed.code == 0, "\(installed.errors)")
    let check = """
      import hone, os
      folder = os.path.dirname(hone.__file__)
      print(folder, os.path.exists(folder + "/py.typed"), hone.__version__)
      """
    let result = try own.run(["-c", check])
    #expect(
      result.output.hasPrefix(scratch.folder.path) && result.output.contains(" True 0.1.0"),
      "\(result)")
  }

  @Test("what it says of hone.h is what the header says: every function, the size of every struct")
  func mirrorsHeader() throws {
    let compiler = try #require(Program.compiler)
    guard let python = Python.any?.path ?? Program(named: "python3")?.path else { return }
    let structs = [
      "hone_options": "Options", "hone_answer": "AnswerStruct", "hone_parameter": "Parameter",
      "hone_gemm_shape": "GEMMShape", "hone_embedding_bag_shape": "EmbeddingBagShape",
      "hone_attention_shape": "AttentionShape", "hone_weights": "WeightsStruct",
    ]
    let names = structs.values.joined(separator: ", ")
    let program = """
      import ctypes, re
      from hone._library import FUNCTIONS, \(names)
      header = open("CShims/CHone/include/hone.h").read()
      declared = set(re.findall(r"HONE_API [^;(]*?(hone_\\w+)\\(", header))
      print(*sorted(set(FUNCTIONS) - declared))
      print(\(structs.values.sorted().map { "ctypes.sizeof(\($0))" }.joined(separator: ", ")))
      """
    let result = try Program(python).run(
      ["-B", "-c", program], ["PYTHONPATH": "\(Self.folder)/src"])
    let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
    try #require(lines.count >= 2, "\(result.errors)")
    #expect(lines[0].isEmpty, "not in hone.h: \(lines[0])")
    let sizes = lines[1].split(separator: " ")
    let scratch = try Scratch()
    let asserts = zip(structs.sorted { $0.value < $1.value }, sizes).map {
      "_Static_assert(sizeof(\($0.key)) == \($1), \"\($0.key)\");"
    }
    try (["#include \"hone.h\""] + asserts).joined(separator: "\n")
      .write(toFile: scratch.path("sizes.c"), atomically: true, encoding: .utf8)
    let compiled = try compiler.run(
      ["-ICShims/CHone/include", "-std=c11", "-fsyntax-only", scratch.path("sizes.c")])
    #expect(compiled.code == 0, "\(compiled.errors)")
  }
}
