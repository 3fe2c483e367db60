#!/usr/bin/env python3
"""Pairs Hone's embedding-bag with PyTorch's (FBGEMM's kernels) in one process, on the same table in the same memory.

usage: embedding_bag.py --library libhone.so [--kernels FILE|FOLDER] [--cores N]... [--types T]... [--full] [--cases N] [--rounds N]
                        [--pages thp|4k]... [--table-mb N] [--db FOLDER] [--seed N] [--format text|json|markdown]

Peers: torch.nn.functional.embedding_bag (f32, f16, bf16), quantized::embedding_bag_byte_rowwise_offsets (u8f32) and
quantized::embedding_bag_4bit_rowwise_offsets (u4f16), and where fbgemm-gpu-cpu is installed its table-batched operator (not for bf16), each
with 1 … N threads, the best of them counts. All read one table in one mapping (see embedding_bag_fbgemm.py for bytes and nibbles), take turns
in random order, and walk through the same
stream of indices, long enough that no cache holds its rows. The ratio is peer time over Hone's
(above 1: Hone is faster); its interval holds the median with about 95 % (order statistics). Hone checks every index, as the peers do.

The limit is the best rate at which one core gathers random rows of that size from that table, by Hone's probe at the best of ten prefetch distances and
levels, which reads the same windows of the stream in turns with the others. Ends with 2 where there is nothing to compare with (the reason is told), with 64 for wrong usage.
"""

from __future__ import annotations

import argparse
import ctypes
import itertools
import json
import math
import os
import random
import sys
import time
from ctypes import POINTER, c_char_p, c_double, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from typing import Any, Callable, NamedTuple

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "src")]

import embedding_bag_fbgemm as fbgemm  # noqa: E402
from caches import last_level_bytes  # noqa: E402
from idle_threads import await_sleep  # noqa: E402
from pages import anonymous, warn_unless_huge  # noqa: E402

DIMS = (16, 32, 64, 96, 128, 256)
POOLINGS = (1, 10, 40, 100)
BATCHES = (1, 64, 512, 2048)
DRAWS = ("uniform", "zipf", "reuse")
TYPES = ("f32", "f16", "bf16", "u8f32", "u4f16")
MOST_WINDOWS = 20_000
BURST_SECONDS = 3e-3


#: 32 MiB where the system does not say.
LAST_LEVEL_BYTES = last_level_bytes() or 32 << 20
#: Of rows that calls walk through before they come round: no cache holds that.
STREAM_BYTES = max(160 << 20, LAST_LEVEL_BYTES * 5 // 4)
#: A table that no cache holds.
TABLE_MB = max(256, 2 * LAST_LEVEL_BYTES >> 20)


class Case(NamedTuple):
    types: str
    dim: int
    pooling: int
    batch: int
    draw: str
    pages: str
    cores: int
    table_mb: int


def row_bytes(types: str, dim: int) -> int:
    return {"f32": 4 * dim, "f16": 2 * dim, "bf16": 2 * dim, "u8f32": dim + 8, "u4f16": (dim + 1) // 2 + 4}[types]


# ---- Hone, as a program in C would call it ----


class Shape(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("types", c_char_p)]
    _fields_ += [(n, c_int64) for n in "rows dim bags index_count table_stride output_stride".split()]
    _fields_ += [(n, c_int32) for n in "index_bytes pooling weighted unchecked output bag_form scales_first reserved".split()]


class Options(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("database", c_char_p), ("hardware_class", c_char_p), ("cores", c_int32),
                ("reserved", c_int32), ("policy", c_char_p), ("engine", c_char_p), ("libraries", c_char_p)]


def open_library(path: str) -> ctypes.CDLL:
    library = ctypes.CDLL(path)
    library.hone_last_error.restype = c_char_p
    library.hone_open.argtypes = [POINTER(Options), POINTER(c_void_p)]
    library.hone_plan_embedding_bag.argtypes = [c_void_p, POINTER(Shape), POINTER(c_void_p)]
    library.hone_execute_embedding_bag.argtypes = [c_void_p] * 6
    library.hone_plan_destroy.argtypes = [c_void_p]
    library.hone_plan_destroy.restype = None
    library.hone_plan_answer.argtypes, library.hone_plan_answer.restype = [c_void_p], c_void_p
    library.hone_answer_parameter.argtypes = [c_void_p, c_int32, c_void_p]
    return library


class AnswerParameter(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("integer", c_int64), ("text", c_char_p)]


def plan_parameters(library: ctypes.CDLL, plan: c_void_p) -> dict[str, int]:
    """The numbers that the plan runs with."""
    answer, values, one = library.hone_plan_answer(plan), {}, AnswerParameter()
    while library.hone_answer_parameter(answer, len(values), ctypes.byref(one)) == 0:
        values[one.name.decode()] = one.integer
    return values


def open_context(library: ctypes.CDLL, cores: int, database: str | None) -> c_void_p:
    """With the database named, or with what Hone does untuned."""
    context = c_void_p()
    options = Options(ctypes.sizeof(Options), database.encode() if database else None, None, cores, 0, b"cold", None, None)
    if library.hone_open(ctypes.byref(options), ctypes.byref(context)) != 0:
        raise RuntimeError(library.hone_last_error().decode())
    return context


def hone_runner(library: ctypes.CDLL, context: c_void_p, case: Case, rows: int, unchecked: bool, output: Any) -> Callable:
    out_type = {"f16": 1, "bf16": 2}.get(case.types, 0)
    shape = Shape(ctypes.sizeof(Shape), case.types.encode(), rows, case.dim, case.batch, case.batch * case.pooling, 0, 0, 8, 0,
                  0, int(unchecked), out_type, 0, 0, 0)
    plan = c_void_p()
    if library.hone_plan_embedding_bag(context, ctypes.byref(shape), ctypes.byref(plan)) != 0:
        raise RuntimeError(library.hone_last_error().decode())
    execute, handle, out = library.hone_execute_embedding_bag, plan.value, output.data_ptr()

    def run(table: int, indices: int, offsets: int) -> None:
        if execute(handle, table, indices, offsets, None, out) != 0:
            raise RuntimeError(library.hone_last_error().decode())

    run.plan = plan  # type: ignore[attr-defined]
    return run


# ---- Operands ----


class Table:
    """Rows of one type in a mapping of one kind of pages, as a tensor and as an address."""

    def __init__(self, torch: Any, types: str, dim: int, megabytes: int, pages: str) -> None:
        import numpy as np

        width = row_bytes(types, dim)
        self.rows = (megabytes << 20) // width
        self.mapping = anonymous(self.rows * width, pages)
        sample = self._sample(torch, types, dim)
        flat = np.frombuffer(self.mapping, dtype=np.uint8)[: self.rows * width].reshape(self.rows, width)
        for start in range(0, self.rows, len(sample)):
            part = flat[start : start + len(sample)]
            part[:] = sample[: len(part)]
        dtype = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}.get(types, torch.uint8)
        self.tensor = torch.from_numpy(flat).view(dtype)
        self.address = self.tensor.data_ptr()
        if pages == "thp":
            warn_unless_huge(self.address, self.rows * width)
        self.width = width
        self.pages, self._batched = pages, None

    def batched(self, torch: Any, case: "Case") -> Any:
        """FBGEMM's operator on this table (see embedding_bag_fbgemm.py); None where there is none."""
        if case.types not in fbgemm.KINDS or fbgemm.missing():
            return None
        if self._batched is None:
            self._batched = fbgemm.Batched(torch, case.types, case.dim, self, self.pages)
        return self._batched

    @staticmethod
    def _sample(torch: Any, types: str, dim: int) -> Any:
        """4096 rows in the peer's own layout."""
        rows = torch.rand(4096, dim) - 0.5
        if types == "u8f32":
            return torch.ops.quantized.embedding_bag_byte_prepack(rows).numpy()
        if types == "u4f16":
            return torch.ops.quantized.embedding_bag_4bit_prepack(rows).numpy()
        dtype = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}[types]
        return rows.to(dtype).view(torch.uint8).numpy()


#: The law of reuse of Hone's distribution reuse2021 (Sources/HoneOperations/ReuseLaw.swift): height, centre and width of the hump,
#: factor of the first three octaves, octaves, look-ups of a table.
REUSE_2021 = (1.4, 3.79, 2.0, 0.84, 16, 1.04e6)


def reuse(rows: int, count: int, generator: Any) -> Any:
    """Ranks: an octave of use counts, then any row of it."""
    import numpy as np

    height, centre, width, rare, octaves, lookups = REUSE_2021
    octave = np.arange(octaves)
    shares = (1 + height * np.exp(-(((octave - centre) / width) ** 2))) * np.where(octave < 3, rare, 1)
    shares /= shares.sum()
    sizes = lookups * shares / np.where(octave == 0, 1, 0.75 * 2.0**octave)
    sizes = np.maximum(1, sizes * min(1, rows / sizes.sum())).astype(np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    chosen = generator.choice(octaves, size=count, p=shares)
    return np.minimum(starts[chosen] + (generator.random(count) * sizes[chosen]).astype(np.int64), rows - 1)


def draw(rows: int, count: int, kind: str, generator: Any) -> Any:
    import numpy as np

    if kind == "uniform":
        return generator.integers(0, rows, count, dtype=np.int64)
    ranks = zipf_ranks(rows, count, generator) if kind == "zipf" else reuse(rows, count, generator)
    # Popular rows are scattered over the table: they are no neighbours in practice either.
    return (ranks.astype(np.uint64) * np.uint64(2654435761) % np.uint64(rows)).astype(np.int64)


def zipf_ranks(rows: int, count: int, generator: Any, s: float = 1.05) -> Any:
    """Ranks with probability ~ rank^-s, by inverting the continuous distribution."""
    import numpy as np

    u = generator.random(count)
    return np.minimum(np.floor((1 + u * (rows ** (1 - s) - 1)) ** (1 / (1 - s))) - 1, rows - 1)


# ---- Peers ----


def peer_runner(torch: Any, case: Case, table: Table) -> Callable:
    if case.types == "u8f32":
        op = torch.ops.quantized.embedding_bag_byte_rowwise_offsets
    elif case.types == "u4f16":
        op = torch.ops.quantized.embedding_bag_4bit_rowwise_offsets
    else:
        bag = torch.nn.functional.embedding_bag
        return lambda indices, offsets: bag(indices, table.tensor, offsets, mode="sum")
    return lambda indices, offsets: op(table.tensor, indices, offsets, False, 0, False, None, None, False)


# ---- The limit: random rows gathered by a loop that does nothing else ----


class Probe(ctypes.Structure):
    _fields_ = [("struct_size", c_uint64), ("buffer", c_void_p), ("bytes", c_int64), ("iterations", c_int64), ("indices", c_void_p),
                ("count", c_int64), ("row_bytes", c_int64), ("sink", c_void_p), ("done", c_void_p)]


class Team(ctypes.Structure):
    _fields_ = [("index", c_uint32), ("count", c_uint32), ("barrier", c_void_p), ("context", c_void_p)]


def gather(kernels: ctypes.CDLL, table: Table, indices: list[Any], distance: int, level: int) -> Callable[[int], None]:
    """The probe on one core, for the k-th of some arrays of int32."""
    parameters, team, sink, done = (c_int64 * 2)(distance, level), Team(0, 1, None, None), (ctypes.c_float * 64)(), (c_double * 8)()
    probes = [Probe(ctypes.sizeof(Probe), table.address, table.rows * table.width, 1, i.ctypes.data, len(i), table.width,
                    ctypes.addressof(sink), ctypes.addressof(done)) for i in indices]

    def run(k: int) -> None:
        if kernels.hone_probe_f32_gather(ctypes.byref(probes[k]), parameters, None, ctypes.byref(team)) != 0:
            raise RuntimeError("the probe refuses")

    run.kept = (indices, sink, done)  # type: ignore[attr-defined]
    return run


def gather_setting(kernels: ctypes.CDLL, table: Table, rounds: int, rng: random.Random, generator: Any) -> tuple[int, int]:
    """The distance and the level at which the probe is fastest."""
    import numpy as np

    count = 50_000
    sets = max(12, STREAM_BYTES // (count * max(64, table.width)))
    indices = [generator.integers(0, table.rows, count, dtype=np.int32) for _ in range(sets)]
    settings = itertools.product((16, 32, 48, 64, 96), (1, 2))
    turns = {s: walking(gather(kernels, table, indices, *s), sets) for s in settings}
    seconds = paired(turns, rounds, rng)
    return min(seconds, key=lambda s: interval(seconds[s])[1])


# ---- What tuning could bring: the same kernel at other parameters ----


class Bag(ctypes.Structure):
    _fields_ = [("struct_size", c_uint64)]
    _fields_ += [(n, c_int64) for n in "rows dim bags index_count table_stride output_stride".split()]
    _fields_ += [("index_bytes", c_int32), ("pooling", c_int32)]
    _fields_ += [(n, c_void_p) for n in "table indices offsets weights output".split()]
    _fields_ += [(n, c_int32) for n in "output_type bag_form scales_first reserved".split()]


class Parameter(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("summary", c_char_p)] + [(n, c_int64) for n in "low high step default_value".split()]
    _fields_ += [("scale", c_int32)]


class Row(ctypes.Structure):
    _fields_ = [("struct_size", c_uint64)] + [(n, c_char_p) for n in "operation data_types algorithm summary".split()]
    _fields_ += [("tile", c_int64 * 2), ("parameter_count", c_int64), ("parameters", Parameter * 16)]
    _fields_ += [(n, c_void_p) for n in "check workspace run packed_bytes pack".split()]


def kernel_row(kernels: ctypes.CDLL, types: str) -> Row:
    row = Row(ctypes.sizeof(Row))
    index = 0
    while kernels.hone_kernel_row_describe(index, ctypes.byref(row)) == 0:
        if (row.operation, row.data_types, row.algorithm) == (b"embedding-bag", types.encode(), b"blocked"):
            return row
        index += 1
    raise RuntimeError(f"the kernel library has no embedding-bag for {types}")


def best_setting(kernels: ctypes.CDLL, planned: dict[str, int], case: Case, table: Table, tensors: Any, offsets: int, output: int, rounds: int,
                 rng: random.Random) -> dict[str, Any]:
    """What libhone planned beside other settings, interleaved, on one core, and then beside the best of them alone: time of that one over time of
    the default. Rounds that choose may not judge: of many equal settings the luckiest always looks faster."""
    row = kernel_row(kernels, case.types)
    run = ctypes.CFUNCTYPE(c_int32, c_void_p, c_void_p, c_void_p, c_void_p)(row.run)
    team = Team(0, 1, None, None)
    names = [row.parameters[i].name.decode() for i in range(row.parameter_count)]
    usual = [planned.get(name, row.parameters[i].default_value) for i, name in enumerate(names)]
    stride = table.width if case.types[0] == "u" else case.dim
    bags = [Bag(ctypes.sizeof(Bag), table.rows, case.dim, case.batch, case.batch * case.pooling, stride, case.dim, 8, 0,
                table.address, t.data_ptr(), offsets, None, output, {"f16": 1, "bf16": 2}.get(case.types, 0), 0, 0, 0)
            for t in tensors]

    def setting(**others: int) -> Callable[[], None]:
        values = dict(zip(names, usual)) | others
        parameters = (c_int64 * len(names))(*[values[n] for n in names])
        return walking(lambda k: run(ctypes.addressof(bags[k]), ctypes.addressof(parameters), None, ctypes.addressof(team)),
                       len(bags))

    settings = list(itertools.product((0, 16, 32, 64, 128), (1, 2), (0, 1)))
    contestants = {f"distance {d}, level {l}, stream {s}": setting(prefetch_distance=d, prefetch_level=l, stream=s) for d, l, s in settings}
    contestants |= {f"block {b}": setting(block=b) for b in (4, 8, 16) if b <= case.dim // 16}
    contestants |= {f"straight {b}": setting(straight=b) for b in (0, 1) if "straight" in names}
    contestants |= {f"near {n}": setting(near_distance=n) for n in (0, 16) if "near_distance" in names}
    default = "as planned"
    contestants[default] = setting()
    seconds = paired(contestants, rounds, rng)
    middles = {name: interval(values)[1] for name, values in seconds.items()}
    best = min(middles, key=lambda n: middles[n])
    again = paired({"best": contestants[best], "default": contestants[default]}, 2 * rounds, rng)
    low, middle, high = interval([b / d for b, d in zip(again["best"], again["default"])])
    return {"best": best, "untuned": middle, "untuned_low": low, "untuned_high": high,
            "blocks": {name: middles[name] / middles[default] for name in middles if name.startswith("block")},
            "mattered": shares_of_variance(settings, [math.log(m) for m in list(middles.values())[:len(settings)]])}


def shares_of_variance(settings: list[tuple], logs: list[float]) -> dict[str, float]:
    """How much of the variance of times over the whole grid of settings each parameter explains by itself."""
    mean = sum(logs) / len(logs)
    total = sum((x - mean) ** 2 for x in logs)
    shares = {}
    for place, name in enumerate(("distance", "level", "stream")):
        groups: dict[int, list[float]] = {}
        for setting, x in zip(settings, logs):
            groups.setdefault(setting[place], []).append(x)
        between = sum(len(g) * (sum(g) / len(g) - mean) ** 2 for g in groups.values())
        shares[name] = between / total if total > 0 else 0.0
    return shares


# ---- Measurement ----


def burst(call: Callable[[int], None], calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - start) / calls


def walking(function: Callable[[int], None], windows: int) -> Callable[[], None]:
    """Each call takes the next window of the stream. All contestants walk alike."""
    turns = itertools.cycle(range(windows))
    return lambda: function(next(turns))


def interval(values: list[float]) -> tuple[float, float, float]:
    values = sorted(values)
    n = len(values)
    reach = 0.98 * math.sqrt(n)
    low, high = max(0, math.floor(n / 2 - reach)), min(n - 1, math.ceil(n / 2 + reach))
    return values[low], (values[(n - 1) // 2] + values[n // 2]) / 2, values[high]


def paired(contestants: dict[str, Callable[[], None]], rounds: int, rng: random.Random, waits: bool = False) -> dict[str, list[float]]:
    """Seconds a call of each, turn by turn in random order; `waits`: for threads that spin, and two calls that are not counted, before each."""
    counts = {}
    for name, call in contestants.items():
        if waits:
            await_sleep()
        burst(call, 3)
        counts[name] = max(2, min(20000, int(BURST_SECONDS / max(burst(call, 3), 1e-7))))
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    names = list(contestants)
    for _ in range(rounds):
        rng.shuffle(names)
        for name in names:
            if waits:
                await_sleep()
                burst(contestants[name], 2)
            seconds[name].append(burst(contestants[name], counts[name]))
    return seconds


def compare(torch: Any, library: Any, context: Any, kernels: Any, case: Case, table: Table, options: Any, rng: random.Random,
            limit: tuple[int, int] | None) -> dict[str, Any]:
    import numpy as np

    generator = np.random.default_rng(options.seed)
    lookups = case.batch * case.pooling
    windows = max(8, min(MOST_WINDOWS, STREAM_BYTES // (lookups * max(64, table.width))))
    stream = torch.from_numpy(draw(table.rows, lookups * windows, case.draw, generator))
    offsets = np.arange(0, lookups, case.pooling, dtype=np.int64)
    tensors, offset_tensor = list(stream.split(lookups)), torch.from_numpy(offsets)
    kind = {"f16": torch.float16, "bf16": torch.bfloat16}.get(case.types, torch.float32)
    output = torch.empty(case.batch, case.dim, dtype=kind)
    hone = hone_runner(library, context, case, table.rows, False, output)
    trusted = hone_runner(library, context, case, table.rows, True, output)
    addresses, at, begin = [t.data_ptr() for t in tensors], table.address, offset_tensor.data_ptr()
    peer = peer_runner(torch, case, table)
    hone(at, addresses[0], begin)
    expected = peer(tensors[0], offset_tensor).float()
    error = float((output.float() - expected).abs().max() / expected.abs().max().clamp(min=1e-9))
    batched = table.batched(torch, case)
    borders = torch.from_numpy(np.arange(0, lookups + 1, case.pooling, dtype=np.int64))
    contestants = {"hone": walking(lambda k: hone(at, addresses[k], begin), windows),
                   "trusted": walking(lambda k: trusted(at, addresses[k], begin), windows),
                   "torch": walking(lambda k: peer(tensors[k], offset_tensor), windows)}
    if batched is not None:
        contestants["fbgemm"] = walking(lambda k: batched(tensors[k], borders), windows)
    if limit is not None and case.draw == "uniform" and case.cores == 1 and lookups >= 5000:
        narrow = [t.numpy().astype(np.int32) for t in tensors]
        contestants["limit"] = walking(gather(kernels, table, narrow, *limit), windows)
    peers = [name for name in contestants if name in ("torch", "fbgemm")]
    best, threads = best_peer(torch, contestants, peers, case.cores)
    torch.set_num_threads(threads)
    for name in peers:  # on several cores every idle library's threads disturb the others: only the best one takes part
        if name != best and case.cores > 1:
            del contestants[name]
    seconds = paired(contestants, options.rounds, rng, waits=case.cores > 1)
    tuning: dict[str, Any] = {}
    if kernels is not None and case.cores == 1 and (case.dim, case.pooling, case.batch, case.draw) in ANCHORS:
        tuning = best_setting(kernels, plan_parameters(library, hone.plan), case, table, tensors, begin, output.data_ptr(), options.rounds, rng)
    for run in (hone, trusted):
        library.hone_plan_destroy(run.plan)  # type: ignore[attr-defined]
    best = min((n for n in peers if n in seconds), key=lambda n: interval(seconds[n])[1])
    low, middle, high = interval([p / h for p, h in zip(seconds[best], seconds["hone"])])
    if "limit" in seconds:
        tuning["limit_per_s"] = lookups / interval(seconds["limit"])[1]
        tuning["of_limit"] = interval([g / h for g, h in zip(seconds["limit"], seconds["hone"])])[1]
    check = interval([h / t for h, t in zip(seconds["hone"], seconds["trusted"])])
    mid = interval(seconds["hone"])[1]
    return {**case._asdict(), **tuning, "ratio": middle, "low": low, "high": high, "hone_us": mid * 1e6, "peer": best, "peer_threads": torch.get_num_threads(),
            "lookups_per_s": lookups / mid, "gb_per_s": lookups * table.width / mid / 1e9, "check": check[1], "difference": error}


def best_peer(torch: Any, contestants: dict[str, Callable[[], None]], peers: list[str], cores: int) -> tuple[str, int]:
    """The fastest peer and its best number of threads, found first: changing it costs time."""
    if cores == 1:
        torch.set_num_threads(1)
        return peers[0], 1
    trials = {}
    for name, count in itertools.product(peers, range(1, cores + 1)):
        torch.set_num_threads(count)
        await_sleep()
        burst(contestants[name], 3)
        calls = max(2, int(2e-3 / max(burst(contestants[name], 3), 1e-7)))
        trials[name, count] = min(burst(contestants[name], calls) for _ in range(3))
    return min(trials, key=lambda t: trials[t])


#: Always measured, so that types and distributions can be compared with one another.
ANCHORS = [(64, 40, 512, kind) for kind in DRAWS] + [(128, 40, 512, "uniform"), (256, 40, 512, "uniform")]


def cases(options: Any) -> list[Case]:
    grid = list(itertools.product(options.dims or DIMS, options.poolings or POOLINGS, options.batches or BATCHES, options.draws or DRAWS))
    result = []
    for types, pages, cores in itertools.product(options.types, options.pages, options.cores):
        chosen = grid if options.full else random.Random(options.seed).sample(grid, min(options.cases, len(grid)))
        chosen = chosen + [anchor for anchor in ANCHORS if anchor in grid and anchor not in chosen]
        result += [Case(types, *one, pages, cores, options.table_mb) for one in chosen]
    return sorted(result, key=lambda c: (c.pages, c.types, c.dim, c.cores))


# ---- Reports ----


def geometric(values: list[float]) -> float:
    return math.exp(sum(math.log(v) for v in values) / len(values)) if values else math.nan


def summary(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    groups: dict[tuple, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["types"], row["pages"], row["cores"]), []).append(row)
    result = []
    for (types, pages, cores), group in sorted(groups.items()):
        ratios = [r["ratio"] for r in group]
        limits = [r["of_limit"] for r in group if r.get("of_limit")]
        result.append({"types": types, "pages": pages, "cores": cores, "cases": len(group), "geomean": geometric(ratios),
                       "worst": min(ratios), "below_0.95": sum(r["high"] < 0.95 for r in group),
                       "check": geometric([r["check"] for r in group]), "of_limit": geometric(limits) if limits else None})
    return result


def anchors(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Look-ups a second of types relative to f32, and of distributions relative to uniform, each with its pages and cores."""
    rate = {(r["types"], r["dim"], r["draw"], r["pages"], r["cores"]): r["lookups_per_s"] for r in rows
            if (r["dim"], r["pooling"], r["batch"], r["draw"]) in ANCHORS}
    best = {(r["types"], r["dim"], r["draw"], r["pages"], r["cores"]): f"{r['untuned']:.2f} ({r['best']}; "
            + ", ".join(f"{name} {share:.0%}" for name, share in r["mattered"].items()) + ")" for r in rows if "best" in r}
    limits = {(r["types"], r["dim"], r["pages"]): r["limit_per_s"] for r in rows if "limit_per_s" in r}
    result = []
    for (types, dim, kind, pages, cores), value in sorted(rate.items()):
        limit, of = limits.get((types, dim, pages)), limits.get(("f32", dim, pages))
        plain, uniform = rate.get(("f32", dim, kind, pages, cores)), rate.get((types, dim, "uniform", pages, cores))
        result.append({"types": types, "dim": dim, "draw": kind, "pages": pages, "cores": cores, "mlookups_per_s": value / 1e6,
                       "of_f32": value / plain if plain else None, "limit_of_f32": limit / of if limit and of and kind == "uniform" else None, "of_uniform": value / uniform if uniform else None,
                       "untuned": best.get((types, dim, kind, pages, cores))})
    return result


def show(rows: list[dict[str, Any]], form: str) -> None:
    bar = "| " if form == "markdown" else ""
    between = " | " if form == "markdown" else "  "
    end = " |" if form == "markdown" else ""

    def line(cells: list[str]) -> None:
        print(bar + between.join(cells) + end)

    head = ["types", "pages", "cores", "cases", "geomean", "worst", "below 0.95", "check", "of gather limit"]
    widths = [6, 5, 5, 5, 7, 6, 10, 6, 15]
    line([h.ljust(w) for h, w in zip(head, widths)])
    if form == "markdown":
        line(["---"] * len(head))
    for s in summary(rows):
        limit = "" if s["of_limit"] is None else f"{s['of_limit']:.2f}"
        cells = [s["types"], s["pages"], s["cores"], s["cases"], f"{s['geomean']:.2f}", f"{s['worst']:.2f}", s["below_0.95"],
                 f"{s['check']:.3f}", limit]
        line([str(c).ljust(w) for c, w in zip(cells, widths)])
    for peer in sorted({r["peer"] for r in rows}):
        print(f"best peer {peer}: {sum(r['peer'] == peer for r in rows)} of {len(rows)} cases")
    print()
    head = ["512 bags of 40", "M look-ups/s", "of f32", "limits say", "of uniform", "best setting's time of the default's (which; share of the variance of times that each parameter explains)"]
    widths = [34, 12, 7, 10, 10, 50]
    line([h.ljust(w) for h, w in zip(head, widths)])
    if form == "markdown":
        line(["---"] * len(head))
    for a in anchors(rows):
        name = f"{a['types']} dim {a['dim']} {a['draw']} {a['pages']} {a['cores']} core"
        cells = [name, f"{a['mlookups_per_s']:.1f}"] + [f"{a[k]:.2f}" if a[k] else "" for k in ("of_f32", "limit_of_f32", "of_uniform")]
        cells.append(a["untuned"] or "")
        line([c.ljust(w) for c, w in zip(cells, widths)])
    print()
    head = ["case", "ratio [95 %]", "Hone us", "GB/s", "of limit"]
    widths = [52, 20, 9, 6, 8]
    line([h.ljust(w) for h, w in zip(head, widths)])
    if form == "markdown":
        line(["---"] * len(head))
    for r in rows:
        name = f"{r['types']} dim {r['dim']} bags {r['batch']}x{r['pooling']} {r['draw']} {r['pages']} {r['cores']} core"
        limit = f"{r['of_limit']:.2f}" if r.get("of_limit") else ""
        line([c.ljust(w) for c, w in zip([name, f"{r['ratio']:.2f} [{r['low']:.2f} {r['high']:.2f}]", f"{r['hone_us']:.1f}",
                                          f"{r['gb_per_s']:.1f}", limit], widths)])


def kernel_library(path: str) -> str:
    """The path itself, or in a folder the library that Hone would take on this CPU first."""
    if not os.path.isdir(path):
        return path
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        flags = set(file.read().split())
    level = "x86v4" if "avx512bw" in flags else "x86v3" if "avx2" in flags else "x86v2" if "ssse3" in flags else "armv8"
    return os.path.join(path, f"libhone-kernels-{level}.so")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--library", required=True)
    parser.add_argument("--kernels", help="a kernel library, or the folder of all: for the gather limit and other settings")
    parser.add_argument("--db", help="a tuning database; without it Hone runs untuned")
    parser.add_argument("--cores", type=int, action="append")
    parser.add_argument("--types", action="append", choices=TYPES)
    parser.add_argument("--pages", action="append", choices=("thp", "4k"))
    parser.add_argument("--dim", action="append", type=int, choices=DIMS, dest="dims", help="repeatable: only these, to measure the grid in pieces")
    parser.add_argument("--pooling", action="append", type=int, dest="poolings", help="repeatable: only bags of so many rows")
    parser.add_argument("--batch", action="append", type=int, dest="batches", help="repeatable: only so many bags a call")
    parser.add_argument("--draw", action="append", choices=DRAWS, dest="draws", help="repeatable: only these laws")
    parser.add_argument("--full", action="store_true", help="the whole grid: 288 cases for each type, pages and cores")
    parser.add_argument("--cases", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--table-mb", type=int, default=TABLE_MB, help="default: twice the last-level cache, 256 at least")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--format", choices=("text", "json", "markdown"), default="text")
    options = parser.parse_args()
    options.cores, options.types = options.cores or [1], options.types or list(TYPES)
    options.pages = options.pages or ["thp"]
    try:
        import torch
    except ImportError as error:
        print(f"skipped: no peer ({error}); pip install torch==2.13.0+cpu", file=sys.stderr)
        return 2
    rng, rows, table, limits = random.Random(options.seed), [], None, {}
    kernels = ctypes.CDLL(kernel_library(options.kernels)) if options.kernels else None
    os.environ.setdefault("HONE_DB", "/nonexistent")  # untuned, whatever this user has
    library = open_library(options.library)
    contexts = {cores: open_context(library, cores, options.db) for cores in options.cores}
    for case in cases(options):
        wanted = (case.types, case.dim, case.pages)
        if table is None or table[0] != wanted:
            table = None
            table = (wanted, Table(torch, case.types, case.dim, case.table_mb, case.pages))
        if kernels is not None and wanted not in limits:
            import numpy as np
            limits[wanted] = gather_setting(kernels, table[1], 7, rng, np.random.default_rng(7))
        row = compare(torch, library, contexts[case.cores], kernels, case, table[1], options, rng, limits.get(wanted))
        rows.append(row)
        print(f"\r{len(rows)} cases", end="", file=sys.stderr)
    print(file=sys.stderr)
    if options.format == "json":
        print(json.dumps({"torch": torch.__version__, "summary": summary(rows), "anchors": anchors(rows), "cases": rows}, indent=1))
    else:
        print(f"torch {torch.__version__}, tables of {options.table_mb} MiB, {options.rounds} rounds\n")
        show(rows, options.format)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as error:
        print(f"hone: {error}", file=sys.stderr)
        sys.exit(70)
