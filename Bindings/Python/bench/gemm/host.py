"""What the host is, as far as a fair comparison depends on it."""

from __future__ import annotations

import os
import subprocess
import sys

#: Kernels that OpenBLAS takes where it does not know the CPU: SSE, on a host that has AVX-512.
NARROW_CORES = ("prescott", "core2", "penryn", "nehalem", "atom", "barcelona", "katmai", "northwood")
CORE_NAME = "import ctypes; l = ctypes.CDLL('libopenblas.so.0'); f = l.openblas_get_corename; f.restype = ctypes.c_char_p; print(f().decode())"


def widen_openblas() -> None:
    """Every peer at its best: an OpenBLAS that is older than the CPU gets the kernels that the CPU can run. Before it is loaded."""
    if "OPENBLAS_CORETYPE" in os.environ:
        return
    core = subprocess.run([sys.executable, "-c", CORE_NAME], capture_output=True, text=True).stdout.strip()
    if core.lower() not in NARROW_CORES:
        return
    with open("/proc/cpuinfo") as file:
        flags = file.read()
    better = "SkylakeX" if "avx512f" in flags else "Haswell" if "avx2" in flags else None
    if better:
        os.environ["OPENBLAS_CORETYPE"] = better
        print(f"OpenBLAS takes this CPU for '{core}': OPENBLAS_CORETYPE={better} is set for it", file=sys.stderr)
