"""Peers with a C interface for f32: CBLAS libraries and oneDNN."""

from __future__ import annotations

import ctypes as C
import glob
import os
from typing import Any, Callable, Iterator

import numpy as np

from kernels import region_of
from shapes import Case

#: name, files to try, entry point, how the number of threads is set.
LIBRARIES: list[tuple[str, list[str], str, str]] = [
    ("OpenBLAS", ["libopenblas.so.0"], "cblas_sgemm", "openblas_set_num_threads"),
    ("BLIS", ["libblis.so.4", "libblis.so.3"], "cblas_sgemm", "bli_thread_set_num_threads"),
    ("oneDNN (Debian)", ["libdnnl.so.2", "libdnnl.so.3"], "dnnl_sgemm", ""),
    ("MKL", ["libmkl_rt.so.3", "libmkl_rt.so.2"], "cblas_sgemm", "MKL_Set_Num_Threads"),
]


def open_library(files: list[str], prefix: str) -> C.CDLL:
    for file in files:
        for path in [file, *glob.glob(os.path.join(prefix, "lib", file))]:
            try:
                return C.CDLL(path)
            except OSError:
                continue
    raise OSError(f"no {' or '.join(files)} here")


class Sgemm:
    def __init__(self, helper: C.CDLL, function: Any, repeat: str, case: Case, regions: list[Any], a: np.ndarray) -> None:
        self.function, self.case, self.a = function, case, a
        self.repeat = getattr(helper, repeat)
        self.repeat.restype = C.c_double
        self.regions = regions
        self.b = (C.c_void_p * len(regions))(*[region.base for region in regions])
        self.c = np.zeros((case.m, case.n), np.float32)

    def time(self, count: int) -> float:
        case = self.case
        return float(
            self.repeat(
                C.cast(self.function, C.c_void_p), C.c_int32(case.trans_b), C.c_int32(case.m), C.c_int32(case.n),
                C.c_int32(case.k), C.c_void_p(self.a.ctypes.data), self.b, C.c_int64(len(self.b)),
                C.c_void_p(self.c.ctypes.data), C.c_int64(count),
            )  # fmt: skip
        )

    def result(self) -> np.ndarray:
        self.time(1)
        return self.c


class BLASPeers:
    """Opened once; makes a candidate of each library for a case."""

    def __init__(self, helper: C.CDLL, threads: int, prefix: str, absent: dict[str, str]) -> None:
        self.helper = helper
        self.found: list[tuple[str, Any, str]] = []
        for name, files, entry, setter in LIBRARIES:
            try:
                library = open_library(files, prefix)
                function = getattr(library, entry)
                if setter:
                    getattr(library, setter)(C.c_int(threads))
                self.found.append((name, function, "CHoneBench_repeatDNNL" if entry[0] == "d" else "CHoneBench_repeatBLAS"))
            except (OSError, AttributeError) as error:
                absent[name] = str(error)

    def candidates(
        self, case: Case, a: np.ndarray, w: np.ndarray, copies: int
    ) -> Iterator[tuple[str, Callable[[], Any]]]:
        if case.kind != "f32":
            return
        stored = w if case.trans_b else np.ascontiguousarray(w.T)
        regions = [region_of(stored) for _ in range(copies)]
        for name, function, repeat in self.found:
            yield name, lambda f=function, r=repeat: Sgemm(self.helper, f, r, case, regions, a)
