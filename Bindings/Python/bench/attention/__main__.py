#!/usr/bin/env python3
"""Pairs Hone's attention kernels with those of PyTorch, ONNX Runtime, OpenVINO and the plain formula on numpy's BLAS.

usage: attention --kernels FOLDER --runner attention.so [--class prefill|cross|decode|more]... [--types f32|bf16]...
                    [--cores N]... [--rounds N] [--quick] [--again] [--format text|markdown|json] [--search TRIES]

Each has a process of its own, on the same numbers, and they take turns in random order, round by round; whoever has no turn is stopped
(SIGSTOP), so that threads that spin while they wait for work take no core from others. A ratio is a peer's time over Hone's in the same
round: above 1, Hone is faster. Shown is the median of the rounds, with a 95 % interval by the bootstrap. Peers that are not installed,
or cannot do a case, are named with the reason. Every output is compared with Hone's before anything is timed. With --again Hone takes
part twice: what the ratio of the two is off from 1 is what a neighbour, or chance, does to a ratio.

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
from contextlib import ExitStack
from typing import Any, Optional

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from cases import Case, cases  # noqa: E402
from kernels import Hone, Limits  # noqa: E402
from peers import NAMES  # noqa: E402
from search import search, show as show_search  # noqa: E402
from worker import Worker  # noqa: E402

#: Hone's second process.
AGAIN = "hone again"


def interval(values: list[float], seed: int = 1) -> tuple[float, float, float]:
    """The median and the bounds of its 95 % bootstrap interval."""
    draw = random.Random(seed)
    medians = sorted(statistics.median(draw.choices(values, k=len(values))) for _ in range(1000))
    return statistics.median(values), medians[25], medians[974]


def measure(workers: dict[str, Worker], repeats: int, rounds: int) -> dict[str, list[float]]:
    """Seconds of each, round by round, in random order."""
    times: dict[str, list[float]] = {name: [] for name in workers}
    draw = random.Random(7)
    for _ in range(rounds):
        order = list(workers)
        draw.shuffle(order)
        for name in order:
            times[name].append(workers[name].ask(do="time", repeats=repeats)["seconds"])
    return times


def bench(case: Case, types: str, cores: int, options: argparse.Namespace, workers: dict[str, Worker]) -> dict[str, Any]:
    ready: dict[str, Worker] = {}
    skipped: dict[str, str] = {}
    for worker in workers.values():
        worker.send(do="prepare", case=case._asdict(), types=types, cores=cores)
    for name, worker in workers.items():
        answer = worker.answer()
        if name == "hone":
            own = answer
        if "unable" in answer:
            skipped[name] = answer["unable"]
        else:
            ready[name] = worker
    seconds = ready["hone"].ask(do="time", repeats=1)["seconds"]
    repeats = max(1, min(200, math.ceil(options.burst / max(seconds, 1e-7))))
    times = measure(ready, repeats, options.rounds)
    ratios = {n: interval([p / h for p, h in zip(times[n], times["hone"])]) for n in ready if n != "hone"}
    again = ratios.pop(AGAIN, None)
    return {
        "case": case._asdict(), "title": case.title(), "types": types, "cores": cores, "seconds": statistics.median(times["hone"]),
        "variant": own["variant"], "ratios": ratios, "again": again, "skipped": skipped,
        "gflops": case.flops / statistics.median(times["hone"]) / 1e9,
        "gbs": case.cache_bytes(own["bits"]) / statistics.median(times["hone"]) / 1e9,
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
    agains = [row["again"] for row in rows if row["again"]]
    if agains:
        off = statistics.median(abs(math.log(a[0])) for a in agains)
        outside = sum(1 for _, low, high in agains if not low <= 1 <= high)
        print(f"hone against hone: {min(a[0] for a in agains):.3f} to {max(a[0] for a in agains):.3f}, half of {len(agains)} within "
              f"{100 * off:.1f} %, 1 outside of {outside} intervals")  # fmt: skip
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
    parser.add_argument("--again", action="store_true", help="Hone against another process of Hone, beside the peers")
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
    limits = Limits(hone, cores)
    names = [] if kinds == ["more"] else [n for n in NAMES if not options.peer or any(p in n for p in options.peer)]
    rows = []
    with ExitStack() as stack:
        everyone = ["hone", *names] + ([AGAIN] if options.again else [])
        workers = {name: stack.enter_context(Worker(name, options.runner, options.kernels)) for name in everyone}
        for case, types, count in wanted:
            row = bench(case, types, count, options, {n: w for n, w in workers.items() if case.kind != "more" or n not in names})
            rows.append(row)
            print(f"{row['title']} {types} {count}: {1e3 * row['seconds']:.3f} ms {limit(row, limits)} {best(row)} {row['again'] or ''}",
                  file=sys.stderr)  # fmt: skip
    limits.measure()
    if options.format == "json":
        print(json.dumps({"limits": limits.values, "rows": rows}, indent=1))
    else:
        print(limits)
        show(rows, limits, options.format == "markdown")
    return 0


if __name__ == "__main__":
    sys.exit(main())
