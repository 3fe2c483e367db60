// Manifest.swift: the two functions that every kernel library exports (hone_kernel.h), over the operations' catalogues.

import CHoneKernel

/// The rows of every folder that this build links, in a fixed order: one block a folder.
private func fill(_ catalogue: inout Catalogue) {
  addProbeRows(&catalogue)
  #if !HONE_WITHOUT_GEMM
    addGEMMRows(&catalogue)
  #endif
  #if !HONE_WITHOUT_EmbeddingBag
    addEmbeddingBagRows(&catalogue)
  #endif
  #if !HONE_WITHOUT_Attention
    addAttentionRows(&catalogue)
  #endif
}

@c(hone_kernel_library_describe)
public func hone_kernel_library_describe(
  _ library: UnsafeMutablePointer<hone_kernel_library>?
) -> Int32 {
  guard let library else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
  var catalogue = Catalogue(wanted: .max)
  fill(&catalogue)
  library.pointee = hone_kernel_library(
    struct_size: UInt64(MemoryLayout<hone_kernel_library>.size), abi: HONE_KERNEL_ABI,
    row_count: catalogue.count, name: text("hone"), version: text("0.1.0"),
    instruction_set: text(instructionSet))
  return Int32(HONE_KERNEL_OK)
}

@c(hone_kernel_row_describe)
public func hone_kernel_row_describe(
  _ index: UInt32, _ row: UnsafeMutablePointer<hone_kernel_row>?
) -> Int32 {
  guard let row else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
  var catalogue = Catalogue(wanted: index)
  fill(&catalogue)
  guard index < catalogue.count else { return Int32(HONE_KERNEL_BAD_ARGUMENT) }
  row.pointee = catalogue.found
  return Int32(HONE_KERNEL_OK)
}

#if HONE_ISA_x86v4_bf16
  private let instructionSet: StaticString = "x86v4_bf16"
#elseif HONE_ISA_x86v4
  private let instructionSet: StaticString = "x86v4"
#elseif HONE_ISA_x86v3
  private let instructionSet: StaticString = "x86v3"
#elseif HONE_ISA_x86v2
  private let instructionSet: StaticString = "x86v2"
#else
  private let instructionSet: StaticString = "armv8"
#endif
