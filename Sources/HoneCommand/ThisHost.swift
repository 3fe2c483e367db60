// ThisHost.swift: what subcommands need to know of the machine they run on.

internal import Glibc
internal import HoneCore

struct ThisHost {
  let hardwareClass: String
  let cores: Int

  init() throws {
    throw HoneError(
      .usage, "this host's hardware class is not known",
      advice: "Give --hardware-class and --cores.")
  }
}
