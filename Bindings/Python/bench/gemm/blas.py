"""Peers with a C interface for f32: CBLAS libraries and oneDNN."""

from __future__ import annotations

import ctypes as C
import glob
import os
import time
from typing import Any, Callable, Iterator

import numpy as np

from kernels import Region, region_of, stored_weights
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


class Batch:
    """A batch as a loop of calls, in C."""

    def __init__(self, helper: C.CDLL, function: Any, case: Case, stored: np.ndarray, a: np.ndarray) -> None:
        self.helper, self.function, self.case, self.a = helper, function, case, a
        self.b = np.ascontiguousarray(stored)
        self.c = np.zeros((case.batch * case.m, case.n), np.float32)
        helper.CHoneBench_repeatBatch.restype = C.c_double

    def time(self, count: int) -> float:
        case = self.case
        return float(
            self.helper.CHoneBench_repeatBatch(
                C.cast(self.function, C.c_void_p), C.c_int32(case.trans_b), C.c_int32(case.m), C.c_int32(case.n),
                C.c_int32(case.k), C.c_int64(case.batch), C.c_void_p(self.a.ctypes.data),
                C.c_void_p(self.b.ctypes.data), C.c_void_p(self.c.ctypes.data), C.c_int64(count),
            )  # fmt: skip
        )

    def result(self) -> np.ndarray:
        self.time(1)
        return self.c


class Product(C.Structure):
    """CPlatform_DNNLProduct."""

    _fields_ = [(name, C.c_int64) for name in ("m", "n", "k", "lda", "ldb", "ldc", "batch", "as_", "bs", "cs")]
    _fields_ += [(name, C.c_int32) for name in ("ta", "tb", "a_type", "b_type", "c_type", "packs")]


class Matmul:
    """A product by oneDNN's matmul primitive; weights in its own layout where they are constant."""

    #: oneDNN's numbers of the types of A, B and C.
    TYPES = {"f32": (3, 3, 3), "bf16": (2, 2, 3), "u8s8": (6, 5, 4)}

    def __init__(self, helper: C.CDLL, library: Any, case: Case, a: np.ndarray, w: np.ndarray, copies: int) -> None:
        self.helper, packs = helper, case.batch == 1 and (case.trans_b or case.kind != "f32")
        stored = stored_weights(case, w)
        if case.kind == "bf16":
            a, stored = (((x.view(np.uint32) + 0x8000) >> 16).astype(np.uint16) for x in (a, stored))
        sizes = (case.m, case.n, case.k, case.k, case.k if case.trans_b else case.n, case.n)
        strides = (case.batch, case.m * case.k, case.n * case.k, case.m * case.n)
        product = Product(*sizes, *strides, 0, int(case.trans_b), *self.TYPES[case.kind], int(packs))
        self.plan = C.c_void_p(helper.CPlatform_dnnlPlan(library, C.byref(product)))
        if not self.plan:
            raise RuntimeError("has no such product")
        self.a, self.stored = np.ascontiguousarray(a), np.ascontiguousarray(stored)
        self.c = np.zeros((case.batch * case.m, case.n), np.int32 if case.kind == "u8s8" else np.float32)
        self.regions = []
        for _ in range(copies):
            if packs:
                region = Region(helper.CPlatform_dnnlPackedBytes(self.plan))
                helper.CPlatform_dnnlPack(self.plan, C.c_void_p(self.stored.ctypes.data), C.c_void_p(region.base))
            else:
                region = region_of(self.stored)
            self.regions.append(region)

    def time(self, count: int) -> float:
        run, plan, copies = self.helper.CPlatform_dnnlRun, self.plan, len(self.regions)
        a, c = C.c_void_p(self.a.ctypes.data), C.c_void_p(self.c.ctypes.data)
        weights = [C.c_void_p(region.base) for region in self.regions]
        start = time.perf_counter()
        for index in range(count):
            run(plan, a, weights[index % copies], c)
        return time.perf_counter() - start

    def result(self) -> np.ndarray:
        self.time(1)
        return self.c


class OneDNN:
    """Every oneDNN that is found, by its C API (dnnl.c is in the helper)."""

    #: Calls come from Python and take a microsecond.
    LEAST_FLOPS = 4e6

    def __init__(self, helper: C.CDLL, threads: int, prefix: str, absent: dict[str, str]) -> None:
        self.helper, self.found = helper, []
        for name in ("CPlatform_dnnlOpen", "CPlatform_dnnlPlan"):
            getattr(helper, name).restype = C.c_void_p
        helper.CPlatform_dnnlPackedBytes.restype = C.c_size_t
        for path in ["libdnnl.so.2", os.path.join(prefix, "lib", "libdnnl.so.3"), "libdnnl.so.3"]:
            version = (C.c_int * 3)()
            library = C.c_void_p(helper.CPlatform_dnnlOpen(path.encode(), version))
            if not library:
                absent[f"oneDNN matmul ({os.path.basename(path)})"] = "cannot be opened"
                continue
            absent.pop(f"oneDNN matmul ({os.path.basename(path)})", None)
            helper.CPlatform_dnnlSetThreads(library, C.c_int(threads))
            self.found.append((f"oneDNN {version[0]}.{version[1]} matmul", library))
            if path.endswith("3"):
                break

    def candidates(
        self, case: Case, a: np.ndarray, w: np.ndarray, copies: int
    ) -> Iterator[tuple[str, Callable[[], Any]]]:
        if case.kind not in Matmul.TYPES or case.flops < self.LEAST_FLOPS:
            return
        for name, library in self.found:
            yield name, lambda l=library: Matmul(self.helper, l, case, a, w, copies)


class BLASPeers:
    """Opened once; makes a candidate of each library for a case."""

    def __init__(self, helper: C.CDLL, threads: int, prefix: str, absent: dict[str, str]) -> None:
        self.helper = helper
        self.found: list[tuple[str, Any, str]] = []
        self.onednn = OneDNN(helper, threads, prefix, absent)
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
        yield from self.onednn.candidates(case, a, w, copies)
        if case.kind != "f32":
            return
        stored = stored_weights(case, w)
        if case.batch > 1:
            for name, function, repeat in self.found:
                if not repeat.endswith("DNNL"):
                    yield name, lambda f=function: Batch(self.helper, f, case, stored, a)
            return
        regions = [region_of(stored) for _ in range(copies)]
        for name, function, repeat in self.found:
            yield name, lambda f=function, r=repeat: Sgemm(self.helper, f, r, case, regions, a)
