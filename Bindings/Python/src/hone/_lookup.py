"""Look-up: a problem by names -> the tuned configuration, and how far it is from the question."""

from __future__ import annotations

import math
from ctypes import byref, c_void_p
from dataclasses import dataclass, field
from typing import Any, Mapping, Optional, Union

from ._context import Context, _count, default_context
from ._errors import ArgumentError
from ._library import AnswerStruct, Parameter, check, encoded, library, text, written


@dataclass(frozen=True)
class Answer:
    """How to compute a problem. What is not known is None, as everything is for the grade "default"."""

    #: "exact", "same-hardware", "near-shape", "near-hardware" or "default" (nothing is known).
    grade: str
    #: "hone gemm.f32.packed.6x16@x86v3 kc=256 threads=2"; "" where nothing is known.
    configuration: str
    backend: Optional[str]
    variant: Optional[str]
    parameters: Mapping[str, Union[int, str]] = field(hash=False)
    #: What differs between the question and the row that answers it, one line each.
    differs: tuple[str, ...]
    #: How much slower than the best this may be, as a share of its time.
    predicted_regret: Optional[float]
    #: What changed since the row was tuned, one line each; nothing where it is fresh, or nobody asked (see `Context`).
    changes: tuple[str, ...]
    #: Median seconds of one execution as tuned.
    seconds: Optional[float]
    #: Seconds that the shape that was asked for should take, for the grade "near-shape".
    predicted_seconds: Optional[float]
    #: Time of the default / time of this, and its 95 % interval.
    speedup: Optional[float]
    speedup_interval: Optional[tuple[float, float]]
    #: The core budget that the row was tuned for; 0 where nothing is known.
    cores: int
    policy: Optional[str]
    hardware_class: Optional[str]
    database: Optional[str]
    #: The record that the row was made of, "sha256:…".
    record: str
    #: The answer in words, for people.
    explanation: str

    def __bool__(self) -> bool:
        """Is anything known?"""
        return self.grade != "default"


def _number(value: float) -> Optional[float]:
    return None if math.isnan(value) else float(value)


def _parameters(answer: AnswerStruct) -> dict[str, Union[int, str]]:
    found: dict[str, Union[int, str]] = {}
    for index in range(answer.parameter_count):
        parameter = Parameter()
        check(library().hone_answer_parameter(byref(answer), index, byref(parameter)))
        name = text(parameter.name) or ""
        found[name] = int(parameter.integer) if parameter.text is None else (text(parameter.text) or "")
    return found


def answer_of(
    answer: AnswerStruct, differs: tuple[str, ...] = (), explanation: str = "", changes: tuple[str, ...] = ()
) -> Answer:
    """A copy that stays valid when its context is closed."""
    lib = library()
    low, high = _number(answer.speedup_low), _number(answer.speedup_high)
    return Answer(
        grade=text(lib.hone_grade_name(answer.grade)) or "unknown",
        configuration=written(lib.hone_answer_configuration, byref(answer)),
        backend=text(answer.backend),
        variant=text(answer.variant),
        parameters=_parameters(answer),
        differs=differs,
        predicted_regret=_number(answer.predicted_regret),
        changes=changes,
        seconds=_number(answer.seconds),
        predicted_seconds=_number(answer.predicted_seconds),
        speedup=_number(answer.speedup),
        speedup_interval=None if low is None or high is None else (low, high),
        cores=int(answer.cores),
        policy=text(answer.policy),
        hardware_class=text(answer.hardware_class),
        database=text(answer.database),
        record=written(lib.hone_answer_record, byref(answer)),
        explanation=explanation,
    )


class Problem:
    """A problem of libhone for the time of a `with`."""

    def __init__(self, operation: str, types: str, fields: Mapping[str, Any]) -> None:
        self.handle = c_void_p()
        check(library().hone_problem_create(encoded(operation), encoded(types), byref(self.handle)))
        try:
            for name, value in fields.items():
                self._set(name, value)
        except BaseException:
            self.close()
            raise

    def _set(self, name: str, value: Any) -> None:
        """Whole numbers are dimensions, or attributes where there is no such dimension (alpha=1)."""
        if isinstance(value, bool):
            value = "t" if value else "n"
        elif hasattr(value, "__index__"):
            value = int(value)
        lib, key = library(), encoded(name)
        if isinstance(value, int):
            if not 0 <= value <= 2**40:
                raise ArgumentError(f"{name} must be from 0 to 2^40, not {value}")
            if lib.hone_problem_set_dimension(self.handle, key, value) == 0:
                return
            reason = text(lib.hone_last_error()) or ""
            if lib.hone_problem_set_attribute(self.handle, key, encoded(str(value))) != 0:
                raise ArgumentError(reason)
            return
        if not isinstance(value, (str, float)):
            raise TypeError(f"{name} must be a number or a text, not {type(value).__name__}")
        as_text = value if isinstance(value, str) else f"{value:g}"
        check(lib.hone_problem_set_attribute(self.handle, key, encoded(as_text)))

    def close(self) -> None:
        library().hone_problem_destroy(self.handle)
        self.handle = c_void_p()

    def __enter__(self) -> "Problem":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def lookup(
    operation: str,
    *,
    types: str = "f32",
    cores: int = 0,
    policy: Optional[str] = None,
    context: Optional[Context] = None,
    **fields: Any,
) -> Answer:
    """The tuned configuration of a problem, with its grade. A question without an answer has the grade "default".

    `fields` are the dimensions and attributes as `hone list operations` shows them: m=512, n=512, k=512, transB="t".
    """
    where = context if context is not None else default_context()
    budget = _count(cores, "cores")
    lib = library()
    with Problem(operation, types, fields) as problem:
        question = (where.handle, problem.handle, budget, encoded(policy))
        answer = AnswerStruct()
        check(lib.hone_lookup(*question, byref(answer)))
        differs = tuple(written(lib.hone_differences, *question).splitlines())
        changes = tuple(written(lib.hone_changes, *question).splitlines())
        return answer_of(answer, differs, written(lib.hone_explain, *question), changes)
