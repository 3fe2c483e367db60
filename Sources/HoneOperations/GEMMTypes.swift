// GEMMTypes.swift: the data types of a GEMM by their name, and its epilogue by the words of its attribute.

internal import CHoneKernel
internal import HoneCore
internal import KernelReference

/// "f32": A, B and C. "f32s4": A and C, and B, which is constant. "bf16bf16f32": A, B and C.
struct GEMMTypes {
  var a: StoredType
  var b: StoredType
  var c: StoredType

  static let names = [
    "f32", "f32f32", "f32bf16", "f32f16", "f32s8", "f32s4", "bf16", "bf16bf16f32", "f16",
    "f16f16f32", "bf16s8", "bf16s4", "f64", "u8s8f32", "u8s8bf16", "u8s8s32", "s8s8f32",
    "s8s8bf16", "s8s8s32",
  ]

  init(_ name: String) {
    var words: [StoredType] = []
    var rest = Substring(name)
    while let type = StoredType.allCases.first(where: { rest.hasPrefix($0.rawValue) }) {
      words.append(type)
      rest = rest.dropFirst(type.rawValue.count)
    }
    let first = words.first ?? .f32
    (a, b) = (first, words.count > 1 ? words[1] : first)
    c = words.count > 2 ? words[2] : first
  }

  /// HONE_TYPE_* of A or C.
  static func code(_ type: StoredType) -> Int32 {
    Int32(codes[type] ?? HONE_TYPE_F32)
  }

  private static let codes: [StoredType: Int] = [
    .bf16: HONE_TYPE_BF16, .f16: HONE_TYPE_F16, .f64: HONE_TYPE_F64, .u8: HONE_TYPE_U8,
    .s8: HONE_TYPE_S8, .s32: HONE_TYPE_S32,
  ].mapValues { Int($0) }

  /// A comes in bytes, with scales and zero points of its own.
  var isByte: Bool { a == .u8 || a == .s8 }
}

/// What follows the products: "bias-gelu" …
struct GEMMEpilogue {
  var hasBias: Bool
  var hasResidual: Bool
  var activation: Int32

  private static let activations = [
    ("gelu-tanh", HONE_ACTIVATION_GELU_TANH), ("gelu", HONE_ACTIVATION_GELU),
    ("relu", HONE_ACTIVATION_RELU), ("silu", HONE_ACTIVATION_SILU),
  ]

  static let names = [
    "none", "bias", "relu", "gelu", "gelu-tanh", "silu", "bias-relu", "bias-gelu",
    "bias-gelu-tanh", "bias-silu", "residual", "bias-residual",
  ]

  init(_ problem: Problem) {
    let name = problem.attributes["epilogue"] ?? "none"
    hasBias = name.hasPrefix("bias")
    hasResidual = name.hasSuffix("residual")
    activation = Int32(Self.activations.first { name.hasSuffix($0.0) }?.1 ?? HONE_ACTIVATION_NONE)
  }
}
