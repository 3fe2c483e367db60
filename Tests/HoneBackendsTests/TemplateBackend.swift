// TemplateBackend.swift: the smallest back end: copy it to Sources/HoneBackends/<Name>Backend.swift and add its row to Backends+Registry.swift.

import HoneBackends
import HoneCore
import HoneHost
import HoneTesting
import Testing

/// f32 GEMM in three loops.
struct TemplateBackend: Backend {
  let name = "template"
  let summary = "three loops in Swift"
  let libraries = ["template": "1"]

  func branches(for problem: Problem, host: HostFacts, cores: Int) -> [Branch] {
    guard problem.operation == "gemm", problem.types == "f32" else { return [] }
    return [Branch(backend: name, variant: "loops", parameters: [], defaults: [])]
  }

  func plan(for problem: Problem, _ configuration: Configuration) throws(Refusal) -> any Plan {
    guard configuration.variant == "loops" else {
      throw .unsupported("no variant '\(configuration.variant)'")
    }
    return TemplatePlan()
  }
}

final class TemplatePlan: Plan {
  let workspaceBytes = 0
  func prepare() {}
  func execute(_ arguments: UnsafeRawPointer) throws(Refusal) { PlainGEMM.run(arguments) }
}
