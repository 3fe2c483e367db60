// Hwloc+Binding.swift: binds the calling thread; only on the topology of the machine that this runs on.

internal import CHwloc
internal import Glibc

extension HwlocTopology {
  /// Returns 0 or an errno.
  func bindCurrentThread(to cpus: CPUSet) -> Int32 {
    cpus.withBitmap { bitmap in
      let code = hwloc_set_cpubind(handle, bitmap, Int32(HWLOC_CPUBIND_THREAD.rawValue))
      return code == 0 ? 0 : errno
    } ?? ENOMEM
  }

  /// nil where the system does not say.
  func bindingOfCurrentThread() -> CPUSet? {
    let cpus = CPUSet().withBitmap { bitmap in
      let code = hwloc_get_cpubind(handle, bitmap, Int32(HWLOC_CPUBIND_THREAD.rawValue))
      return code == 0 ? CPUSet(bitmap) : nil
    }
    return cpus ?? nil
  }
}
