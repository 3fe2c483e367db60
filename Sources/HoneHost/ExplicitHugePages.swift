// ExplicitHugePages.swift: huge pages that the administrator set aside (hugetlb), or why there are none to be had.

internal import Glibc
public import HoneCore

/// Pages of 2 MiB from the kernel's pool: they are there at once and are never split, unlike transparent ones.
public enum ExplicitHugePages {
  public static let bytes = 2 << 20

  /// What mmap needs; the size is the base-2 logarithm above MAP_HUGE_SHIFT (26), see mmap(2).
  static let flags = Int32(MAP_HUGETLB) | (21 << 26)

  /// Tries whether there is one page to be had.
  public static func probe() throws(HoneError) {
    do {
      _ = try MemoryRegion(bytes: 1, pages: "huge")
    } catch {
      throw (error as? HoneError) ?? refusal(needed: 1)
    }
  }

  /// The error of one that needs `needed` pages and did not get them: how many there are, and how to have more.
  public static func refusal(
    needed: Int, files: SystemFiles = SystemFiles()
  ) -> HoneError {
    let folder = "sys/kernel/mm/hugepages/hugepages-2048kB"
    guard let reserved = files.integer("\(folder)/nr_hugepages") else {
      return HoneError(
        .unavailable, "this kernel has no huge pages of 2 MiB to set aside (\(folder) is missing)",
        advice: "Choose a policy with transparent huge pages (thp) or with 4k.")
    }
    let free = files.integer("\(folder)/free_hugepages") ?? 0
    return HoneError(
      .unavailable,
      "\(needed) huge pages of 2 MiB are needed for one buffer, and \(free) are free (\(reserved) set aside)",
      advice: """
        Set more aside (`sysctl vm.nr_hugepages=N` as root, N pages of 2 MiB for all operands together), or choose a policy \
        with transparent huge pages (thp).
        """)
  }
}
