// Hwloc+Export.swift: writes an hwloc topology as XML.

internal import CHwloc
internal import HoneCore

extension HwlocTopology {
  /// Adds a fact to the whole machine. Only for a topology that nobody else uses.
  func addInfo(_ name: String, _ value: String) {
    hwloc_obj_add_info(root.pointer, name, value)
  }

  /// The topology as XML of format 2.
  func exported() throws -> [UInt8] {
    var buffer: UnsafeMutablePointer<CChar>?
    var length: Int32 = 0
    guard hwloc_topology_export_xmlbuffer(handle, &buffer, &length, CHwloc_exportFlags()) == 0,
      let buffer
    else {
      throw HoneError(.unavailable, "hwloc cannot write the topology as XML.")
    }
    defer { hwloc_free_xmlbuffer(handle, buffer) }
    return UnsafeBufferPointer(start: buffer, count: Int(length)).map { UInt8(bitPattern: $0) }
      .filter { $0 != 0 }
  }
}
