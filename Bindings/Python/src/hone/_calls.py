"""From arrays to the shapes of hone.h: one class an operation, shared by single calls and plans."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Optional, Union

import numpy as np

from ._arrays import (
    Array,
    ArrayLike,
    address,
    contiguous,
    flag,
    floats,
    output,
    row_stride,
)
from ._library import AttentionShape, GEMMShape, WeightsStruct
from ._weights import Weights

MASKS = {"none": 0, "causal": 1, "causal-top-left": 2}
LAYOUTS = {"bhsd": 0, "bshd": 1}


def named(table: dict[str, int], value: str, name: str) -> int:
    if value not in table:
        raise ValueError(f"{name} must be one of {', '.join(table)}, not {value!r}")
    return table[value]


@dataclass
class Call:
    """What libhone is to run: the shape, the operands in the order of hone.h, and what the caller gets back."""

    #: As the functions of hone.h are called: "gemm" of hone_plan_gemm.
    operation: str
    shape: Any
    operands: tuple[Any, ...]
    result: Any
    #: Keeps arrays alive until the call has returned.
    arrays: tuple[Any, ...]
    #: Constant operands, which a plan takes and an execution does not.
    weights: Optional[WeightsStruct] = None


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


def attention_call(
    q: ArrayLike,
    k: ArrayLike,
    v: ArrayLike,
    *,
    mask: str = "none",
    scale: Optional[float] = None,
    layout: str = "bhsd",
    return_lse: bool = False,
    out: Optional[ArrayLike] = None,
) -> Call:
    query, key, value = (contiguous(floats(x, name, 4), name) for x, name in ((q, "q"), (k, "k"), (v, "v")))
    order = named(LAYOUTS, layout, "layout")
    heads_axis, row_axis = (1, 2) if order == 0 else (2, 1)
    if key.shape != value.shape:
        raise ValueError(f"k has the shape {key.shape} and v {value.shape}; they must be equal")
    if query.shape[0] != key.shape[0] or query.shape[3] != key.shape[3]:
        raise ValueError(f"q has the shape {query.shape} and k {key.shape}: batch and head size must be equal")
    heads, kv_heads = query.shape[heads_axis], key.shape[heads_axis]
    if kv_heads == 0 or heads % kv_heads != 0:
        raise ValueError(f"{kv_heads} heads of k and v do not divide {heads} heads of q")
    if scale is not None and not (math.isfinite(scale) and scale != 0):
        raise ValueError(f"scale must be a number other than 0, not {scale}")
    result = contiguous(output(out, "out", query.shape, (query, key, value)), "out")
    lse = np.empty((query.shape[0], heads, query.shape[row_axis]), dtype=np.float32) if return_lse else None
    shape = AttentionShape(
        batch=query.shape[0],
        heads=heads,
        kv_heads=kv_heads,
        lq=query.shape[row_axis],
        lk=key.shape[row_axis],
        head_dim=query.shape[3],
        scale=0.0 if scale is None else scale,
        mask=named(MASKS, mask, "mask"),
        layout=order,
    )
    operands = (address(query), address(key), address(value), address(result), address(lse))
    got = result if lse is None else (result, lse)
    return Call("attention", shape, operands, got, (query, key, value, result, lse))
