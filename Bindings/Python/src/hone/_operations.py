"""The operations, one call each. The plan of a shape is made on its first call and kept by the library."""

from __future__ import annotations

from ctypes import byref
from typing import Any, Optional, Union

from ._arrays import ArrayLike
from ._attention import attention_call
from ._bags import embedding_bag_call
from ._calls import Call
from ._context import Context, default_context
from ._library import check, library
from ._plan import Plan
from ._products import gemm_call
from ._weights import Weights


def _run(call: Call, context: Optional[Context]) -> Any:
    where = context if context is not None else default_context()
    check(getattr(library(), f"hone_{call.operation}")(where.handle, byref(call.shape), *call.operands))
    return call.result


def _run_kept(call: Call, weights: Weights, context: Optional[Context]) -> Any:
    """With the plan that the weights keep for such a shape."""
    where = context if context is not None else default_context()
    key = (bytes(call.shape), where.handle.value)
    plan = weights.plans.get(key)
    if plan is None:
        plan = weights.plans.setdefault(key, Plan(call, where))
    return plan.run(call)


def gemm(a: ArrayLike, b: Union[ArrayLike, Weights], *, context: Optional[Context] = None, **options: Any) -> Any:
    """activation(alpha * op(a) @ op(b) + beta * out + bias) + residual. Returns `out`, or a new array.

    Matrices of float32 or float64. Rows may have gaps between them, and transposed views (a.T) are taken as they are; `trans_a`, `trans_b`:
    they are stored transposed. `out` overlaps no input. Two stacks of float32 matrices (three dimensions) are multiplied in pairs. `b` may
    be `Weights`: constant, of any type; then `a` may also be float16 or bfloat16 (as uint16, or of ml_dtypes).

    `alpha`, `beta` (which multiplies `out`); `dtype`: "f32" for the result of float16 and bfloat16, else that of `out`, else theirs; `bias`:
    float32, one a column; `residual`: like the result; `activation`: "relu", "gelu", "gelu-tanh" or "silu", not with a residual. `a_scales`
    (float32) and `a_zeros` (int32), one a row or one for all: of `a` in bytes, which is (a - zero) * scale; `dtype` "s32" gives the whole sums.
    """
    call = gemm_call(a, b, **options)
    return _run_kept(call, b, context) if isinstance(b, Weights) else _run(call, context)


def embedding_bag(
    table: ArrayLike,
    indices: ArrayLike,
    offsets: Optional[ArrayLike] = None,
    *,
    weights: Optional[ArrayLike] = None,
    context: Optional[Context] = None,
    **options: Any,
) -> Any:
    """Row `bag` of the result joins the rows of `table` that indices[offsets[bag] : offsets[bag + 1]] name.

    `mode`: "sum", "mean", "max", or "none": each index is a bag of its own, without offsets. `weights`: a factor for each index (sum
    only). `lengths` instead of `offsets`: how many indices each bag has. `include_last_offset`: offsets end with their number.

    `types`: rows that numpy's element type does not tell: "bf16" (an array of uint16), "u8f32", "u8f16", "u4f32", "u4f16" (rows of bytes
    with scale and bias behind them, or before with `scales="first"`; `dim` where the number of nibbles is odd). `dtype`: "f32", "f16" or
    "bf16" (as uint16) of the result, else that of `out`, else "f32".

    `distribution`: which rows are looked up, as the problem was tuned for: "uniform", "zipf", "reuse2021", or the word of `hone workload
    stream`. `checked=False`: the caller vouches for indices and offsets; wrong ones then read other memory.
    """
    return _run(embedding_bag_call(table, indices, offsets, weights, **options), context)


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
    **options: Any,
) -> Any:
    """softmax(scale * q k^T + mask) v for each batch and head. Arrays have the axes of `layout`: "bhsd" or "bshd", and any strides as
    long as the elements of a row are neighbours. float32, float16 or bfloat16 (as uint16); k and v may be of fewer bits than q, and
    int8 with `k_scales` and `v_scales`, a float32 for each key and head.

    `mask`: "none", "causal" (the last query sees the last key) or "causal-top-left". k and v may have fewer heads than q.
    `scale`: 1 / sqrt(head size) where None. With `return_lse`: a pair with the log-sum-exps, batch x heads x queries.

    `window`: keys before its own that a query sees, or a pair: before and after (None: no limit). `softcap` c: logits x become
    c * tanh(x / c). `slopes`: ALiBi, one a head. `bias`: added to the logits, broadcast to batch x heads x queries x keys.

    `k_lengths`: how many keys of each sequence exist. `q_offsets` and `k_offsets`: sequences of their own lengths follow each other, where
    each begins and the last ends; arrays then have no batch axis. `block_table`: a paged cache; k and v hold blocks where others hold
    batches, and row b of the table names the blocks of sequence b. These are int32.
    """
    options.update(mask=mask, scale=scale, layout=layout, return_lse=return_lse)
    return _run(attention_call(q, k, v, out=out, **options), context)
