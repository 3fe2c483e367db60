// swift-tools-version: 6.2
// The package: one row a target, grouped by layer (arrows point down only; LayeringTests checks it).

import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
  .treatAllWarnings(as: .error),
]

// MARK: - Kernel libraries: one row an instruction set

/// One build of everything under `Kernels/`: its psABI level, what `-march` means it, its vector of floats, and
/// whether it has a fused multiply-add (without one, `addProduct` would call `fmaf` for each lane).
struct InstructionSet {
  var name: String
  var march: String
  var floatLanes: Int
  var hasFMA: Bool
  /// How many vector registers a tile may count on.
  var vectorRegisters: Int
  /// What it has beyond the level: compiler flags without -m, and conditions that sources can ask for (`HONE_BF16`).
  var extensions: [String] = []
  var conditions: [String] = []
  /// Folders of `Kernels/` with a catalogue that it does not link: a build for an extension links those that profit from it.
  var without: [String] = []
}

#if arch(x86_64)
  let instructionSets = [
    InstructionSet(
      name: "x86v2", march: "x86-64-v2", floatLanes: 4, hasFMA: false, vectorRegisters: 16),
    InstructionSet(
      name: "x86v3", march: "x86-64-v3", floatLanes: 8, hasFMA: true, vectorRegisters: 16),
    InstructionSet(
      name: "x86v4", march: "x86-64-v4", floatLanes: 16, hasFMA: true, vectorRegisters: 32),
    InstructionSet(
      name: "x86v4_bf16", march: "x86-64-v4", floatLanes: 16, hasFMA: true, vectorRegisters: 32,
      extensions: ["avx512vnni", "avx512bf16"], conditions: ["HONE_BF16", "HONE_VNNI"],
      without: ["EmbeddingBag"]),
  ]
#else
  let instructionSets = [
    InstructionSet(
      name: "armv8", march: "armv8-a", floatLanes: 4, hasFMA: true, vectorRegisters: 32)
  ]
#endif

func kernelTarget(_ set: InstructionSet) -> Target {
  .target(
    name: "Kernels_\(set.name)",
    dependencies: ["CHoneKernel", "CIntrinsics"],
    path: "Kernels/Builds/\(set.name)",
    exclude: ["Contract/Attention.md", "Contract/EmbeddingBag.md", "Contract/GEMM.md"],
    swiftSettings: [
      .enableExperimentalFeature("Embedded"),
      .define("HONE_LANES_\(set.floatLanes)"),
      .define("HONE_REGISTERS_\(set.vectorRegisters)"),
      .define("HONE_ISA_\(set.name)"),
      // A register tile is a loop nest that must unroll whole; LLVM's own threshold stops at 24 registers of sums.
      .unsafeFlags(
        [
          "-wmo", "-Ounchecked", "-parse-as-library", "-no-static-stdlib",
          "-Xllvm", "-unroll-threshold=2000", "-Xcc",
          "-march=\(set.march)",
        ] + set.extensions.flatMap { ["-Xcc", "-m\($0)"] }),
    ] + (set.hasFMA ? [.define("HONE_FMA")] : []) + set.conditions.map { .define($0) }
      + set.without.map { .define("HONE_WITHOUT_\($0)") },
    linkerSettings: [
      .linkedLibrary("m"),
      .unsafeFlags([
        "-Xlinker", "--as-needed", "-Xlinker", "-Bsymbolic", "-Xlinker", "--gc-sections",
        "-Xlinker", "--version-script=\(Context.packageDirectory)/Kernels/exports.map",
      ]),
    ])
}

// MARK: - Layers, low to high

func layer(_ name: String, _ dependencies: [Target.Dependency], c: [String] = []) -> Target {
  .target(
    name: name, dependencies: dependencies + c.map { .byName(name: $0) },
    exclude: ["README.md"], swiftSettings: strict)
}

/// - Parameter settings: beside the strict ones.
func tests(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [],
  resources: [Resource]? = nil, settings: [SwiftSetting] = []
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, exclude: exclude, resources: resources,
    swiftSettings: strict + settings)
}

let shims: [Target] = [
  .systemLibrary(
    name: "CHwloc", path: "CShims/CHwloc", providers: [.apt(["libhwloc-dev"])]),
  .systemLibrary(name: "CNuma", path: "CShims/CNuma", providers: [.apt(["libnuma-dev"])]),
  .systemLibrary(
    name: "COpenBLAS", path: "CShims/COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
  .systemLibrary(
    name: "CMessageDigest", path: "CShims/CMessageDigest", providers: [.apt(["libmd-dev"])]),
  .target(name: "CPlatform", path: "CShims/CPlatform"),
  .target(name: "CIntrinsics", path: "CShims/CIntrinsics"),
  .target(name: "CHoneKernel", path: "CShims/CHoneKernel"),
  .target(name: "CHone", dependencies: ["CHoneKernel"], path: "CShims/CHone"),
  .target(
    name: "KernelReference", dependencies: ["CHoneKernel"], path: "Kernels/Reference",
    // Optimised in debug builds as well: the tests spend most of their time in the oracles.
    swiftSettings: strict + [.unsafeFlags(["-O"])]),
]

let layers: [Target] = [
  layer("HoneCore", []),
  layer("HoneDigest", [], c: ["CMessageDigest"]),
  layer("HoneHost", ["HoneCore", "HoneDigest"], c: ["CHwloc", "CNuma", "CPlatform"]),
  layer("HoneOperations", ["HoneCore", "HoneHost", "KernelReference"], c: ["CHoneKernel"]),
  layer("HoneSearch", ["HoneCore"]),
  layer("HoneMeasure", ["HoneCore"], c: ["CPlatform"]),
  layer("HoneDatabase", ["HoneCore", "HoneDigest"], c: ["CHone"]),
  layer("HoneFormats", ["HoneCore"]),
  layer(
    "HoneBackends", ["HoneCore", "HoneHost", "HoneOperations"],
    c: ["CHoneKernel", "COpenBLAS", "CPlatform"]),
  layer("HoneWorkloads", ["HoneCore", "HoneOperations"]),
  layer(
    "Hone",
    [
      "HoneCore", "HoneDigest", "HoneHost", "HoneOperations", "HoneSearch", "HoneMeasure",
      "HoneDatabase", "HoneBackends", "HoneWorkloads",
    ], c: ["CHoneKernel"]),
  layer(
    "HoneReport", ["HoneCore", "HoneHost", "HoneOperations", "HoneMeasure", "HoneDatabase"]),
  layer(
    "HoneTesting",
    [
      "HoneCore", "HoneHost", "HoneOperations", "HoneSearch", "HoneMeasure", "HoneBackends",
      "HoneDatabase",
    ],
    c: ["CHoneKernel"]),
]

/// The toolchain's own linker: it is faster, and does not warn of functions of Foundation that Hone never calls.
let toolchainLinker: [LinkerSetting] = [.unsafeFlags(["-use-ld=lld"])]

/// libhone's engine is loaded into other people's processes: it exports its own functions and nothing of Swift's.
let engineLinker: [LinkerSetting] =
  toolchainLinker + [
    .unsafeFlags([
      "-Xlinker", "--as-needed", "-Xlinker", "-Bsymbolic", "-Xlinker", "--gc-sections",
      "-Xlinker", "--version-script=\(Context.packageDirectory)/Sources/HoneABI/exports.map",
    ]),
    // `--static-swift-stdlib` means executables only; an installed engine must not need a toolchain either.
    .unsafeFlags(
      ["-static-stdlib", "-l_FoundationCShims", "-l_FoundationCollections"],
      .when(configuration: .release)),
  ]

let doors: [Target] = [
  .target(
    name: "HoneABI",
    dependencies: ["HoneCore", "HoneHost", "HoneOperations", "HoneBackends", "CHone"],
    exclude: ["README.md", "exports.map"],
    swiftSettings: strict, linkerSettings: engineLinker),
  .executableTarget(
    name: "HoneBench",
    dependencies: [
      "Hone", "HoneCore", "HoneHost", "HoneOperations", "HoneSearch", "HoneMeasure",
      "HoneBackends", "HoneWorkloads", "HoneReport", "HoneDatabase", "HoneTesting",
      "CHoneKernel", "CPlatform",
    ],
    exclude: ["README.md"],
    swiftSettings: strict, linkerSettings: toolchainLinker),
  .executableTarget(
    name: "HoneCommand",
    dependencies: [
      "Hone", "HoneReport", "HoneCore", "HoneHost", "HoneOperations", "HoneSearch", "HoneMeasure",
      "HoneDatabase", "HoneFormats", "HoneBackends", "HoneWorkloads",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ],
    exclude: ["README.md"],
    swiftSettings: strict, linkerSettings: toolchainLinker),
]

let testTargets: [Target] = [
  tests("HoneCoreTests", ["HoneCore"]),
  tests(
    "HoneHostTests", ["HoneHost", "HoneDigest", "HoneCore", "CPlatform"], exclude: ["Fixtures"]),
  tests("HoneOperationsTests", ["HoneOperations", "HoneHost", "HoneCore", "CHoneKernel"]),
  tests("HoneSearchTests", ["HoneSearch", "HoneCore", "HoneTesting"]),
  tests("HoneMeasureTests", ["HoneMeasure", "HoneCore", "HoneTesting"]),
  tests("HoneDatabaseTests", ["HoneDatabase", "HoneCore"]),
  tests("HoneFormatsTests", ["HoneFormats", "HoneCore"], exclude: ["Fixtures"]),
  tests(
    "HoneBackendsTests",
    ["HoneBackends", "HoneOperations", "HoneHost", "HoneCore", "HoneTesting", "CHoneKernel"],
    exclude: ["Fixtures"]),
  tests("HoneWorkloadsTests", ["HoneWorkloads", "HoneOperations", "HoneCore"]),
  tests(
    "HoneSessionTests",
    [
      "Hone", "HoneSearch", "HoneTesting", "HoneWorkloads", "HoneDatabase", "HoneBackends",
      "HoneHost", "HoneMeasure", "HoneBench", "HoneCore",
    ]),
  tests(
    "HoneReportTests",
    [
      "HoneReport", "HoneDatabase", "HoneMeasure", "HoneOperations", "HoneTesting", "HoneCore",
    ], exclude: ["Golden"]),
  tests(
    "HoneCommandTests",
    [
      "HoneCommand", "HoneReport", "HoneDatabase", "HoneFormats", "HoneSearch", "HoneWorkloads",
      "HoneOperations",
      "HoneHost", "HoneTesting", "HoneCore",
    ]),
  tests(
    "KernelTests",
    [
      "HoneBackends", "HoneOperations", "HoneHost", "HoneCore", "KernelReference", "CHoneKernel",
    ], exclude: ["Fixtures"],
    // Filling, poisoning and comparing operands element by element takes longer than the kernels.
    settings: [.unsafeFlags(["-O"])]),
  tests(
    "HoneABITests",
    [
      "HoneABI", "Hone", "HoneDatabase", "HoneBackends", "HoneOperations", "HoneHost", "HoneCore",
      "CHone", "CPlatform",
    ], exclude: ["Fixtures"]),
  tests(
    "BindingsTests", ["HoneWorkloads", "HoneOperations", "HoneCore"], exclude: ["Fixtures"]),
  tests("ProjectTests", []),
]

let package = Package(
  name: "hone",
  products: [
    .executable(name: "hone", targets: ["HoneCommand"]),
    .executable(name: "hone-bench", targets: ["HoneBench"]),
    .library(name: "Hone", targets: ["Hone"]),
    .library(name: "HoneTesting", targets: ["HoneTesting"]),
    .library(name: "hone-engine", type: .dynamic, targets: ["HoneABI"]),
  ]
    + instructionSets.map {
      .library(
        name: "hone-kernels-\($0.name)", type: .dynamic, targets: ["Kernels_\($0.name)"])
    },
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
  ],
  targets: shims + instructionSets.map(kernelTarget) + layers + doors + testTargets,
  swiftLanguageModes: [.v6]
)
