"""Memory in pages of one kind, for tables that all candidates read."""

from __future__ import annotations

import mmap
import re
import sys


def anonymous(size: int, pages: str) -> mmap.mmap:
    """A private mapping of at least that size; `pages`: thp or 4k. Shared ones, which Python's mmap makes unless told otherwise, never get huge
    pages where Linux has them for private memory only (shmem_enabled = never, its default)."""
    mapping = mmap.mmap(-1, (size + (2 << 20)) & ~0xFFF, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    mapping.madvise(mmap.MADV_HUGEPAGE if pages == "thp" else mmap.MADV_NOHUGEPAGE)
    return mapping


def warn_unless_huge(address: int, size: int) -> None:
    """For memory that was written and asked for as huge pages: complains where less than nine tenths of it are."""
    share = huge_bytes(address) / size
    if share < 0.9:
        print(f"only {share:.0%} of {size >> 20} MiB came as huge pages", file=sys.stderr)


def huge_bytes(address: int) -> int:
    """Of the mapping that holds the address, as /proc says."""
    inside = False
    with open("/proc/self/smaps", encoding="utf-8") as file:
        for line in file:
            if border := re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line):
                inside = int(border[1], 16) <= address < int(border[2], 16)
            elif inside and (found := re.match(r"AnonHugePages: +(\d+) kB", line)):
                return int(found[1]) << 10
    return 0
