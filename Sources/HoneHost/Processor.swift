// Processor.swift: who made the CPU, what it is called, and which instructions it has.

internal import CPlatform

/// The identity and abilities of a machine's CPUs. Optional fields are nil where the source does not say.
public struct Processor: Hashable, Sendable, Codable {
  /// "AuthenticAMD", "GenuineIntel", an ARM implementer such as "0x41".
  public var vendor: String?
  /// As the CPU spells it, runs of blanks collapsed.
  public var model: String?
  public var family: Int?
  /// The model number (ARM: the part number).
  public var modelNumber: Int?
  public var stepping: Int?
  public var microcode: String?
  /// "x86_64", "aarch64", "ppc64le".
  public var architecture: String?
  /// "zen4", "sapphirerapids", "neoverse-v2": from Hone's table.
  public var microarchitecture: String?
  /// Names of kernel builds that run here, best last; empty where `features` is unknown.
  public var instructionSets: [String] = []
  /// Instruction-set extensions that the CPU has and the system lets us use; nil where unknown.
  public var features: [String]?
  /// "KVM", "none"; nil where unknown.
  public var hypervisor: String?

  public init() {}

  /// Features beyond the best level: "avx512_bf16", "amx_int8".
  public var extraFeatures: [String] { InstructionFeatures.extras(of: features ?? []) }

  public var isVirtual: Bool? { hypervisor.map { $0 != "none" } }
}

extension Processor {
  /// Sets what follows from other fields.
  mutating func complete() {
    if let features { instructionSets = InstructionFeatures.levels(of: features) }
    if let text = model {
      model = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      if model?.isEmpty == true { model = nil }
    }
    if let vendor, let modelNumber {
      microarchitecture = Microarchitecture.name(
        vendor: vendor, family: family ?? 0, model: modelNumber, stepping: stepping ?? 0)
    }
  }

  /// Adds what the running kernel and the CPU itself say; a tree of test files that is not this machine has no CPUID.
  mutating func readLive(files: SystemFiles, isThisMachine: Bool) {
    let path = "proc/cpuinfo"
    vendor =
      vendor ?? files.field("vendor_id", in: path)
      ?? files.field("CPU implementer", in: path)
    model = model ?? files.field("model name", in: path) ?? files.field("cpu model", in: path)
    family = family ?? files.field("cpu family", in: path).flatMap { Int($0) }
    modelNumber =
      modelNumber ?? files.field("model", in: path).flatMap { Int($0) }
      ?? files.field("CPU part", in: path).flatMap { Int($0.dropFirst(2), radix: 16) }
    stepping = stepping ?? files.field("stepping", in: path).flatMap { Int($0) }
    microcode = files.field("microcode", in: path)
    if isThisMachine {
      features = InstructionFeatures.limited(
        InstructionFeatures.ofThisCPU(), to: InstructionFeatures.limit)
    }
    hypervisor = Self.hypervisor(files: files, isThisMachine: isThisMachine)
  }

  /// Hypervisors by the signature in CPUID leaf 0x40000000 and by the firmware's product names.
  private static let hypervisors: [(mark: String, name: String)] = [
    ("KVMKVMKVM", "KVM"), ("VMwareVMware", "VMware"), ("VMware", "VMware"),
    ("Microsoft Hv", "Hyper-V"), ("XenVMMXenVMM", "Xen"), ("TCGTCGTCGTCG", "QEMU"),
    ("QEMU", "QEMU"), ("KVM", "KVM"), ("Amazon EC2", "KVM"), ("Google Compute Engine", "KVM"),
    ("VirtualBox", "VirtualBox"), ("bhyve", "bhyve"),
  ]

  /// The hypervisor that a text names, if any.
  static func hypervisor(named text: String) -> String? {
    hypervisors.first { text.hasPrefix($0.mark) }?.name
  }

  private static func hypervisor(files: SystemFiles, isThisMachine: Bool) -> String {
    if isThisMachine, CPlatform_cpuid(1, 0).ecx & (1 << 31) != 0 {
      return hypervisor(named: hypervisorSignature()) ?? "unknown"
    }
    if let type = files.line("sys/hypervisor/type") { return type == "xen" ? "Xen" : type }
    let firmware = ["product_name", "sys_vendor"].compactMap {
      files.line("sys/class/dmi/id/\($0)").flatMap(hypervisor(named:))
    }
    if let name = firmware.first { return name }
    let flags = files.field("flags", in: "proc/cpuinfo")?.split(separator: " ") ?? []
    return flags.contains("hypervisor") ? "unknown" : "none"
  }

  /// The twelve characters in EBX, ECX, EDX.
  private static func hypervisorSignature() -> String {
    let registers = CPlatform_hypervisorSignature()
    var bytes: [UInt8] = []
    for word in [registers.ebx, registers.ecx, registers.edx] {
      for shift in stride(from: UInt32(0), to: 32, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: word >> shift))
      }
    }
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}
