// Hone.swift: the command `hone`; one file a subcommand, one row here each.

internal import ArgumentParser

@main
struct HoneCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hone",
    abstract: "Autotunes the CPU kernels of AI systems: GEMM, embedding-bag and attention.",
    version: "0.1.0",
    subcommands: [])
}
