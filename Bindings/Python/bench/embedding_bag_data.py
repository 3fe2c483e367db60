#!/usr/bin/env python3
"""What the choice of rows that are looked up does to embedding-bag: to its time, and to which setting is best.

usage: embedding_bag_data.py --kernels FILE|FOLDER [--types T]... [--dims N]... [--rounds N] [--table-mb N] [--seed N]

One table; 512 bags of 40 look-ups, drawn uniformly, by Zipf's law (s = 1.05) and with the reuse published for 2021; Hone's kernel on one
core at 20 settings each (distance, level, streaming stores). All 60 take turns in random order. Says, with intervals of paired ratios
(about 95 %): how much faster each law is than uniform; what the best setting brings over the default; and what it costs to run a law with
the setting that is best for another one. Needs torch and numpy; ends with 2 where they are absent.
"""

from __future__ import annotations

import argparse
import ctypes
import itertools
import random
import sys
from ctypes import c_int32, c_int64, c_void_p
from typing import Any, Callable

import embedding_bag as bench

BAGS, PER_BAG = 512, 40
DEFAULT = (64, 2, 0)
SETTINGS = list(itertools.product((0, 16, 32, 64, 128), (1, 2), (0, 1)))


def runners(kernels: ctypes.CDLL, types: str, table: Any, dim: int, indices: list[Any], offsets: Any, output: Any) -> dict[Any, Callable]:
    """A call a setting; each walks through the stream."""
    row = bench.kernel_row(kernels, types)
    run = ctypes.CFUNCTYPE(c_int32, c_void_p, c_void_p, c_void_p, c_void_p)(row.run)
    team = bench.Team(0, 1, None, None)
    names = [row.parameters[i].name.decode() for i in range(row.parameter_count)]
    usual = [row.parameters[i].default_value for i in range(row.parameter_count)]
    stride = table.width if types[0] == "u" else dim
    kind = {"f16": 1, "bf16": 2}.get(types, 0)
    bags = [bench.Bag(ctypes.sizeof(bench.Bag), table.rows, dim, BAGS, BAGS * PER_BAG, stride, dim, 8, 0, table.address, t.ctypes.data,
                      offsets.ctypes.data, None, output.ctypes.data, kind, 0, 0, 0) for t in indices]

    def one(distance: int, level: int, stream: int) -> Callable[[], None]:
        values = dict(zip(names, usual), prefetch_distance=distance, prefetch_level=level, stream=stream)
        parameters = (c_int64 * len(names))(*[values[n] for n in names])
        return bench.walking(lambda k: run(ctypes.addressof(bags[k]), ctypes.addressof(parameters), None, ctypes.addressof(team)), len(bags))

    return {setting: one(*setting) for setting in SETTINGS}


def ratio(one: list[float], other: list[float]) -> tuple[float, float, float]:
    return bench.interval([a / b for a, b in zip(one, other)])


def shown(interval: tuple[float, float, float]) -> str:
    low, middle, high = interval
    return f"{middle:.2f} [{low:.2f} {high:.2f}]"


def study(kernels: ctypes.CDLL, types: str, dim: int, options: Any) -> None:
    import numpy as np
    import torch

    generator, rng = np.random.default_rng(options.seed), random.Random(options.seed)
    table = bench.Table(torch, types, dim, options.table_mb, "thp")
    lookups = BAGS * PER_BAG
    windows = max(8, bench.STREAM_BYTES // (lookups * max(64, table.width)))
    offsets = np.arange(0, lookups, PER_BAG, dtype=np.int64)
    output = np.zeros((BAGS, dim), dtype=np.float32)
    contestants, kept = {}, []
    for law in bench.DRAWS:
        stream = bench.draw(table.rows, lookups * windows, law, generator)
        parts = np.split(stream, windows)
        kept.append(parts)
        for setting, call in runners(kernels, types, table, dim, parts, offsets, output).items():
            contestants[law, setting] = call
    seconds = bench.paired(contestants, options.rounds, rng)
    # Half of the rounds chooses, the other half judges: a winner's own rounds flatter it.
    half = options.rounds // 2
    best = {law: min(SETTINGS, key=lambda s: bench.interval(seconds[law, s][:half])[1]) for law in bench.DRAWS}
    judged = {key: values[half:] for key, values in seconds.items()}
    for law in bench.DRAWS:
        rate = lookups / bench.interval(judged[law, DEFAULT])[1] / 1e6
        faster = shown(ratio(judged["uniform", DEFAULT], judged[law, DEFAULT]))
        gain = shown(ratio(judged[law, best[law]], judged[law, DEFAULT]))
        costs = "  ".join(f"{ratio(judged[law, best[other]], judged[law, best[law]])[1]:.2f}" for other in bench.DRAWS)
        print(f"{types:6} {dim:4}  {law:8} {rate:9.1f}  {faster:16}  {gain:16}  {str(best[law]):13}  {costs}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kernels", required=True, help="a kernel library, or the folder of all")
    parser.add_argument("--types", action="append", choices=bench.TYPES)
    parser.add_argument("--dims", action="append", type=int)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--table-mb", type=int, default=bench.TABLE_MB)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    try:
        import torch  # noqa: F401
    except ImportError as error:
        print(f"skipped: no tables without torch ({error}); pip install torch==2.13.0+cpu", file=sys.stderr)
        return 2
    kernels = ctypes.CDLL(bench.kernel_library(options.kernels))
    print("types  dim   law      M look-ups/s  over uniform      best over default   best (distance, level, stream); time with the best setting of " + ", ".join(bench.DRAWS))
    for types, dim in itertools.product(options.types or bench.TYPES, options.dims or (32, 64, 128)):
        study(kernels, types, dim, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
