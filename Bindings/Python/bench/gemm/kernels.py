"""Hone's kernel libraries through ctypes: rows, problems, packed weights, and their repetition in C."""

from __future__ import annotations

import ctypes as C
import itertools
import os
import random
import sys
from typing import Any, Iterator, Optional

import numpy as np

from shapes import Case

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from caches import last_level_bytes  # noqa: E402

LIBC = C.CDLL(None, use_errno=True)
LIBC.mmap.restype = C.c_void_p
LIBC.mmap.argtypes = [C.c_void_p, C.c_size_t, C.c_int, C.c_int, C.c_int, C.c_long]
LIBC.munmap.argtypes = [C.c_void_p, C.c_size_t]
LIBC.madvise.argtypes = [C.c_void_p, C.c_size_t, C.c_int]

#: What a CPU must have for a build, best build first.
BUILDS = {
    "x86v4_bf16": ("avx512bw", "avx512_vnni", "avx512_bf16"),
    "x86v4": ("avx512bw", "avx512vl"),
    "x86v3": ("avx2", "fma"),
    "armv8": ("asimd",),
}


class Parameter(C.Structure):
    _fields_ = [("name", C.c_char_p), ("summary", C.c_char_p)] + [
        (name, C.c_int64) for name in ("low", "high", "step", "default")
    ]
    _fields_ += [("scale", C.c_int32)]

    def values(self) -> list[int]:
        result, value = [], self.low
        while value <= self.high and len(result) < 64:
            result.append(value)
            value = (value * 2 or self.step) if self.scale == 1 else value + self.step
        return result


class Library(C.Structure):
    _fields_ = [("size", C.c_uint64), ("abi", C.c_uint32), ("rows", C.c_uint32)]
    _fields_ += [(name, C.c_char_p) for name in ("name", "version", "isa")]


class Row(C.Structure):
    _fields_ = [("size", C.c_uint64)]
    _fields_ += [(name, C.c_char_p) for name in ("operation", "types", "algorithm", "summary")]
    _fields_ += [("tile", C.c_int64 * 2), ("count", C.c_int64), ("parameters", Parameter * 16)]
    _fields_ += [(name, C.c_void_p) for name in ("check", "workspace", "run", "packed_bytes", "pack")]


class Gemm(C.Structure):
    """hone_gemm of hone_kernel.h."""

    _fields_ = [("size", C.c_uint64)] + [(name, C.c_int64) for name in ("m", "n", "k", "lda", "ldb", "ldc")]
    _fields_ += [("trans_a", C.c_int32), ("trans_b", C.c_int32), ("alpha", C.c_double), ("beta", C.c_double)]
    _fields_ += [(name, C.c_void_p) for name in ("a", "b", "c", "scales", "zeros")]
    _fields_ += [("group", C.c_int64)]
    _fields_ += [(name, C.c_int32) for name in ("zero_points", "compute", "packed", "reserved", "a_type", "c_type")]
    _fields_ += [(name, C.c_int32) for name in ("activation", "has_bias", "has_residual", "reserved2")]
    _fields_ += [("bias", C.c_void_p), ("residual", C.c_void_p), ("ldr", C.c_int64)]
    _fields_ += [(name, C.c_int64) for name in ("batch", "a_batch_stride", "b_batch_stride", "c_batch_stride")]
    _fields_ += [("a_scales", C.c_void_p), ("a_zeros", C.c_void_p), ("a_row_scales", C.c_int32), ("a_zero_points", C.c_int32)]


class Probe(C.Structure):
    """hone_probe of hone_kernel.h."""

    _fields_ = [("size", C.c_uint64), ("buffer", C.c_void_p), ("bytes", C.c_int64), ("iterations", C.c_int64)]
    _fields_ += [("indices", C.c_void_p), ("count", C.c_int64), ("row_bytes", C.c_int64)]
    _fields_ += [("sink", C.c_void_p), ("done", C.c_void_p)]


CHECK = C.CFUNCTYPE(C.c_int32, C.c_void_p, C.c_void_p)
WORKSPACE = C.CFUNCTYPE(C.c_int64, C.c_void_p, C.c_void_p, C.c_uint32)
BYTES = C.CFUNCTYPE(C.c_int64, C.c_void_p)


class Region:
    """Memory on huge pages where the system gives them, as Hone's own back end takes it."""

    def __init__(self, size: int) -> None:
        self.length = size + (4 << 20)
        self.start = LIBC.mmap(None, self.length, 3, 0x22, -1, 0)
        self.base = (self.start + (2 << 20) - 1) >> 21 << 21
        LIBC.madvise(self.base, self.length - (2 << 20), 14)

    def __del__(self) -> None:
        LIBC.munmap(self.start, self.length)


def region_of(array: np.ndarray) -> Region:
    region = Region(array.nbytes)
    C.memmove(region.base, array.ctypes.data, array.nbytes)
    return region


def cpu_flags() -> set[str]:
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith(("flags", "Features")):
                return set(line.split(":")[1].split())
    return set()


def all_rows(folder: str) -> list[tuple[str, Row]]:
    """Rows of the builds that this CPU can run, best build first."""
    rows = []
    flags = cpu_flags()
    for isa, needs in BUILDS.items():
        if not flags.issuperset(needs):
            continue
        try:
            library = C.CDLL(f"{folder}/libhone-kernels-{isa}.so")
        except OSError:
            continue
        described = Library(size=C.sizeof(Library))
        library.hone_kernel_library_describe(C.byref(described))
        for index in range(described.rows):
            row = Row(size=C.sizeof(Row))
            library.hone_kernel_row_describe(index, C.byref(row))
            rows.append((isa, row))
    return rows


def limits(rows: list[tuple[str, Row]], helper: C.CDLL, processors: list[int]) -> dict[str, float]:
    """The machine's limits by Hone's probes, a second: "f32 peak" in flops, "f32 read" in bytes from memory; the best of five."""
    size = max(256 << 20, min(4 * last_level_bytes(), 2 << 30))
    region, found = Region(size), {}
    C.memset(region.base, 0, size)
    repeat = helper.CHoneBench_repeatRow
    repeat.restype = C.c_double
    for _, row in rows:
        name = f"{row.types.decode()} {row.algorithm.decode()}"
        if row.operation != b"probe" or name in found or row.algorithm == b"gather":
            continue
        done, sink = (C.c_double * 64)(), (C.c_float * 1024)()
        iterations = 1 if row.algorithm == b"read" else 100_000
        addresses = C.cast(sink, C.c_void_p), C.cast(done, C.c_void_p)
        probe = Probe(C.sizeof(Probe), region.base, size, iterations, None, 0, 0, *addresses)
        values = (C.c_int64 * 17)(*[row.parameters[i].default for i in range(row.count)])
        members = (C.c_int32 * 64)(*processors)
        rates = []
        for _ in range(5):
            seconds = repeat(
                C.c_void_p(row.run), C.byref(probe), C.c_int64(1), values, None, members,
                C.c_uint32(len(processors)), C.c_int64(1),
            )  # fmt: skip
            rates.append(sum(done[: len(processors)]) / seconds)
        found[name] = max(rates)
    return found


class Operands:
    """A and the copies of B of a case, as the kernel library wants them plain."""

    def __init__(self, case: Case, a: np.ndarray, w: np.ndarray) -> None:
        self.case, self.a = case, np.ascontiguousarray(a)
        self.c = np.full((case.batch * case.m, case.n), np.nan, np.float32)
        self.scales: Optional[np.ndarray] = None
        self.ldb = case.k if case.trans_b else case.n
        stored = stored_weights(case, w)
        if case.kind == "u8s8":
            self.b, self.c = stored, np.zeros((case.m, case.n), np.int32)
        elif case.kind == "f32":
            self.b: np.ndarray = stored
        elif case.kind == "bf16":
            bits = stored.view(np.uint32)
            self.b = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
        elif case.kind == "f16":
            self.b = stored.astype(np.float16)
        else:
            self.b, self.scales = quantised(case, w)

    def problem(self) -> Gemm:
        case = self.case
        scales = self.scales.ctypes.data if self.scales is not None else None
        compute = {"bf16": 2, "s8-dynamic": 1, "s4-dynamic": 1}.get(case.kind, 0)
        problem = Gemm(
            C.sizeof(Gemm), case.m, case.n, case.k, case.k, self.ldb, case.n, 0, int(case.trans_b), 1.0, 0.0,
            self.a.ctypes.data, self.b.ctypes.data, self.c.ctypes.data, scales, None,
            case.group if case.kind.startswith("s") else 0, 0, compute, 0, 0,
        )  # fmt: skip
        problem.batch = case.batch
        problem.a_batch_stride, problem.b_batch_stride = case.m * case.k, case.n * case.k
        problem.c_batch_stride = case.m * case.n
        if case.kind == "u8s8":
            problem.a_type, problem.c_type = 4, 6
        return problem


def stored_weights(case: Case, w: np.ndarray) -> np.ndarray:
    """Weights (batch times n) x k as the case stores them."""
    if case.trans_b:
        return w
    return np.ascontiguousarray(w.reshape(case.batch, case.n, case.k).transpose(0, 2, 1))


def quantised(case: Case, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights n x k in 8 or 4 bits with scales by column or group."""
    n, k = w.shape
    group = case.group or k
    largest = 127 if case.kind.startswith("s8") else 7
    scales = np.abs(w.reshape(n, k // group, group)).max(2) / largest
    codes = np.rint(w.reshape(n, k // group, group) / scales[:, :, None]).reshape(n, k)
    table = np.ascontiguousarray(scales.T.astype(np.float16 if case.group else np.float32))
    if largest == 127:
        return codes.astype(np.int8), table
    nibbles = (codes + 8).astype(np.uint8)
    return np.ascontiguousarray(nibbles[:, 0::2] | (nibbles[:, 1::2] << 4)), table


class HoneGemm:
    """A row with parameters, ready to be repeated."""

    def __init__(self, helper: C.CDLL, isa: str, row: Row, values: dict[str, int], pool: "Pool") -> None:
        self.helper, self.row, self.pool = helper, row, pool
        tile = f".{row.tile[0]}x{row.tile[1]}" if row.tile[0] else ""
        self.variant = f"{row.types.decode()}.{row.algorithm.decode()}{tile}@{isa}"
        self.values = values
        names = [row.parameters[i].name.decode() for i in range(row.count)]
        self.parameters = (C.c_int64 * 17)(*[values[name] for name in names])
        self.problems = pool.problems(isa, row)
        need = WORKSPACE(row.workspace)(C.byref(self.problems[0]), self.parameters, len(pool.processors))
        self.workspace = Region(max(need, 64))

    def time(self, count: int) -> float:
        processors = (C.c_int32 * 64)(*self.pool.processors)
        repeat = self.helper.CHoneBench_repeatRow
        repeat.restype = C.c_double
        seconds = repeat(
            C.c_void_p(self.row.run), self.problems, C.c_int64(len(self.problems)), self.parameters,
            C.c_void_p(self.workspace.base), processors, C.c_uint32(len(self.pool.processors)), C.c_int64(count),
        )  # fmt: skip
        if seconds < 0:
            fields = {name: getattr(self.problems[0], name) for name, _ in Gemm._fields_}
            raise RuntimeError(f"{self.variant} {self.values} answered {-seconds:.0f} to {fields}")
        return float(seconds)

    def result(self) -> np.ndarray:
        self.pool.operands.c[:] = -1
        self.time(1)
        return self.pool.operands.c


class Pool:
    """The operands of a case, and their packed copies by row."""

    def __init__(self, helper: C.CDLL, operands: Operands, copies: int, processors: list[int]) -> None:
        self.helper, self.operands, self.copies, self.processors = helper, operands, copies, processors
        self.known: dict[Any, Any] = {}

    def problems(self, isa: str, row: Row) -> Any:
        key = (isa, row.types, row.algorithm) if row.pack else None
        if key in self.known:
            return self.known[key][0]
        problem = self.operands.problem()
        regions, array = [], (Gemm * self.copies)()
        for copy in range(self.copies):
            array[copy] = problem
            if row.pack:
                region = Region(BYTES(row.packed_bytes)(C.byref(problem)))
                code = self.helper.CHoneBench_packRow(C.c_void_p(row.pack), C.byref(problem), C.c_void_p(region.base))
                if code != 0:
                    raise RuntimeError(f"pack answered {code}")
                array[copy].packed = 1
            else:
                region = region_of(self.operands.b)
            array[copy].b = region.base
            regions.append(region)
        self.known[key] = (array, regions)
        return array


def candidates(rows: list[tuple[str, Row]], helper: C.CDLL, pool: Pool, tries: int) -> Iterator[HoneGemm]:
    """The default first, then every row that takes the case with its defaults, then `tries` random settings of them."""
    case = pool.operands.case
    problem = pool.operands.problem()
    willing = []
    for types, (isa, row) in itertools.product(case.hone_types, rows):
        if row.operation != b"gemm" or row.types.decode() != types:
            continue
        defaults = {row.parameters[i].name.decode(): row.parameters[i].default for i in range(row.count)}
        values = (C.c_int64 * 17)(*defaults.values())
        if CHECK(row.check)(C.byref(problem), values) == 0:
            willing.append((isa, row, defaults))
    # Three scalar loops would take a minute of a large product's measurement and never win.
    willing = [each for each in willing if each[1].algorithm != b"naive"] or willing
    for isa, row, defaults in willing:
        yield HoneGemm(helper, isa, row, defaults, pool)
    generator = random.Random(f"{case}")
    for _, (isa, row, defaults) in zip(range(tries), itertools.cycle(willing)):
        values = dict(defaults)
        for index in range(row.count):
            if generator.random() < 0.5:
                values[row.parameters[index].name.decode()] = generator.choice(row.parameters[index].values())
        given = (C.c_int64 * 17)(*values.values())
        if CHECK(row.check)(C.byref(problem), given) in (0, 3):
            yield HoneGemm(helper, isa, row, values, pool)
