"""The results as tables for people (Markdown reads well enough as text)."""

from __future__ import annotations

import math
from typing import Any, Optional


def mean(values: list[float]) -> Optional[float]:
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def number(value: Optional[float]) -> str:
    return "–" if value is None else f"{value:.2f}"


def line(result: dict[str, Any]) -> str:
    """One shape: the times of all, fastest first."""
    if "error" in result:
        return f"{result['shape']:24} {result['error']}"
    times = sorted(result["seconds"].items(), key=lambda item: item[1])
    shown = "  ".join(f"{name} {seconds * 1e6:.1f}" for name, seconds in times)
    wrong = "".join(f"  [{name}: {reason}]" for name, reason in result["wrong"].items())
    low, middle, high = result["ratio"] or (0, 0, 0)
    return (
        f"{result['shape']:24} {middle:5.2f} [{low:.2f} {high:.2f}]  {result['gflops']:.0f} GFLOP/s "
        f"{result['gbytes']:.1f} GB/s  us: {shown}  {result['variant']} {result['settings']}{wrong}"
    )


def reach(results: list[dict[str, Any]], limits: dict[str, float]) -> str:
    """The best speed of the class and its share of the machine's limit: of memory where M is 1 and weights are cold, else of arithmetic."""
    single = [each["gbytes"] for each in results if each.get("m") == 1 and each["cold"]]
    if single:
        return f"{max(single):.1f} GB/s, {max(single) * 1e9 / limits['f32 read'] * 100:.0f} %"
    best = max((each for each in results if "gflops" in each), key=lambda each: each["gflops"], default=None)
    if best is None:
        return "–"
    types, algorithm = best["variant"].split("@")[0].split(".")[:2]
    peak = "f32 peak"
    if algorithm == "dot":
        peak = "bf16 peak" if types.endswith("bf16") else "u8s8 peak"
    return f"{best['gflops']:.0f} GFLOP/s, {best['gflops'] * 1e9 / limits[peak] * 100:.0f} %"


def row(name: str, results: list[dict[str, Any]], limits: dict[str, float]) -> str:
    measured = [each for each in results if each.get("ratio")]
    ratios = [each["ratio"][1] for each in measured]
    shares = [each["default_share"][1] for each in measured]
    worst = min(measured, key=lambda each: each["ratio"][1], default=None)
    text = "–"
    if worst:
        low, middle, high = worst["ratio"]
        text = f"{middle:.2f} [{low:.2f}, {high:.2f}] {worst['shape']}, {worst['peer']}"
    return (
        f"| {name} | {len(measured)} | {number(mean(ratios))} | {text} | {reach(results, limits)} | {number(mean(shares))} |"
    )


def table(results: dict[str, list[dict[str, Any]]], about: dict[str, Any], shapes: bool) -> str:
    cores, limits, absent = about["cores"], about["limits"], about["absent"]
    lines = [
        f"On {cores} core{'s' if cores > 1 else ''}: Hone's time against the fastest peer's, shape by shape (above 1: Hone is faster).",
        "Limits here: "
        + ", ".join(f"{name} {value * 1e-9:.0f} {'GB' if 'read' in name else 'GFLOP'}/s" for name, value in limits.items())
        + ".",
        "",
        "| class | shapes | geometric mean | worst [95 %] | best speed, share of the limit | untuned / tuned |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [row(name, each, limits) for name, each in results.items()]
    if shapes:
        lines += ["", "```"] + [line(each) for group in results.values() for each in group] + ["```"]
    if absent:
        lines += ["", "Absent: " + "; ".join(f"{name} ({reason})" for name, reason in absent.items()) + "."]
    return "\n".join(lines)
