"""A process for each of the compared: it prepares a case, runs it when it has its turn, and is stopped while others have theirs.

Threads of a pool wait for work spinning: OpenBLAS's, OpenMP's and ONNX Runtime's for milliseconds. Within one process, and with as many
of them as there are cores, they take cores from whoever is measured next. A stopped process takes none.

The parent writes orders, a line of JSON each; the child answers with one.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import signal
import subprocess
import sys
import time
from typing import Any, Callable, Optional

from cases import Case
from kernels import Hone
from peers import Peers


class Worker:
    """The parent's side. Its process runs only between an order and the answer to it."""

    def __init__(self, name: str, runner: str, kernels: str) -> None:
        command = [sys.executable, os.path.abspath(__file__), "--name", name, "--runner", runner, "--kernels", kernels]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.name = name
        self.answer()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def ask(self, **order: Any) -> dict[str, Any]:
        self.send(**order)
        return self.answer()

    def send(self, **order: Any) -> None:
        assert self.process.stdin is not None
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"attention: the process of {self.name} ended with code {self.process.wait()}; see its message above")
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)
        found: dict[str, Any] = json.loads(line)
        return found


class Contender:
    """The child's side: Hone, or one of its peers."""

    def __init__(self, name: str, hone: Hone) -> None:
        self.hone = hone
        self.make = Peers(hone).table.get(name)
        #: Runs that many times, and takes the seconds of one.
        self.run: Optional[Callable[[int], float]] = None

    def prepare(self, case: dict[str, Any], types: str, cores: int) -> dict[str, Any]:
        self.run = None
        gc.collect()
        the_case = Case(**case)
        problem = self.hone.problem(the_case, types, seed=1)
        if self.make is None:
            self.run = lambda repeats: self.hone.seconds(problem, cores, repeats)
            return {"variant": problem.algorithm, "bits": problem.bits}
        try:
            call = self.make(the_case, types, problem, cores)
            Peers(self.hone).compare(call(0), problem)
        except Peers.Unable as reason:
            return {"unable": str(reason)}
        self.run = lambda repeats: timed(call, problem, repeats)
        return {}

    def time(self, repeats: int) -> dict[str, Any]:
        assert self.run is not None
        # Wakes the threads of its pool, and brings back what others took from the caches.
        self.run(1)
        return {"seconds": self.run(repeats)}


def timed(call: Callable[[int], Any], problem: Any, repeats: int) -> float:
    first, problem.next = problem.next, (problem.next + repeats) % problem.copies
    begin = time.perf_counter()
    for index in range(repeats):
        call((first + index) % problem.copies)
    return (time.perf_counter() - begin) / repeats


def main() -> None:
    parser = argparse.ArgumentParser()
    for option in ("--name", "--runner", "--kernels"):
        parser.add_argument(option, required=True)
    options = parser.parse_args()
    # Whatever a library prints does not come between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    contender = Contender(options.name, Hone(options.runner, options.kernels))
    print("{}", file=answers, flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        answer = getattr(contender, order.pop("do"))(**order)
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
