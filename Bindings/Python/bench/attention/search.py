"""What tuning would bring: Hone's defaults against the best of many parameter values of the same variant."""

from __future__ import annotations

import random
import statistics
from typing import Any, Callable


def search(hone: Any, case: Any, types: str, cores: int, tries: int, rounds: int, interval: Callable[[list[float]], Any]) -> dict[str, Any]:
    """Random values first, then each parameter of the best alone; the best meets the default in turns on the same operands.

    A parameter's share is the time with its default over the time of the best, all else as in the best.
    """
    problem = hone.problem(case, types)
    space = hone.parameters(problem)
    default = {name: value for name, (_, value) in space.items()}
    repeats = max(1, min(100, int(0.004 / max(hone.once(problem, cores), 1e-7))))
    draw = random.Random(11)

    def time(values: dict[str, int], count: int) -> float:
        hone.set(problem, values)
        return min(hone.seconds(problem, cores, repeats) for _ in range(count))

    drawn = [default] + [{name: draw.choice(values) for name, (values, _) in space.items()} for _ in range(tries)]
    best = min(drawn, key=lambda values: time(values, 2))
    for name, (values, _) in space.items():
        best = min(({**best, name: value} for value in values), key=lambda other: time(other, 2))
    ratios, own = [], []
    for _ in range(rounds):
        pair = [time(default, 1), time(best, 1)] if draw.random() < 0.5 else [time(best, 1), time(default, 1)][::-1]
        ratios.append(pair[0] / pair[1])
        own.append(pair[1])
    shares = {n: statistics.median(time({**best, n: default[n]}, 1) / t for t in own[:5]) for n in space if best[n] != default[n]}
    return {"title": case.title(), "types": types, "cores": cores, "variant": problem.algorithm, "ratio": interval(ratios),
            "best": {n: v for n, v in best.items() if v != default[n]}, "shares": shares}  # fmt: skip


def show(found: list[dict[str, Any]]) -> None:
    print("| case | types | cores | variant | default / tuned | what differs, and the time with its default / best |")
    print("| --- | --- | --- | --- | --- | --- |")
    for row in found:
        middle, low, high = row["ratio"]
        changes = ", ".join(f"{name} {value} ({row['shares'][name]:.2f})" for name, value in row["best"].items())
        print(f"| {row['title']} | {row['types']} | {row['cores']} | {row['variant']} | {middle:.2f} ({low:.2f} … {high:.2f}) | {changes} |")
