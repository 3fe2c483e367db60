// Hwloc.swift: an hwloc topology that is loaded, walked and freed; with its other parts the only users of the C library.

internal import CHwloc
internal import CPlatform
internal import Glibc
internal import Synchronization

/// A loaded hwloc topology. It is not changed after loading, so threads may share it.
final class HwlocTopology: @unchecked Sendable {
  let handle: hwloc_topology_t

  /// Where a topology is read from.
  enum Origin {
    case live
    /// An XML document, complete in memory.
    case xml([UInt8])
    /// In hwloc's own syntax.
    case synthetic(String)
  }

  /// Descriptions are loaded in a child process first: hwloc crashes on some damaged files.
  ///
  /// - Throws: `HwlocFailure` with what hwloc says.
  convenience init(_ origin: Origin) throws(HwlocFailure) {
    _ = Self.isQuiet
    try Self.lock.withLock { (_: inout Void) throws(HwlocFailure) in try Self.tryInChild(origin) }
    try self.init(trusted: origin)
  }

  private init(trusted origin: Origin) throws(HwlocFailure) {
    var created: hwloc_topology_t?
    guard hwloc_topology_init(&created) == 0, let created else { throw HwlocFailure(number: errno) }
    handle = created
    let code = Self.lock.withLock { _ in
      Self.withDescription(of: origin) { description in
        let code = CHwloc_describe(created, description)
        return code == 0 ? hwloc_topology_load(created) : code
      }
    }
    if code != 0 { throw HwlocFailure(number: errno) }
  }

  deinit { hwloc_topology_destroy(handle) }

  /// hwloc reads these variables once. It would print its opinions on standard error, which belongs to the program. And it
  /// would load plug-ins for devices, which Hone leaves out, and one for XML, without which it has its own, smaller parser:
  /// the same on every machine, and it takes no lock of the dynamic loader in a child process.
  private static let isQuiet: Bool =
    setenv("HWLOC_HIDE_ERRORS", "2", 1) == 0 && setenv("HWLOC_PLUGINS_PATH", "", 0) == 0

  /// Held while hwloc loads and while a child is made: a child inherits no lock that another thread holds in hwloc or in
  /// its XML library.
  private static let lock = Mutex(())

  private static func withDescription<Result>(
    of origin: Origin, _ body: (UnsafePointer<CHwloc_Description>) -> Result
  ) -> Result {
    // Disallowed CPUs stay visible: what a machine is must not depend on the control group that looks at it.
    var flags = UInt(HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED.rawValue)
    var text: [UInt8]?
    var isSynthetic = false
    switch origin {
    case .live:
      // Otherwise the x86 discovery moves the calling thread over all CPUs.
      flags |= UInt(HWLOC_TOPOLOGY_FLAG_DONT_CHANGE_BINDING.rawValue)
    case .xml(let bytes): text = bytes + [0]
    case .synthetic(let description):
      text = Array(description.utf8) + [0]
      isSynthetic = true
    }
    func call(_ pointer: UnsafePointer<CChar>?, _ length: Int) -> Result {
      var description = CHwloc_Description(
        text: pointer, length: Int32(length), isSynthetic: isSynthetic ? 1 : 0, flags: flags)
      return body(&description)
    }
    guard let text else { return call(nil, 0) }
    return text.withUnsafeBytes { call($0.bindMemory(to: CChar.self).baseAddress, $0.count) }
  }

  private static func tryInChild(_ origin: Origin) throws(HwlocFailure) {
    if case .live = origin { return }
    var text = [CChar](repeating: 0, count: 2048)
    var detail: Int32 = 0
    let outcome = withDescription(of: origin) {
      CPlatform_runInChild(CHwloc_try, $0, 10, &text, Int32(text.count), &detail)
    }
    let said = String(
      decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    switch Int(outcome) {
    case CPLATFORM_CHILD_ENDED where detail == 0: return
    case CPLATFORM_CHILD_ENDED: throw HwlocFailure(number: detail, text: said)
    case CPLATFORM_CHILD_SIGNAL:
      throw HwlocFailure(number: EINVAL, text: "reading it would have crashed (signal \(detail))")
    case CPLATFORM_CHILD_TIMEOUT:
      throw HwlocFailure(number: EINVAL, text: "reading it takes longer than \(detail) s")
    // Without a child nothing can be tried, and an undamaged file is the rule.
    default: return
    }
  }

  /// Does it describe the machine that this runs on? Binding means nothing otherwise.
  var isThisSystem: Bool { hwloc_topology_is_thissystem(handle) != 0 }

  /// "2.8": the version of the interface, which is not always that of the package.
  static var version: String {
    let number = hwloc_get_api_version()
    return "\(number >> 16).\(number >> 8 & 0xff)"
  }
}

/// hwloc refused.
struct HwlocFailure: Error {
  var number: Int32
  /// What it printed; often nothing.
  var text = ""

  /// The first line that hwloc printed about what it did not merely ignore, or what its error number means.
  var reason: String {
    let lines = text.split(separator: "\n").map { line in
      line.hasPrefix("xmlbuffer: ") ? line.dropFirst(11).trimmed : line.trimmed
    }.filter { !$0.isEmpty }
    let shown = lines.first { !$0.hasPrefix("ignoring") } ?? lines.first
    return shown.map { String($0.prefix(200)) } ?? String(cString: strerror(number))
  }
}

// MARK: - Walking

extension HwlocTopology {
  /// Objects of a type in their logical order.
  func objects(_ type: hwloc_obj_type_t) -> [HwlocObject] {
    if hwloc_get_type_depth(handle, type) == HWLOC_TYPE_DEPTH_MULTIPLE.rawValue {
      return objectsOnSeveralDepths(type)
    }
    let count = hwloc_get_nbobjs_by_type(handle, type)
    guard count > 0 else { return [] }
    return (0..<UInt32(count)).compactMap {
      hwloc_get_obj_by_type(handle, type, $0).map { HwlocObject(pointer: $0) }
    }
  }

  /// Groups may nest, and then hwloc's calls by type know no answer.
  private func objectsOnSeveralDepths(_ type: hwloc_obj_type_t) -> [HwlocObject] {
    (0..<hwloc_topology_get_depth(handle)).filter { hwloc_get_depth_type(handle, $0) == type }
      .flatMap { depth in
        (0..<hwloc_get_nbobjs_by_depth(handle, depth)).compactMap {
          hwloc_get_obj_by_depth(handle, depth, $0).map { HwlocObject(pointer: $0) }
        }
      }
  }

  var root: HwlocObject { HwlocObject(pointer: hwloc_get_root_obj(handle)) }

  var completeSet: CPUSet { CPUSet(hwloc_topology_get_complete_cpuset(handle)) }
  var onlineSet: CPUSet { CPUSet(hwloc_topology_get_topology_cpuset(handle)) }
  var allowedSet: CPUSet { CPUSet(hwloc_topology_get_allowed_cpuset(handle)) }
  var allowedNodes: CPUSet { CPUSet(hwloc_topology_get_allowed_nodeset(handle)) }
}

/// An object of a topology; valid as long as the topology is.
struct HwlocObject {
  var pointer: hwloc_obj_t

  var type: hwloc_obj_type_t { pointer.pointee.type }
  var cpus: CPUSet { CPUSet(pointer.pointee.cpuset) }
  /// With the CPUs that are offline or hidden.
  var completeCPUs: CPUSet { CPUSet(pointer.pointee.complete_cpuset) }
  var logicalIndex: Int { Int(pointer.pointee.logical_index) }
  /// The operating system's number; nil where it has none.
  var number: Int? {
    let index = pointer.pointee.os_index
    return index == UInt32.max ? nil : Int(index)
  }
  var subtype: String? { Self.text(pointer.pointee.subtype) }
  var typeName: String { String(cString: hwloc_obj_type_string(type)) }

  var cache: hwloc_cache_attr_s? { pointer.pointee.attr?.pointee.cache }
  var memory: hwloc_numanode_attr_s? { pointer.pointee.attr?.pointee.numanode }

  func info(_ name: String) -> String? { Self.text(hwloc_obj_get_info_by_name(pointer, name)) }

  /// Empty strings say nothing.
  static func text(_ pointer: UnsafePointer<CChar>?) -> String? {
    guard let pointer else { return nil }
    let text = String(cString: pointer)
    return text.isEmpty ? nil : text
  }
}

// MARK: - Sets

extension CPUSet {
  /// An infinite set, which stands for "anything", is empty here.
  init(_ bitmap: hwloc_const_bitmap_t?) {
    guard let bitmap, hwloc_bitmap_weight(bitmap) > 0 else {
      self.init()
      return
    }
    let words = (hwloc_bitmap_last(bitmap) / 64) + 1
    self.init(
      words: (0..<UInt32(clamping: words)).map { UInt64(hwloc_bitmap_to_ith_ulong(bitmap, $0)) })
  }

  /// Calls `body` with the set as an hwloc bitmap.
  func withBitmap<Result>(_ body: (hwloc_bitmap_t) -> Result) -> Result? {
    guard let bitmap = hwloc_bitmap_alloc() else { return nil }
    defer { hwloc_bitmap_free(bitmap) }
    for member in members { hwloc_bitmap_set(bitmap, UInt32(member)) }
    return body(bitmap)
  }
}
