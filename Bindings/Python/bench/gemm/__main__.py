"""GEMM of Hone's own kernels beside the libraries that people use, one process, candidates in turns.

usage: python Bindings/Python/bench/gemm --kernels FOLDER --helper FILE [--cores N] [--quick] [--class PART]...
       [--rounds N] [--tries N] [--format text|json|markdown]

Every class of shapes is a row: the geometric mean and the worst of Hone against the best peer, shape by shape, with the
interval of the worst; --shapes shows every shape. What is absent is listed with the reason. Ends with 2 where nothing
could be compared, with 64 for wrong usage.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.error = lambda message: (print(f"bench-gemm: {message}", file=sys.stderr), sys.exit(64))  # type: ignore
    parser.add_argument("--kernels", required=True, help="folder of libhone-kernels-*.so")
    parser.add_argument("--helper", required=True, help="repeat.c of CShims/CHoneBench as a shared library")
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="a few shapes of each class")
    parser.add_argument("--class", dest="classes", action="append", default=[], help="part of a class's name")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--tries", type=int, default=24, help="random settings beside the defaults; 0: untuned")
    parser.add_argument("--shapes", action="store_true", help="show every shape")
    parser.add_argument("--format", choices=("text", "json", "markdown"), default="text")
    return parser.parse_args()


ARGUMENTS = options()
#: Before any library looks at them.
PROCESSORS = sorted(os.sched_getaffinity(0))[: ARGUMENTS.cores]
os.sched_setaffinity(0, PROCESSORS)
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"):
    os.environ[variable] = str(ARGUMENTS.cores)

import host  # noqa: E402

host.widen_openblas()

import ctypes  # noqa: E402

import numpy as np  # noqa: E402

import blas  # noqa: E402
import frameworks  # noqa: E402
import kernels  # noqa: E402
import measure  # noqa: E402
import report  # noqa: E402
from shapes import Case, classes  # noqa: E402

#: Relative error (Frobenius) beyond which a candidate did not compute the product; low precisions round the weights.
ALLOWED = {"f32": 1e-5, "bf16": 1e-2, "f16": 1e-2, "s8": 2e-2, "s8-dynamic": 3e-2, "u8s8": 1e-9, "s4": 0.2, "s4-dynamic": 0.2}
#: Calls of Python cost microseconds: below this the frameworks would be measured by them.
LEAST_FLOPS_OF_FRAMEWORKS = 4e6
#: Weights of which none is in a cache when it is used again.
COLD_BYTES = max(96 << 20, min(3 * kernels.last_level_bytes(), 1 << 30))


class Bench:
    def __init__(self) -> None:
        self.helper = ctypes.CDLL(os.path.abspath(ARGUMENTS.helper))
        self.rows = kernels.all_rows(os.path.abspath(ARGUMENTS.kernels))
        self.limits = kernels.limits(self.rows, self.helper, PROCESSORS)
        self.absent: dict[str, str] = {}
        self.blas = blas.BLASPeers(self.helper, ARGUMENTS.cores, sys.prefix, self.absent)
        self.frameworks = frameworks.available(ARGUMENTS.cores, self.absent)

    def case(self, case: Case) -> dict[str, Any]:
        generator = np.random.default_rng(7)
        if case.kind == "u8s8":
            a = generator.integers(0, 256, (case.m, case.k), dtype=np.uint8)
            w = generator.integers(-128, 128, (case.n, case.k), dtype=np.int8)
        else:
            a = generator.standard_normal((case.batch * case.m, case.k), dtype=np.float32)
            w = generator.standard_normal((case.batch * case.n, case.k), dtype=np.float32) * np.float32(0.05)
        exact = a[: min(16, case.m)].astype(np.float64) @ w[: case.n].T.astype(np.float64)
        copies = max(1, math.ceil(COLD_BYTES / case.weight_bytes)) if case.cold else 1
        settings = [each for pool in self.pools(case, kernels.Operands(case, a, w), copies)
                    for each in kernels.candidates(self.rows, self.helper, pool, ARGUMENTS.tries)]  # fmt: skip
        if not settings:
            return {"shape": str(case), "error": f"Hone has no kernel for {case.hone_types[0]}"}
        candidates: dict[str, Any] = {"default": settings[0]}
        best = measure.fastest(settings)
        if best is not settings[0]:
            candidates["tuned"] = best
        makers = list(self.blas.candidates(case, a, w, copies))
        if case.flops >= LEAST_FLOPS_OF_FRAMEWORKS:
            makers += [each for peer in self.frameworks for each in peer.candidates(case, a, w, copies)]
        wrong = {}
        for name, make in makers:
            try:
                candidates[name] = make()
            except Exception as error:
                wrong[name] = f"{type(error).__name__}: {error}".splitlines()[0][:120]
        for name in list(candidates):
            error = self.error(candidates[name].result()[: len(exact)], exact)
            if not error < ALLOWED[case.kind]:
                wrong[name] = f"relative error {error:.1e}"
                if name not in ("default", "tuned"):
                    del candidates[name]
        outcome = measure.interleave(candidates, ARGUMENTS.rounds)
        return self.summary(case, outcome, best, settings[0], wrong)

    def pools(self, case: Case, operands: kernels.Operands, copies: int) -> list[kernels.Pool]:
        """By threads: Hone's default first (its space builder's rule: waking a thread must pay), then the other, where that is not clear."""
        both = [kernels.Pool(self.helper, operands, copies, PROCESSORS)]
        seconds = max(case.flops / 30e9, case.weight_bytes / 15e9)
        if len(PROCESSORS) > 1 and seconds < 2e-3 and not case.cold:
            both.insert(1 if seconds > 20e-6 else 0, kernels.Pool(self.helper, operands, copies, PROCESSORS[:1]))
        return both

    @staticmethod
    def error(result: np.ndarray, exact: np.ndarray) -> float:
        return float(np.linalg.norm(result - exact) / np.linalg.norm(exact))

    @staticmethod
    def summary(
        case: Case, outcome: measure.Outcome, best: Any, default: Any, wrong: dict[str, str]
    ) -> dict[str, Any]:
        own = "tuned" if "tuned" in outcome.seconds else "default"
        peers = {name: seconds for name, seconds in outcome.seconds.items() if name not in ("default", "tuned")}
        first = min(peers, key=lambda name: peers[name]) if peers else None
        return {
            "shape": str(case), "m": case.m, "cold": case.cold, "variant": best.variant, "settings": {**best.values, "threads": len(best.pool.processors)},
            "default_variant": default.variant,
            "seconds": outcome.seconds, "peer": first, "wrong": wrong,
            "ratio": outcome.ratio(first, own) if first else None,
            "default_share": outcome.ratio(own, "default") if own == "tuned" else (1.0, 1.0, 1.0),
            "gflops": case.flops / outcome.seconds[own] * 1e-9,
            "gbytes": case.weight_bytes / outcome.seconds[own] * 1e-9,
        }  # fmt: skip


def main() -> int:
    bench = Bench()
    results: dict[str, list[dict[str, Any]]] = {}
    wanted = classes(ARGUMENTS.quick)
    for name, cases in wanted.items():
        if ARGUMENTS.classes and not any(part in name for part in ARGUMENTS.classes):
            continue
        results[name] = []
        for case in cases:
            try:
                results[name].append(bench.case(case))
            except RuntimeError as error:  # one shape that fails leaves the others standing
                results[name].append({"shape": str(case), "error": str(error)})
            if ARGUMENTS.shapes and ARGUMENTS.format == "text":
                print(report.line(results[name][-1]), flush=True)
    if not any(results.values()):
        print("bench-gemm: no class has such a name, or no kernel library is there", file=sys.stderr)
        return 2
    about = {"cores": ARGUMENTS.cores, "limits": bench.limits, "absent": bench.absent}
    if ARGUMENTS.format == "json":
        print(json.dumps({**about, "classes": results}, indent=1))
    else:
        print(report.table(results, about, ARGUMENTS.shapes))
    return 0


if __name__ == "__main__":
    sys.exit(main())
