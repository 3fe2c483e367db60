"""From arrays to the shapes of hone.h: one class an operation, shared by single calls and plans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from ._library import WeightsStruct


def named(table: dict[str, int], value: str, name: str) -> int:
    if value not in table:
        raise ValueError(f"{name} must be one of {', '.join(table)}, not {value!r}")
    return table[value]


@dataclass
class Call:
    """What libhone is to run: the shape, the operands in the order of hone.h, and what the caller gets back."""

    #: As the functions of hone.h are called: "gemm" of hone_gemm and hone_execute_gemm.
    operation: str
    shape: Any
    operands: tuple[Any, ...]
    result: Any
    #: Keeps arrays alive until the call has returned.
    arrays: tuple[Any, ...]
    #: Constant operands, which a plan takes and an execution does not.
    weights: Optional[WeightsStruct] = None
    #: As hone_plan_ goes on, where it is not the operation.
    planned: str = ""
