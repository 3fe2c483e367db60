#!/usr/bin/env python3
"""Pairs numpy's a @ b with libhone_blas preloaded and without, for every GEMM that a database has tuned for this machine.

usage: numpy_gemm.py --library libhone_blas.so.0 [--db FOLDER] [--cores N]... [--rounds N] [--shape MxNxK[:nt]]... [--format json]

Three processes of the same Python take turns in random order: one with the library preloaded and two without. The ratio of the
first pair is the gain (above 1: faster with Hone), the ratio of the second is the noise floor of this machine now. Ends with 1
where a tuned shape is slower beyond the noise floor, with 2 where there is nothing to compare, with 64 for wrong usage.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
from typing import Any, Iterator, NamedTuple, Optional

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "src"))

#: A burst of calls lasts at least this long.
BURST_SECONDS = 4e-3
#: Differences below this are never called slower: they are smaller than what placement of memory does.
LEAST_FLOOR = 0.02


class Shape(NamedTuple):
    m: int
    n: int
    k: int
    trans_a: bool = False
    trans_b: bool = False
    lda: int = 0
    ldb: int = 0

    def __str__(self) -> str:
        flags = "".join("t" if flag else "n" for flag in (self.trans_a, self.trans_b))
        return f"{self.m}x{self.n}x{self.k}" + ("" if flags == "nn" else f":{flags}")

    @classmethod
    def parse(cls, text: str) -> "Shape":
        sizes, _, flags = text.partition(":")
        numbers = [int(part) for part in sizes.split("x")]
        if len(numbers) != 3 or min(numbers) < 1 or flags not in ("", "nn", "nt", "tn", "tt"):
            raise argparse.ArgumentTypeError(f"'{text}' is no shape; write 512x512x512 or 32x512x2048:nt")
        return cls(*numbers, flags[:1] == "t", flags[1:] == "t")


# ---- The process that multiplies ----


def aligned(rows: int, columns: int) -> Any:
    """Begins at a page: where else malloc puts it differs between processes, and costs up to a tenth of a small product."""
    import numpy as np

    raw = np.empty(rows * columns + 1024, dtype=np.float32)
    begin = (-raw.ctypes.data % 4096) // 4
    return raw[begin : begin + rows * columns].reshape(rows, columns)


def operand(rows: int, columns: int, leading: int, transposed: bool, seed: int) -> Any:
    """A matrix that BLAS gets with this leading dimension and transpose flag."""
    import numpy as np

    stored = (columns, rows) if transposed else (rows, columns)
    full = aligned(stored[0], max(leading, stored[1]))
    full[:] = np.random.default_rng(seed).standard_normal(full.shape, dtype=np.float32)
    view = full[:, : stored[1]]
    return view.T if transposed else view


def served_calls() -> Optional[int]:
    import ctypes

    class Counts(ctypes.Structure):
        _fields_ = [(name, ctypes.c_uint64) for name in ("served", "forwarded", "missed")]

    counts = Counts()
    try:
        ctypes.CDLL(None).hone_blas_get_counts(ctypes.byref(counts))
    except AttributeError:
        return None
    return int(counts.served)


def work() -> None:
    """Obeys lines of JSON: a shape prepares operands, a number times so many products."""
    import numpy as np

    for line in sys.stdin:
        order = json.loads(line)
        if isinstance(order, list):
            shape = Shape(*order)
            a = operand(shape.m, shape.k, shape.lda, shape.trans_a, 1)
            b = operand(shape.k, shape.n, shape.ldb, shape.trans_b, 2)
            c = aligned(shape.m, shape.n)
            before = served_calls()
            np.matmul(a, b, out=c)
            exact = a[:8].astype(np.float64) @ b.astype(np.float64)
            error = float(np.abs(c[:8] - exact).max() / (np.abs(exact).max() + 1e-30))
            answer: Any = [error, before is not None and served_calls() != before]
        else:
            np.matmul(a, b, out=c)
            start = time.perf_counter()
            for _ in range(order):
                np.matmul(a, b, out=c)
            answer = (time.perf_counter() - start) / order
        print(json.dumps(answer), flush=True)


class Worker:
    def __init__(self, python: str, environment: dict[str, str], cores: int) -> None:
        threads = {name: str(cores) for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")}
        self.process = subprocess.Popen(
            [python, os.path.abspath(__file__), "--work"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **threads, **environment},
        )

    def ask(self, order: Any) -> Any:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"numpy_gemm: a worker ended with code {self.process.wait()}; see its message above")
        return json.loads(line)

    def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


# ---- Statistics ----


def median(values: list[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def interval(values: list[float]) -> tuple[float, float]:
    """Holds the median with about 95 %: order statistics of the binomial distribution."""
    ordered = sorted(values)
    reach = 0.98 * len(ordered) ** 0.5
    low = max(0, int(len(ordered) / 2 - reach))
    return ordered[low], ordered[len(ordered) - 1 - low]


def compare(workers: list[Worker], shape: Shape, rounds: int) -> dict[str, Any]:
    """`workers`: with Hone, without, without."""
    checks = [worker.ask(list(shape)) for worker in workers]
    count = max(1, int(BURST_SECONDS / max(workers[1].ask(1), 1e-7)))
    times: list[list[float]] = [[], [], []]
    for _ in range(rounds):
        for index in random.sample(range(3), 3):
            times[index].append(workers[index].ask(count))
    gains = [plain / hone for hone, plain in zip(times[0], times[1])]
    nothing = [one / other for one, other in zip(times[1], times[2])]
    low, high = interval(gains)
    noise = interval(nothing)
    floor = max(LEAST_FLOOR, 1 - noise[0], noise[1] - 1)
    return {
        "shape": str(shape),
        "served": checks[0][1],
        "right": checks[0][0] < 1e-4,
        "plain": median(times[1]),
        "hone": median(times[0]),
        "ratio": median(gains),
        "low": low,
        "high": high,
        "floor": floor,
        "verdict": "faster" if low > 1 + floor else "slower" if high < 1 - floor else "equal",
    }


# ---- What to compare, and how it is shown ----


def tuned(database: str, cores: int) -> Iterator[Shape]:
    """Shapes that numpy's a @ b calls sgemm for and that are tuned for this number of cores."""
    import hone

    wanted = {"types": "f32", "cores": cores, "alpha": "1", "beta": "0"}
    seen = set()
    for row in hone.Database(database).find("gemm", **wanted):
        size, attributes = row.shape, row.attributes
        shape = Shape(
            size["m"],
            size["n"],
            size["k"],
            attributes.get("transA") == "t",
            attributes.get("transB") == "t",
            size.get("lda", 0),
            size.get("ldb", 0),
        )
        # A vector is multiplied by gemv.
        if min(shape.m, shape.n, shape.k) > 1 and size.get("ldc", shape.n) == shape.n and shape not in seen:
            seen.add(shape)
            yield shape


def show(results: list[dict[str, Any]]) -> None:
    print(f"{'shape':22} {'cores':>5} {'by':8} {'plain':>10} {'with Hone':>10} {'ratio':>6}  {'95 %':13} {'floor':>6}")
    for row in results:
        print(
            f"{row['shape']:22} {row['cores']:5} {'Hone' if row['served'] else 'plain':8}"
            f" {row['plain'] * 1e6:7.1f} us {row['hone'] * 1e6:7.1f} us {row['ratio']:5.2f}x"
            f"  {row['low']:.2f} … {row['high']:.2f}   {row['floor'] * 100:4.0f} %  {row['verdict']}"
            + ("" if row["right"] else "  WRONG RESULT")
        )


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.error = lambda message: (print(f"numpy_gemm: {message}", file=sys.stderr), sys.exit(64))  # type: ignore
    parser.add_argument("--library", required="--work" not in sys.argv, help="libhone_blas.so.0")
    parser.add_argument("--db", default=os.environ.get("HONE_DB", "tuning-db"), help="the tuning database")
    parser.add_argument("--python", default="/usr/bin/python3", help="whose numpy has a shared BLAS")
    parser.add_argument("--cores", type=int, action="append", help="cores of one call (default: all); may be repeated")
    parser.add_argument("--rounds", type=int, default=41)
    parser.add_argument("--shape", type=Shape.parse, action="append", help="instead of all tuned ones")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def measure(arguments: argparse.Namespace, cores: int) -> list[dict[str, Any]]:
    shapes = arguments.shape or list(tuned(arguments.db, cores))
    preload = {"LD_PRELOAD": os.path.abspath(arguments.library), "HONE_DB": os.path.abspath(arguments.db)}
    workers = [Worker(arguments.python, environment, cores) for environment in (preload, {}, {})]
    results = [{**compare(workers, shape, arguments.rounds), "cores": cores} for shape in shapes]
    for worker in workers:
        worker.stop()
    return results


def main() -> int:
    arguments = options()
    if arguments.work:
        work()
        return 0
    budgets = arguments.cores or [len(os.sched_getaffinity(0))]
    results = [row for cores in budgets for row in measure(arguments, cores)]
    if not results:
        print(f"numpy_gemm: {arguments.db} has no GEMM tuned for {budgets} cores; run hone tune", file=sys.stderr)
        return 2
    print(json.dumps(results, indent=2)) if arguments.format == "json" else show(results)
    return 1 if any(row["verdict"] == "slower" or not row["right"] for row in results) else 0


if __name__ == "__main__":
    sys.exit(main())
