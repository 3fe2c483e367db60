// Microarchitecture.swift: the name of a core design from the numbers that CPUs carry.

/// Core designs by vendor, family and model. A CPU that is not listed has no name here, and nothing depends on it.
enum Microarchitecture {
  struct Row {
    var vendor: String
    var family: Int
    var models: [ClosedRange<Int>]
    var steppings: ClosedRange<Int>
    var name: String

    init(
      _ vendor: String, _ family: Int, _ models: [ClosedRange<Int>], _ name: String,
      steppings: ClosedRange<Int> = 0...255
    ) {
      self.vendor = vendor
      self.family = family
      self.models = models
      self.steppings = steppings
      self.name = name
    }
  }

  private static func intel(
    _ models: [Int], _ name: String, steppings: ClosedRange<Int> = 0...255
  ) -> Row {
    Row("GenuineIntel", 6, models.map { $0...$0 }, name, steppings: steppings)
  }

  private static func amd(_ family: Int, _ models: [ClosedRange<Int>], _ name: String) -> Row {
    Row("AuthenticAMD", family, models, name)
  }

  private static func arm(_ implementer: String, _ part: Int, _ name: String) -> Row {
    Row(implementer, 0, [part...part], name)
  }

  /// First match counts.
  static let rows: [Row] =
    [
      amd(0x1a, [0x10...0x1f], "zen5c"),
      amd(0x1a, [0x00...0x0f, 0x20...0x4f, 0x60...0x7f], "zen5"),
      amd(0x19, [0xa0...0xaf], "zen4c"), amd(0x19, [0x10...0x1f, 0x60...0x7f], "zen4"),
      amd(0x19, [0x00...0x0f, 0x20...0x5f], "zen3"),
      amd(0x17, [0x30...0x3f, 0x47...0x47, 0x60...0x7f, 0x90...0xaf], "zen2"),
      amd(0x17, [0x00...0x2f], "zen"), amd(0x15, [0...255], "bulldozer"),
      amd(0x10, [0...255], "k10"), amd(0x0f, [0...255], "k8"),
      intel([0xad, 0xae], "graniterapids"), intel([0xaf], "sierraforest"),
      intel([0xcf], "emeraldrapids"), intel([0x8f], "sapphirerapids"),
      intel([0x6a, 0x6c], "icelakesp"), intel([0x55], "skylakesp", steppings: 0...4),
      intel([0x55], "cascadelake", steppings: 5...9),
      intel([0x55], "cooperlake", steppings: 10...255),
      intel([0xbd], "lunarlake"), intel([0xb5, 0xc5, 0xc6], "arrowlake"),
      intel([0xaa, 0xac], "meteorlake"), intel([0xb7, 0xba, 0xbf], "raptorlake"),
      intel([0x97, 0x9a], "alderlake"), intel([0xa7], "rocketlake"),
      intel([0x8c, 0x8d], "tigerlake"), intel([0x7d, 0x7e], "icelake"),
      intel([0x4e, 0x5e, 0x8e, 0x9e, 0xa5, 0xa6], "skylake"),
      intel([0x3d, 0x47, 0x4f, 0x56], "broadwell"), intel([0x3c, 0x3f, 0x45, 0x46], "haswell"),
      intel([0x3a, 0x3e], "ivybridge"), intel([0x2a, 0x2d], "sandybridge"),
      intel([0x57], "knightslanding"), intel([0x85], "knightsmill"),
      intel([0x25, 0x2c, 0x2f], "westmere"), intel([0x1a, 0x1e, 0x1f, 0x2e], "nehalem"),
    ] + armRows

  /// Implementer and part number of MIDR_EL1; the family is 0.
  private static let armRows: [Row] = [
    arm("0x41", 0xd08, "cortex-a72"), arm("0x41", 0xd0c, "neoverse-n1"),
    arm("0x41", 0xd40, "neoverse-v1"), arm("0x41", 0xd49, "neoverse-n2"),
    arm("0x41", 0xd4f, "neoverse-v2"), arm("0x41", 0xd83, "neoverse-v3ae"),
    arm("0x41", 0xd84, "neoverse-v3"), arm("0x41", 0xd8e, "neoverse-n3"),
    arm("0x41", 0xd85, "cortex-x925"), arm("0x41", 0xd87, "cortex-a725"),
    arm("0x46", 0x001, "a64fx"), arm("0x48", 0xd01, "tsv110"), arm("0x48", 0xd02, "tsv120"),
    arm("0xc0", 0xac3, "ampere1"), arm("0xc0", 0xac4, "ampere1a"),
  ]

  static func name(vendor: String, family: Int, model: Int, stepping: Int) -> String? {
    rows.first { row in
      row.vendor == vendor && row.family == family && row.steppings.contains(stepping)
        && row.models.contains { $0.contains(model) }
    }?.name
  }
}
