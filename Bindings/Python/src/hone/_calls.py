"""From arrays to the shapes of hone.h: one class an operation, shared by single calls and plans."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Optional, Union

from ._arrays import (
    Array,
    ArrayLike,
    address,
    flag,
    floats,
    output,
    row_stride,
)
from ._library import GEMMShape, WeightsStruct
from ._weights import Weights


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


def _matrix(value: ArrayLike, name: str, transpose: bool) -> tuple[Array, Array, bool, int]:
    """The matrix as meant, the one as stored, whether that is its transpose, and elements between stored rows.

    A transposed view (a.T) costs no copy: its transpose is what is stored.
    """
    given = floats(value, name, 2)
    meant = given.T if transpose else given
    # Of a matrix whose columns lie without gaps, the transpose is what is stored.
    by_columns = given.strides[0] == 4 and given.shape[0] > 1 and given.strides[1] != 4
    stored, flipped = (given.T, not transpose) if by_columns else (given, transpose)
    return meant, stored, flipped, row_stride(stored, name)


def gemm_call(
    a: ArrayLike,
    b: Union[ArrayLike, Weights],
    *,
    out: Optional[ArrayLike] = None,
    alpha: float = 1.0,
    beta: float = 0.0,
    trans_a: bool = False,
    trans_b: bool = False,
) -> Call:
    if isinstance(b, Weights):
        return _weights_call(a, b, out, alpha, beta, trans_a, trans_b)
    left, stored_a, flip_a, lda = _matrix(a, "a", trans_a)
    right, stored_b, flip_b, ldb = _matrix(b, "b", trans_b)
    m, n, k = _sizes(left, right.shape)
    _check_factors(out, alpha, beta)
    result = output(out, "out", (m, n), (stored_a, stored_b))
    ldc = row_stride(result, "out")
    shape = GEMMShape(
        m=m, n=n, k=k, lda=lda, ldb=ldb, ldc=ldc, trans_a=flag(flip_a), trans_b=flag(flip_b), alpha=alpha, beta=beta
    )
    operands = (address(stored_a), address(stored_b), address(result))
    return Call("gemm", shape, operands, result, (stored_a, stored_b, result))


def _sizes(left: Array, right: tuple[int, ...]) -> tuple[int, int, int]:
    if left.shape[1] != right[0]:
        raise ValueError(f"a has {left.shape[1]} columns and b {right[0]} rows; they must be equal")
    return left.shape[0], right[1], left.shape[1]


def _check_factors(out: Optional[ArrayLike], alpha: float, beta: float) -> None:
    if beta != 0 and out is None:
        raise ValueError("beta is not 0, so out must be given: it is what beta multiplies")
    if not (math.isfinite(alpha) and math.isfinite(beta)):
        raise ValueError("alpha and beta must be finite")


def _weights_call(
    a: ArrayLike, b: Weights, out: Optional[ArrayLike], alpha: float, beta: float, trans_a: bool, trans_b: bool
) -> Call:
    if trans_b:
        raise ValueError("weights say themselves whether they are transposed; leave trans_b out")
    left, stored_a, flip_a, lda = _matrix(a, "a", trans_a)
    m, n, k = _sizes(left, b.shape)
    _check_factors(out, alpha, beta)
    result = output(out, "out", (m, n), (stored_a,))
    shape = GEMMShape(
        m=m, n=n, k=k, lda=lda, ldc=row_stride(result, "out"), trans_a=flag(flip_a), alpha=alpha, beta=beta, **b.fields
    )
    return Call("gemm_weights", shape, (address(stored_a), address(result)), result, (stored_a, result, b), b.struct)
