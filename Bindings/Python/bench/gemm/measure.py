"""Candidates take turns; what is compared are ratios of turns side by side."""

from __future__ import annotations

import os
import random
import sys
from typing import Any, NamedTuple

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from idle_threads import await_sleep  # noqa: E402

#: A turn lasts at least this long.
TURN_SECONDS = 4e-3


class Outcome(NamedTuple):
    #: Seconds a call, the median of the turns.
    seconds: dict[str, float]
    turns: dict[str, list[float]]

    def ratio(self, over: str, by: str) -> tuple[float, float, float]:
        """How many times faster `by` is than `over`: low, median, high of the turns side by side (about 95 %)."""
        ratios = sorted(a / b for a, b in zip(self.turns[over], self.turns[by]))
        reach = 0.98 * len(ratios) ** 0.5
        low = max(0, int(len(ratios) / 2 - reach))
        return ratios[low], median(ratios), ratios[len(ratios) - 1 - low]


def median(values: list[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def calls_a_turn(candidate: Any) -> int:
    candidate.time(1)
    count, seconds = 1, candidate.time(1)
    while seconds < TURN_SECONDS / 4 and count < 1 << 20:
        count *= 4
        seconds = candidate.time(count)
    return max(1, round(TURN_SECONDS / (seconds / count)))


def interleave(candidates: dict[str, Any], rounds: int) -> Outcome:
    counts = {name: calls_a_turn(candidate) for name, candidate in candidates.items()}
    turns: dict[str, list[float]] = {name: [] for name in candidates}
    names = list(candidates)
    for _ in range(rounds):
        random.shuffle(names)
        for name in names:
            await_sleep()
            # What the candidate before left in the caches goes, where the weights are warm.
            candidates[name].time(1)
            turns[name].append(candidates[name].time(counts[name]) / counts[name])
    return Outcome({name: median(values) for name, values in turns.items()}, turns)


def fastest(candidates: list[Any], rounds: int = 3) -> Any:
    """A quick choice among settings: what is within a tenth of the best after one turn takes more."""
    first = [(candidate.time(calls_a_turn_once(candidate)) / calls_a_turn_once(candidate)) for candidate in candidates]
    near = [c for c, seconds in zip(candidates, first) if seconds < 1.1 * min(first)]
    if len(near) == 1:
        return near[0]
    outcome = interleave({str(i): c for i, c in enumerate(near)}, rounds)
    return near[int(min(outcome.seconds, key=lambda name: outcome.seconds[name]))]


def calls_a_turn_once(candidate: Any) -> int:
    """Calls of a short turn, found once a candidate."""
    known = getattr(candidate, "calls", None)
    if known is None:
        candidate.time(1)
        known = max(1, round(TURN_SECONDS / 2 / max(candidate.time(1), 1e-7)))
        candidate.calls = known
    return int(known)
