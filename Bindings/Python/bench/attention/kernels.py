"""Hone's side of the benchmark: operands, the kernel libraries of this CPU by ctypes, and the machine's limits."""

from __future__ import annotations

import ctypes
import glob
import math
import os
import sys
from ctypes import POINTER, c_char_p, c_double, c_float, c_int, c_int32, c_int64, c_uint64, c_void_p
from typing import Any, Optional

import numpy as np

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from caches import last_level_bytes  # noqa: E402

#: What a library's name asks of the CPU, best first.
NEEDS = [
    ("x86v4_bf16", ["avx512bw", "avx512vl", "avx512_vnni", "avx512_bf16"]),
    ("x86v4", ["avx512bw", "avx512vl", "avx512dq"]),
    ("x86v3", ["avx2", "fma", "f16c"]),
    ("x86v2", ["sse4_2"]),
    ("armv8", []),
]

#: A cache that is read from memory, as in a model with many layers, is larger than any last-level cache.
COLD_BYTES = max(192 << 20, 2 * (last_level_bytes() or 32 << 20))


class Problem(ctypes.Structure):
    """hone_attention of hone_kernel.h."""

    _fields_ = (
        [("struct_size", c_uint64)]
        + [(n, c_int64) for n in ("batch", "heads", "kv_heads", "lq", "lk", "head_dim")]
        + [(f"{t}_{n}_stride", c_int64) for t in "qkvo" for n in ("batch", "head", "row")]
        + [("scale", c_float), ("mask", c_int32)]
        + [(n, c_void_p) for n in ("q", "k", "v", "o", "lse")]
        + [(n, c_int64) for n in ("window_left", "window_right")]
        + [(n, c_void_p) for n in ("q_offsets", "k_offsets", "k_lengths", "block_table")]
        + [(n, c_int64) for n in ("table_stride", "block_count", "block_size")]
        + [("bias", c_void_p)]
        + [(f"bias_{n}_stride", c_int64) for n in ("batch", "head", "row")]
        + [(n, c_void_p) for n in ("slopes", "k_scales", "v_scales")]
        + [(f"scale_{n}_stride", c_int64) for n in ("batch", "head", "row")]
        + [("softcap", c_float), ("reserved", c_int32)]
    )


def to_bf16(x: Any) -> Any:
    bits = x.view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def from_bf16(x: Any) -> Any:
    return (x.astype(np.uint32) << 16).view(np.float32)


class Operands:
    """Q, some copies of K and V, and O, as numpy arrays [batch, heads, rows, dim]; bfloat16 as uint16."""

    def __init__(self, case: Any, types: str, seed: int) -> None:
        self.case, self.types = case, types
        self.bits = {"f32": 32, "bf16": 16, "f16": 16, "f32bf16": 16, "f32f16": 16, "f32s8": 8, "bf16s8": 8}[types]
        self.outer = 2 if types.startswith("bf16") or types == "f16" else 4
        draw = np.random.default_rng(seed)
        one = case.cache_bytes(self.bits)
        self.copies = math.ceil(COLD_BYTES / one) if case.kind == "decode" or case.lq == 1 else 1
        self.q = self.rounded(draw.standard_normal((case.batch, case.heads, case.lq, case.dim), dtype=np.float32), self.outer)
        shape = (case.batch, case.kv_heads, case.lk, case.dim)
        first = [self.cache(draw.standard_normal(shape, dtype=np.float32)) for _ in range(2)]
        self.k = [first[0].copy() for _ in range(self.copies)]
        self.v = [first[1].copy() for _ in range(self.copies)]
        # A page is a row of the same memory, in an order that is no order: [pages][heads][keys][elements].
        self.pages = -(-case.lk // case.page) if case.page else 0
        self.table = draw.permutation(case.batch * self.pages).astype(np.int32)
        self.scales = np.full(shape[:3], 3 / 127, dtype=np.float32) if self.bits == 8 else None
        self.o = np.zeros_like(self.q)
        self.algorithm = ""
        self.structs = (Problem * self.copies)(*(self.describe(i) for i in range(self.copies)))
        self.runner: Any = None
        #: The copy that is read next: no run begins with what the one before it left in a cache.
        self.next = 0

    def rounded(self, x: Any, width: int) -> Any:
        return x if width == 4 else x.astype(np.float16).view(np.uint16) if self.types == "f16" else to_bf16(x)

    def cache(self, x: Any) -> Any:
        if self.bits == 8:
            return np.clip(np.rint(x * (127 / 3)), -127, 127).astype(np.int8)
        return x.astype(np.float16).view(np.uint16) if self.types.endswith("f16") and not self.types.endswith("bf16") else self.rounded(x, self.bits // 8)

    def describe(self, index: int) -> Problem:
        case = self.case
        p = Problem(struct_size=ctypes.sizeof(Problem), batch=case.batch, heads=case.heads, kv_heads=case.kv_heads)
        p.lq, p.lk, p.head_dim = case.lq, case.lk, case.dim
        for name, heads, rows in (("q", case.heads, case.lq), ("o", case.heads, case.lq), ("k", case.kv_heads, case.lk), ("v", case.kv_heads, case.lk)):
            setattr(p, f"{name}_batch_stride", heads * rows * case.dim)
            setattr(p, f"{name}_head_stride", rows * case.dim)
            setattr(p, f"{name}_row_stride", case.dim)
        p.scale = case.dim**-0.5
        p.mask = 1 if case.causal else 0
        p.q, p.o = self.q.ctypes.data, self.o.ctypes.data
        p.k, p.v = self.k[index].ctypes.data, self.v[index].ctypes.data
        p.window_left = p.window_right = -1
        if case.window or case.page:
            p.mask += 16
            p.window_left = case.window - 1
        if case.page:
            p.block_size, p.table_stride, p.block_count = case.page, self.pages, case.batch * self.pages
            p.block_table = self.table.ctypes.data
            for name in ("k", "v"):
                setattr(p, f"{name}_batch_stride", case.kv_heads * case.page * case.dim)
                setattr(p, f"{name}_head_stride", case.page * case.dim)
        if self.scales is not None:
            p.mask |= 16
            p.k_scales = p.v_scales = self.scales.ctypes.data
            p.scale_batch_stride, p.scale_head_stride, p.scale_row_stride = case.kv_heads * case.lk, case.lk, 1
        return p

    def output(self) -> Any:
        return self.o if self.outer == 4 else self.o.view(np.float16).astype(np.float32) if self.types == "f16" else from_bf16(self.o)


class Hone:
    def __init__(self, runner: str, folder: str) -> None:
        self.c = c = ctypes.CDLL(os.path.abspath(runner))
        c.runner_open.restype = c_void_p
        c.runner_open.argtypes = [c_char_p, c_char_p, c_char_p, c_char_p, c_void_p]
        c.runner_algorithm.restype, c.runner_algorithm.argtypes = c_char_p, [c_void_p]
        c.runner_set.argtypes = [c_void_p, c_char_p, c_int64]
        c.runner_parameter.restype, c.runner_parameter.argtypes = c_char_p, [c_void_p, c_int64, POINTER(c_int64)]
        c.runner_seconds.restype = c_double
        c.runner_seconds.argtypes = [c_void_p, c_void_p, c_int64, c_int64, c_int, c_int64, c_int64]
        c.runner_probe.restype = c_double
        c.runner_probe.argtypes = [c_char_p, c_char_p, c_char_p, c_void_p, c_int64, c_int, c_int64]
        c.runner_problem_bytes.restype = c_int64
        assert c.runner_problem_bytes() == ctypes.sizeof(Problem), "kernels.py and hone_kernel.h differ"
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            flags = next((set(line.split()) for line in file if line.startswith(("flags", "Features"))), set())
        found = {os.path.basename(p)[len("libhone-kernels-") : -3]: p for p in glob.glob(f"{folder}/libhone-kernels-*.so")}
        self.libraries = [found[n] for n, needs in NEEDS if n in found and flags.issuperset(needs)]

    def problem(self, case: Any, types: str, seed: int = 1, algorithm: str = "", parameters: Optional[dict[str, int]] = None) -> Operands:
        operands = Operands(case, types, seed)
        for library in self.libraries:
            row = self.c.runner_open(library.encode(), b"attention", types.encode(), algorithm.encode(), operands.structs)
            if row:
                operands.runner, operands.algorithm = row, self.c.runner_algorithm(row).decode()
                for name, value in (parameters or {}).items():
                    self.c.runner_set(row, name.encode(), value)
                return operands
        raise ValueError(f"no row does attention {types}")

    def parameters(self, p: Operands) -> dict[str, tuple[list[int], int]]:
        """Of the problem's variant: each one's values, and its default."""
        found: dict[str, tuple[list[int], int]] = {}
        range_ = (c_int64 * 5)()
        while (name := self.c.runner_parameter(p.runner, len(found), range_)) is not None:
            low, high, step, default, doubles = range_
            values = [low]
            while values[-1] < high:
                values.append((values[-1] * 2 or step) if doubles else values[-1] + step)
            found[name.decode()] = (values, default)
        return found

    def set(self, p: Operands, values: dict[str, int]) -> None:
        for name, value in values.items():
            self.c.runner_set(p.runner, name.encode(), value)

    def seconds(self, p: Operands, cores: int, repeats: int) -> float:
        result = self.c.runner_seconds(p.runner, p.structs, ctypes.sizeof(Problem), p.copies, cores, repeats, p.next)
        p.next = (p.next + repeats) % p.copies
        if result < 0:
            raise ValueError("Hone refused the problem")
        return result

    def once(self, p: Operands, cores: int) -> float:
        self.seconds(p, cores, 1)
        return self.seconds(p, cores, 1)


class Limits:
    """Peak of multiply-adds in f32 and bandwidth of reads from memory, the best of a few tries each, by the kernels' own probes."""

    def __init__(self, hone: Hone, cores: list[int]) -> None:
        self.hone, self.cores = hone, cores
        self.values: dict[str, float] = {}
        self.measure()

    def measure(self) -> None:
        """Again at the end of a run: a limit that a neighbour of the machine held down is too low."""
        probe, buffer = self.hone.c.runner_probe, np.ones(COLD_BYTES, dtype=np.float32)
        library = next((x for x in self.hone.libraries if "bf16" not in x), self.hone.libraries[0]).encode()
        for count in self.cores:
            peak = [probe(library, b"f32", b"peak", None, 0, count, 3_000_000) for _ in range(5)]
            read = [probe(library, b"f32", b"read", buffer.ctypes.data, buffer.nbytes, count, 1) for _ in range(7)]
            for name, best in ((f"peak {count}", max(peak)), (f"read {count}", max(read))):
                self.values[name] = max(best, self.values.get(name, 0))

    def peak(self, cores: int) -> float:
        return self.values[f"peak {cores}"]

    def read(self, cores: int) -> float:
        return self.values[f"read {cores}"]

    def __str__(self) -> str:
        units = {"peak": "GFLOP/s", "read": "GB/s"}
        return "limits: " + ", ".join(f"{k} cores: {v:.1f} {units[k.split()[0]]}" for k, v in self.values.items())
