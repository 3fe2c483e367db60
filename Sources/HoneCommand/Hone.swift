// Hone.swift: the command `hone`; one file a subcommand, one row here each.

internal import ArgumentParser
internal import HoneCore

@main
struct HoneCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hone",
    abstract: "Autotunes the CPU kernels of AI systems: GEMM, embedding-bag and attention.",
    version: "0.1.0",
    subcommands: [
      TuneCommand.self,
      TopologyCommand.self,
      DoctorCommand.self,
      ReportCommand.self,
      CompareCommand.self,
      TransplantCommand.self,
      ListCommand.self,
      LookupCommand.self,
      WhyCommand.self,
      SimulateCommand.self,
      WorkloadCommand.self,
      DbCommand.self,
    ])

  /// Runs a subcommand and turns errors into messages on standard error and exit codes (see `ExitStatus`).
  static func main() async {
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch let error as HoneError {
      Terminal.printError("hone: \(error.description)")
      exit(withError: ExitStatus.status(of: error))
    } catch let refusal as Refusal {
      Terminal.printError("hone: \(refusal.description)")
      exit(withError: ExitStatus.unusableData)
    } catch {
      exit(withError: error)
    }
  }
}
