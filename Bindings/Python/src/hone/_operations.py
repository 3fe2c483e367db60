"""The operations, one call each. The plan of a shape is made on its first call and kept by the library."""

from __future__ import annotations

from ctypes import byref
from typing import Any, Optional

from ._arrays import ArrayLike
from ._calls import Call, attention_call, embedding_bag_call, gemm_call
from ._context import Context, default_context
from ._library import check, library


def _run(function: str, call: Call, context: Optional[Context]) -> Any:
    where = context if context is not None else default_context()
    check(getattr(library(), function)(where.handle, byref(call.shape), *call.operands))
    return call.result


def gemm(
    a: ArrayLike,
    b: ArrayLike,
    *,
    out: Optional[ArrayLike] = None,
    alpha: float = 1.0,
    beta: float = 0.0,
    trans_a: bool = False,
    trans_b: bool = False,
    context: Optional[Context] = None,
) -> Any:
    """alpha * op(a) @ op(b) + beta * out, in float32. Returns `out`, or a new array.

    Rows may have gaps between them, and transposed views (a.T) are taken as they are. `out` overlaps no input.
    """
    return _run("hone_gemm", gemm_call(a, b, out, alpha, beta, trans_a, trans_b), context)


def embedding_bag(
    table: ArrayLike,
    indices: ArrayLike,
    offsets: ArrayLike,
    *,
    weights: Optional[ArrayLike] = None,
    mode: str = "sum",
    include_last_offset: bool = False,
    out: Optional[ArrayLike] = None,
    checked: bool = True,
    context: Optional[Context] = None,
) -> Any:
    """Row `bag` of the result is the sum (or mean) of the rows of `table` that indices[offsets[bag] : offsets[bag + 1]] name.

    `weights`: a factor for each index (sum only). `checked=False`: the caller vouches for indices and offsets; wrong ones then
    read other memory.
    """
    call = embedding_bag_call(table, indices, offsets, weights, mode, include_last_offset, out, checked)
    return _run("hone_embedding_bag", call, context)


def attention(
    q: ArrayLike,
    k: ArrayLike,
    v: ArrayLike,
    *,
    mask: str = "none",
    scale: Optional[float] = None,
    layout: str = "bhsd",
    return_lse: bool = False,
    out: Optional[ArrayLike] = None,
    context: Optional[Context] = None,
) -> Any:
    """softmax(scale * q k^T + mask) v for each batch and head. Arrays have the axes of `layout`: "bhsd" or "bshd".

    `mask`: "none", "causal" (the last query sees the last key) or "causal-top-left". k and v may have fewer heads than q.
    `scale`: 1 / sqrt(head size) where None. With `return_lse`: a pair with the log-sum-exps, batch x heads x queries.
    """
    return _run("hone_attention", attention_call(q, k, v, mask, scale, layout, return_lse, out), context)
