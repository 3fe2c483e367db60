#!/usr/bin/env python3
"""Pairs Hone's attention kernels with those of PyTorch, ONNX Runtime, OpenVINO and the plain formula on numpy's BLAS.

usage: attention --kernels FOLDER --runner attention.so [--class prefill|cross|decode|more]... [--types f32|bf16]...
                    [--cores N]... [--rounds N] [--quick] [--format text|markdown|json] [--search TRIES]

All of them run in this one process on the same numbers and take turns in random order, round by round. A ratio is a peer's time over
Hone's in the same round: above 1, Hone is faster. Shown is the median of the rounds, with a 95 % interval by the bootstrap. Peers that
are not installed, or cannot do a case, are named with the reason. Every output is compared with Hone's before anything is timed.

The class "more", which has to be asked for, is Hone alone: other types, pages, windows, and caches from 8k to 128k keys.

With --search nobody else is measured: Hone's defaults meet the best of TRIES random parameter values and their neighbours.

Ends with 2 where no kernel library of this machine is found, with 64 for wrong usage.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import statistics
import sys
import time
from typing import Any, Callable, NamedTuple, Optional

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from kernels import Hone, Limits  # noqa: E402
from peers import Peers  # noqa: E402
from search import search, show as show_search  # noqa: E402


class Case(NamedTuple):
    kind: str  # the class: prefill, cross or decode
    name: str
    batch: int
    heads: int
    kv_heads: int
    lq: int
    lk: int
    dim: int
    causal: bool = False
    window: int = 0  # keys that a query sees, its own included; 0: all
    page: int = 0  # keys of a block; 0: a contiguous cache
    types: tuple[str, ...] = ("f32", "bf16")

    @property
    def flops(self) -> float:
        """Of the products that are not masked."""
        pairs = self.lq * (2 * self.lk - self.lq + 1) / 2 if self.causal else self.lq * self.lk
        if self.window:
            places = range(self.lk - self.lq, self.lk)
            pairs = sum(min(place + 1, self.window) for place in places)
        return 4.0 * self.batch * self.heads * self.dim * pairs

    def cache_bytes(self, bits: int) -> float:
        """Of K and V that are read, scales of bytes included."""
        keys = min(self.lk, self.window) if self.window and self.lq == 1 else self.lk
        return 2.0 * self.batch * self.kv_heads * keys * (self.dim * bits / 8 + (4 if bits == 8 else 0))

    def title(self) -> str:
        heads = f"{self.heads}" if self.heads == self.kv_heads else f"{self.heads}/{self.kv_heads}"
        extra = (f", window {self.window}" if self.window else "") + (f", pages of {self.page}" if self.page else "")
        return f"{self.name}: {self.batch} x {heads} x {self.lq} x {self.lk} x {self.dim}{extra}"


def cases(quick: bool) -> list[Case]:
    llama = [Case("prefill", "llama3-8b", 1, 32, 8, n, n, 128, True) for n in ((512,) if quick else (128, 512, 1024, 2048))]
    sd = [Case("prefill", "sd15", 2, 8, 8, n, n, d) for n, d in ((1024, 80), (256, 160))]
    if not quick:
        sd.insert(0, Case("prefill", "sd15", 2, 8, 8, 4096, 4096, 40))
    bert = [Case("prefill", "bert-base", 8, 12, 12, 128, 128, 64), Case("prefill", "bert-large", 4, 16, 16, 384, 384, 64)]
    vit = [Case("prefill", "vit-b16", 8, 12, 12, 197, 197, 64)]
    cross = [Case("cross", "sd15", 2, 8, 8, n, 77, d) for n, d in ((4096, 40), (1024, 80), (256, 160))]
    lengths = ((1, 2048), (4, 2048)) if quick else ((1, 1024), (1, 8192), (1, 32768), (4, 2048), (16, 2048))
    decode = [Case("decode", "llama3-8b", b, 32, 8, 1, n, 128) for b, n in lengths]
    decode += [] if quick else [Case("decode", "mha", 1, 32, 32, 1, 8192, 128)]
    return llama + sd + bert + vit + cross + decode + more()


def more() -> list[Case]:
    """Hone alone."""
    every = ("f32", "bf16", "f16", "f32bf16", "f32f16", "f32s8", "bf16s8")
    decode = [Case("more", "decode", 1, 32, 8, 1, n, 128, types=every) for n in (8192,)]
    decode += [Case("more", "decode", 1, 32, 8, 1, n, 128, types=("f32", "bf16", "f32s8")) for n in (32768, 131072)]
    decode += [Case("more", "decode", 1, 32, 32, 1, 8192, 128, types=("f32", "bf16", "f32s8", "bf16s8"))]
    decode += [Case("more", "decode", 1, 32, 8, 1, 8192, 128, page=page) for page in (16, 64, 256)]
    decode += [Case("more", "decode", 1, 32, 8, 1, 8192, 128, window=1024)]
    prefill = [Case("more", "prefill", 1, 32, 8, 1024, 1024, 128, True, types=every)]
    prefill += [Case("more", "prefill", 1, 32, 8, 4096, 4096, 128, True, window=1024)]
    prefill += [Case("more", "chunk", 1, 32, 8, 128, 4096, 128, True), Case("more", "chunk", 1, 32, 8, 128, 4096, 128, True, page=64)]
    return decode + prefill


def interval(values: list[float], seed: int = 1) -> tuple[float, float, float]:
    """The median and the bounds of its 95 % bootstrap interval."""
    draw = random.Random(seed)
    medians = sorted(statistics.median(draw.choices(values, k=len(values))) for _ in range(1000))
    return statistics.median(values), medians[25], medians[974]


def measure(runs: dict[str, Callable[[], float]], rounds: int, pause: float) -> dict[str, list[float]]:
    """Seconds of each, round by round, in random order. Between two of them threads that spin go to sleep: OpenBLAS's take 18 ms."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    draw = random.Random(7)
    for name in runs:
        runs[name]()
    for _ in range(rounds):
        order = list(runs)
        draw.shuffle(order)
        for name in order:
            time.sleep(pause)
            times[name].append(runs[name]())
    return times


def bench(case: Case, types: str, cores: int, options: argparse.Namespace, hone: Hone, peers: Peers) -> Optional[dict[str, Any]]:
    problem = hone.problem(case, types, seed=1)
    seconds = hone.once(problem, cores)
    repeats = max(1, min(200, math.ceil(options.burst / max(seconds, 1e-7))))
    runs: dict[str, Callable[[], float]] = {"hone": lambda: hone.seconds(problem, cores, repeats)}
    skipped: dict[str, str] = {}
    for name, make in peers.table.items() if case.kind != "more" else ():
        try:
            call = make(case, types, problem, cores)
            peers.compare(call(0), problem, name)
        except peers.Unable as reason:
            skipped[name] = str(reason)
            continue

        def timed(call: Callable[[int], Any] = call) -> float:
            begin = time.perf_counter()
            for index in range(repeats):
                call(index % problem.copies)
            return (time.perf_counter() - begin) / repeats

        runs[name] = timed
    times = measure(runs, options.rounds, 0.004 if cores == 1 else 0.03)
    ratios = {n: interval([p / h for p, h in zip(times[n], times["hone"])]) for n in runs if n != "hone"}
    return {
        "case": case._asdict(), "title": case.title(), "types": types, "cores": cores, "seconds": statistics.median(times["hone"]),
        "variant": problem.algorithm, "ratios": ratios, "skipped": skipped,
        "gflops": case.flops / statistics.median(times["hone"]) / 1e9,
        "gbs": case.cache_bytes(problem.bits) / statistics.median(times["hone"]) / 1e9,
    }  # fmt: skip


def best(row: dict[str, Any]) -> Optional[tuple[str, tuple[float, float, float]]]:
    """The fastest peer."""
    return min(row["ratios"].items(), key=lambda item: item[1][0]) if row["ratios"] else None


def limit(row: dict[str, Any], limits: Limits) -> str:
    if row["case"]["kind"] == "decode" or row["case"]["lq"] == 1:
        return f"{100 * row['gbs'] / limits.read(row['cores']):.0f} % of read"
    return f"{100 * row['gflops'] / limits.peak(row['cores']):.0f} % of peak"


def show(rows: list[dict[str, Any]], limits: Limits, markdown: bool) -> None:
    head = ["class", "case", "types", "cores", "ms", "share", "best peer", "ratio", "95 %"]
    table = []
    for row in rows:
        top = best(row)
        ratio = (top[0], f"{top[1][0]:.2f}", f"{top[1][1]:.2f} … {top[1][2]:.2f}") if top else ("none", "", "")
        table.append([row["case"]["kind"], row["title"], row["types"], str(row["cores"]), f"{1e3 * row['seconds']:.3f}",
                      limit(row, limits), *ratio])  # fmt: skip
    widths = [max(len(line[i]) for line in [head] + table) for i in range(len(head))]
    for index, line in enumerate([head] + table):
        cells = [cell.ljust(width) for cell, width in zip(line, widths)]
        print("| " + " | ".join(cells) + " |" if markdown else "  ".join(cells).rstrip())
        if markdown and index == 0:
            print("| " + " | ".join("-" * width for width in widths) + " |")
    print()
    for kind in ("prefill", "cross", "decode"):
        for types in sorted({row["types"] for row in rows}):
            for cores in sorted({row["cores"] for row in rows}):
                tops = [best(r) for r in rows if (r["case"]["kind"], r["types"], r["cores"]) == (kind, types, cores)]
                found = [top[1][0] for top in tops if top]
                if found:
                    mean = math.exp(statistics.fmean(math.log(ratio) for ratio in found))
                    print(f"{kind} {types}, {cores} cores: geometric mean {mean:.2f} of {len(found)} cases, least {min(found):.2f}")
    reasons = sorted({(name, why) for row in rows for name, why in row["skipped"].items()})
    for name, why in reasons:
        print(f"not measured: {name}: {why}")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernels", required=True, help="folder of libhone-kernels-*.so")
    parser.add_argument("--runner", required=True, help="CShims/CHoneBench/attention.c as a shared object")
    parser.add_argument("--class", dest="kinds", action="append", choices=["prefill", "cross", "decode", "more"])
    parser.add_argument("--types", action="append", help="f32, bf16; of the class more also f16, f32s8 ...")
    parser.add_argument("--cores", action="append", type=int)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--burst", type=float, default=0.01, help="seconds of a burst of calls, at least")
    parser.add_argument("--only", default="", help="cases whose title has this")
    parser.add_argument("--peer", action="append", help="only peers whose name has this")
    parser.add_argument("--search", type=int, default=0, metavar="TRIES", help="what tuning would bring, instead of peers")
    parser.add_argument("--quick", action="store_true", help="fewer and smaller cases")
    parser.add_argument("--format", choices=["text", "markdown", "json"], default="text")
    try:
        return parser.parse_args()
    except SystemExit as end:
        sys.exit(64 if end.code else 0)


def main() -> int:
    options = parse()
    cores = options.cores or sorted({1, len(os.sched_getaffinity(0))})
    hone = Hone(options.runner, options.kernels)
    if not hone.libraries:
        print(f"attention: no kernel library that this CPU can run in {options.kernels}", file=sys.stderr)
        return 2
    kinds = options.kinds or ["prefill", "cross", "decode"]
    wanted = [
        (case, types, count) for case in cases(options.quick) if case.kind in kinds and options.only in case.title()
        for types in case.types if not options.types or types in options.types for count in cores
    ]  # fmt: skip
    if options.search:
        show_search([search(hone, *one, options.search, options.rounds, interval) for one in wanted])
        return 0
    peers = Peers(hone, options.peer or [])
    limits = Limits(hone, cores)
    rows = []
    for case, types, count in wanted:
        row = bench(case, types, count, options, hone, peers)
        if row:
            rows.append(row)
            print(f"{row['title']} {types} {count}: {1e3 * row['seconds']:.3f} ms {limit(row, limits)} {best(row)}", file=sys.stderr)
    if options.format == "json":
        print(json.dumps({"limits": limits.values, "rows": rows}, indent=1))
    else:
        print(limits)
        show(rows, limits, options.format == "markdown")
    return 0


if __name__ == "__main__":
    sys.exit(main())
