"""Waits until the threads of whoever had a turn sleep: what spins takes a core from whoever is next."""

from __future__ import annotations

import os
import threading
import time

#: How long the threads of the candidate before have to go to sleep, at most, and how often is looked whether they have.
MOST_SECONDS = 0.5
STEP_SECONDS = 1e-3


def spins() -> bool:
    """Does another thread of this process run? Processor times would not do: Linux brings those of other CPUs up to date once a tick."""
    own = str(threading.get_native_id())
    for task in os.listdir("/proc/self/task"):
        try:
            with open(f"/proc/self/task/{task}/stat") as file:
                state = file.read().rpartition(")")[2].split()[0]
        except OSError:  # it has ended
            continue
        if task != own and state == "R":
            return True
    return False


def await_sleep() -> None:
    """Returns when the threads of the candidate before are asleep: OpenBLAS's spin for 20 ms, Intel's OpenMP for 200."""
    end = time.monotonic() + MOST_SECONDS
    time.sleep(STEP_SECONDS)
    while spins() and time.monotonic() < end:
        time.sleep(STEP_SECONDS)
