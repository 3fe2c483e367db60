"""Error growth of Hone's GEMM kernels against a product in double, by precision and depth: a table, and a plot in SVG.

usage: python accuracy.py --kernels FOLDER --helper FILE [--svg FILE]

An element's error is given relative to the sum of the magnitudes of its terms, as the oracle of `hone tune` gives it; the largest of
all elements. Weights count as they are stored: what is shown is the error of the arithmetic, not of the quantisation.
"""

from __future__ import annotations

import argparse
import ctypes
import math
import os
import sys
from typing import Callable

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import numpy as np  # noqa: E402

import kernels  # noqa: E402
from shapes import Case  # noqa: E402

DEPTHS = [32 << step for step in range(12)]
#: name, kind of shapes.py, row to take, HONE_COMPUTE_*, group.
CURVES = [
    ("f32, direct", "f32", b"direct", 0, 0),
    ("f32, packed", "f32", b"packed", 0, 0),
    ("weights f32", "f32", b"weights", 0, 0),
    ("weights bf16", "bf16", b"weights", 0, 0),
    ("weights f16", "f16", b"weights", 0, 0),
    ("weights s8", "s8", b"weights", 0, 0),
    ("weights s4, groups of 32", "s4", b"weights", 0, 32),
    ("bf16, activations rounded", "bf16", b"dot", 2, 0),
    ("s8, activations rounded", "s8", b"dot", 1, 0),
    ("s4, activations rounded, groups of 32", "s4", b"dot", 1, 32),
]


def meaning(operands: kernels.Operands, case: Case, w: np.ndarray) -> np.ndarray:
    """Weights n x k in double, as stored."""
    if case.kind == "bf16":
        return (operands.b.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    if case.kind in ("f32", "f16"):
        return operands.b.astype(np.float64)
    codes = operands.b.astype(np.float64)
    if case.kind == "s4":
        codes = np.empty(w.shape)
        codes[:, 0::2], codes[:, 1::2] = (operands.b & 15) - 8.0, (operands.b >> 4) - 8.0
    assert operands.scales is not None
    scales = operands.scales.astype(np.float64).T
    return (codes.reshape(case.n, scales.shape[1], -1) * scales[:, :, None]).reshape(w.shape)


def error(rows: list, helper: ctypes.CDLL, curve: tuple, k: int) -> float:
    _, kind, algorithm, compute, group = curve
    case = Case(kind, 8, 128, k, True, group)
    generator = np.random.default_rng(k)
    a = generator.uniform(-0.5, 0.5, (case.m, k)).astype(np.float32)
    w = generator.uniform(-0.5, 0.5, (case.n, k)).astype(np.float32)
    operands = kernels.Operands(case, a, w)
    plain = operands.problem

    def problem() -> kernels.Gemm:
        result = plain()
        result.compute = compute
        return result

    operands.problem = problem  # type: ignore[method-assign]
    pool = kernels.Pool(helper, operands, 1, sorted(os.sched_getaffinity(0))[:1])
    for types in case.hone_types:
        for isa, row in rows:
            if row.operation == b"gemm" and row.types.decode() == types and row.algorithm == algorithm:
                values = {row.parameters[i].name.decode(): row.parameters[i].default for i in range(row.count)}
                result = kernels.HoneGemm(helper, isa, row, values, pool).result().astype(np.float64)
                stored = meaning(operands, case, w)
                x = a.astype(np.float64)
                return float((np.abs(result - x @ stored.T) / (np.abs(x) @ np.abs(stored).T)).max())
    return math.nan


def plot(curves: dict[str, list[float]]) -> str:
    """Depth across, error upwards, both in powers of two."""
    width, height, left, top = 760, 420, 60, 20
    lows = [value for values in curves.values() for value in values if value > 0]
    low, high = math.floor(math.log2(min(lows))), math.ceil(math.log2(max(lows)))

    def x(k: float) -> float:
        return left + (math.log2(k) - 5) / (len(DEPTHS) - 1) * 440

    def y(value: float) -> float:
        return top + (high - math.log2(value)) / (high - low) * (height - top - 50)

    colours = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf"]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for power in range(low, high + 1, 2):
        at = y(2.0**power)
        parts.append(f'<line x1="{left}" x2="{left + 440}" y1="{at:.1f}" y2="{at:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 6}" y="{at + 4:.1f}" text-anchor="end">2^{power}</text>')
    for k in DEPTHS[::2]:
        parts.append(f'<text x="{x(k):.1f}" y="{height - 28}" text-anchor="middle">{k}</text>')
    parts.append(f'<text x="{left + 220}" y="{height - 8}" text-anchor="middle">length of the sums (k)</text>')
    ends = sorted(curves, key=lambda name: -curves[name][-1])
    places: list[float] = []
    for name, colour in zip(ends, colours):
        values = curves[name]
        points = " ".join(f"{x(k):.1f},{y(v):.1f}" for k, v in zip(DEPTHS, values) if v > 0)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        place = max(y(values[-1]), (places[-1] + 15) if places else 0)
        places.append(place)
        parts.append(f'<text x="{left + 448}" y="{place + 4:.1f}" fill="{colour}">{name}</text>')
    return "\n".join(parts) + "\n</svg>\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernels", required=True)
    parser.add_argument("--helper", required=True)
    parser.add_argument("--svg")
    arguments = parser.parse_args()
    helper = ctypes.CDLL(os.path.abspath(arguments.helper))
    rows = kernels.all_rows(os.path.abspath(arguments.kernels))
    shown: Callable[[float], str] = lambda value: "–" if math.isnan(value) else f"2^{math.log2(value):.1f}" if value else "0"
    curves = {curve[0]: [error(rows, helper, curve, k) for k in DEPTHS] for curve in CURVES}
    columns = [DEPTHS.index(k) for k in (32, 512, 4096, 65536)]
    print("| largest relative error at k = |" + "".join(f" {DEPTHS[at]} |" for at in columns))
    print("| --- |" + " --- |" * len(columns))
    for name, values in curves.items():
        print(f"| {name} |" + "".join(f" {shown(values[at])} |" for at in columns))
    if arguments.svg:
        drawn = {name: values for name, values in curves.items() if not math.isnan(values[-1])}
        with open(arguments.svg, "w", encoding="utf-8") as file:
            file.write(plot(drawn))
    return 0


if __name__ == "__main__":
    sys.exit(main())
