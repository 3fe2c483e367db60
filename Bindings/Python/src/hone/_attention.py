"""Attention: from arrays to its shape and operands. What the options need follows from the arrays that are given."""

from __future__ import annotations

import math
from ctypes import byref
from typing import Any, Optional, Union

import numpy as np

from ._arrays import Array, ArrayLike, address, as_array, contiguous, floats, output
from ._calls import Call, named
from ._library import AttentionOperands, AttentionShape, encoded

MASKS = {"none": 0, "causal": 1, "causal-top-left": 2}
LAYOUTS = {"bhsd": 0, "bshd": 1}
#: numpy's element types as words of Hone; numpy has no bfloat16, so uint16 carries its bits.
KINDS = {np.dtype(np.float32): "f32", np.dtype(np.float16): "f16", np.dtype(np.uint16): "bf16", np.dtype(np.int8): "s8"}
TYPES = ("f32", "bf16", "f16", "f32bf16", "f32f16", "f32s8", "bf16s8")
FULL, PADDED, PACKED = 0, 1, 2

#: One bytes object a word, so that equal shapes have equal bytes.
_words: dict[str, Optional[bytes]] = {}


def _types(q: Array, k: Array, v: Array) -> Optional[bytes]:
    outer, cache = KINDS.get(q.dtype, str(q.dtype)), KINDS.get(k.dtype, str(k.dtype))
    word = outer if outer == cache else outer + cache
    if k.dtype != v.dtype or word not in TYPES:
        raise TypeError(f"q, k and v of {q.dtype}, {k.dtype}, {v.dtype}: the types must be one of {', '.join(TYPES)} (bf16 as uint16)")
    return _words.setdefault(word, encoded(word))


def _rows(value: ArrayLike, name: str, axes: int, order: int) -> tuple[Array, tuple[int, int, int, int], list[int]]:
    """The array, its batch (1 where it has no such axis), heads, rows and elements, and strides: zeros where there are no gaps."""
    array = as_array(value, name)
    if array.ndim != axes:
        raise ValueError(f"{name} must have {axes} dimensions, not {array.ndim} (its shape is {array.shape})")
    if array.ctypes.data % array.itemsize != 0:
        raise ValueError(f"{name} is not aligned to its elements; pass a copy")
    whole = array if axes == 4 else array[np.newaxis]
    turned = whole if order == 0 else whole.transpose(0, 2, 1, 3)
    size = tuple(int(extent) for extent in turned.shape)
    if array.flags.c_contiguous:
        return array, size, [0, 0, 0]  # type: ignore[return-value]
    steps = [step // array.itemsize for step in turned.strides]
    odd = any(step % array.itemsize for step in turned.strides)
    if odd or min(steps) < 0 or (size[3] > 1 and steps[3] != 1) or (size[2] > 1 and steps[2] < size[3]):
        raise ValueError(f"{name}: the elements of a row are not neighbours, or rows overlap (strides {array.strides}); pass a copy")
    return array, size, [0 if axes == 3 else steps[0], steps[1], max(steps[2], size[3])]  # type: ignore[return-value]


def _integers(value: Optional[ArrayLike], name: str, dimensions: int) -> Optional[Array]:
    return None if value is None else contiguous(floats(value, name, dimensions, np.int32), name)


def _longest(offsets: Optional[Array], rows: int) -> int:
    return rows if offsets is None else int(np.diff(offsets).max(initial=0))


def _window(window: Union[None, int, tuple[Optional[int], Optional[int]]]) -> tuple[int, int]:
    left, right = window if isinstance(window, tuple) else (window, None)
    if (left is not None and left < 0) or (right is not None and right < 0):
        raise ValueError(f"a window is a number of keys, or None for no limit, not {window}")
    return (-1 if left is None else left, -1 if right is None else right)


def _bias(value: Optional[ArrayLike], shape: tuple[int, int, int, int]) -> tuple[Optional[Array], list[int]]:
    """The numbers that are added to the logits, and the strides of batches, heads and queries."""
    if value is None:
        return None, [0, 0, 0]
    array = as_array(value, "bias")
    if array.dtype != np.float32:
        raise TypeError(f"bias must hold float32, not {array.dtype}")
    try:
        whole = np.broadcast_to(array, shape)
    except ValueError:
        raise ValueError(f"bias has the shape {array.shape}, which does not broadcast to {shape}") from None
    steps = [step // 4 for step in whole.strides]
    if (shape[3] > 1 and steps[3] != 1) or min(steps) < 0 or not any(steps[:3]):
        whole = np.ascontiguousarray(np.broadcast_to(array, np.broadcast_shapes(array.shape, shape[2:])))
        steps = [step // 4 for step in np.broadcast_to(whole, shape).strides]
    return whole, steps[:3]


def _scales(value: Optional[ArrayLike], name: str, shape: tuple[int, ...]) -> Optional[Array]:
    if value is None:
        return None
    array = contiguous(floats(value, name, len(shape)), name)
    if array.shape != shape:
        raise ValueError(f"{name} has the shape {array.shape}; k without its last axis has {shape}")
    return array


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
    window: Union[None, int, tuple[Optional[int], Optional[int]]] = None,
    softcap: float = 0.0,
    slopes: Optional[ArrayLike] = None,
    bias: Optional[ArrayLike] = None,
    q_offsets: Optional[ArrayLike] = None,
    k_offsets: Optional[ArrayLike] = None,
    k_lengths: Optional[ArrayLike] = None,
    block_table: Optional[ArrayLike] = None,
    k_scales: Optional[ArrayLike] = None,
    v_scales: Optional[ArrayLike] = None,
) -> Call:
    order = named(LAYOUTS, layout, "layout")
    starts = [_integers(x, n, 1) for x, n in ((q_offsets, "q_offsets"), (k_offsets, "k_offsets"))]
    if (starts[0] is None) != (starts[1] is None):
        raise ValueError("q_offsets and k_offsets are given together")
    lengths, table = _integers(k_lengths, "k_lengths", 1), _integers(block_table, "block_table", 2)
    is_packed = starts[0] is not None
    axes = 3 if is_packed else 4
    (query, q_size, q_steps), (key, k_size, k_steps), (value, v_size, v_steps) = (
        _rows(x, name, axes, order) for x, name in ((q, "q"), (k, "k"), (v, "v"))
    )
    batch = q_size[0] if starts[0] is None else len(starts[0]) - 1
    _check_sizes(q_size, k_size, v_size, scale, is_batched=not is_packed and table is None)
    for name, array, wanted in (("k_offsets", starts[1], batch + 1), ("k_lengths", lengths, batch), ("block_table", table, batch)):
        if array is not None and len(array) != wanted:
            raise ValueError(f"{name} has {len(array)} entries or rows; {batch} sequences need {wanted}")
    result = output(out, "out", query.shape, (query, key, value), query.dtype)
    _, _, o_steps = _rows(result, "out", axes, order)
    lq = _longest(starts[0], q_size[2])
    lk = _longest(starts[1], k_size[2]) if table is None else table.shape[1] * k_size[2]
    added, bias_steps = _bias(bias, (batch, q_size[1], lq, lk))
    falls = None if slopes is None else contiguous(floats(slopes, "slopes", 1), "slopes")
    if falls is not None and len(falls) != q_size[1]:
        raise ValueError(f"{len(falls)} slopes for {q_size[1]} heads")
    factors = [_scales(x, n, key.shape[:-1]) for x, n in ((k_scales, "k_scales"), (v_scales, "v_scales"))]
    lse = np.full((batch, q_size[1], lq), -np.inf, dtype=np.float32) if return_lse else None
    left, right = _window(window)
    shape = AttentionShape(
        types=_types(query, key, value),
        batch=batch,
        heads=q_size[1],
        kv_heads=k_size[1],
        lq=lq,
        lk=lk,
        head_dim=q_size[3],
        scale=0.0 if scale is None else scale,
        mask=named(MASKS, mask, "mask"),
        layout=order,
        window_left=left,
        window_right=right,
        softcap=softcap,
        lengths=PACKED if is_packed else FULL if lengths is None else PADDED,
        alibi=int(falls is not None),
        bias=int(added is not None),
        page=0 if table is None else k_size[2],
        pages=0 if table is None else k_size[0],
        table_stride=0 if table is None else table.shape[1],
    )
    for name, steps in (("q", q_steps), ("k", k_steps), ("v", v_steps), ("o", o_steps)):
        getattr(shape, f"{name}_strides")[:] = steps
    arrays = (query, key, value, result, lse, *starts, lengths, table, falls, added)
    names = ("q", "k", "v", "o", "lse", "q_offsets", "k_offsets", "k_lengths", "block_table", "slopes", "bias")
    operands = AttentionOperands(**{name: address(array) for name, array in zip(names, arrays)})
    operands.bias_batch_stride, operands.bias_head_stride, operands.bias_row_stride = bias_steps
    operands.k_scales, operands.v_scales = (address(array) for array in factors)
    got = result if lse is None else (result, lse)
    return Call("attention_with", shape, (byref(operands),), got, (*arrays, *factors, operands), planned="attention")


def _check_sizes(
    q: tuple[int, int, int, int], k: tuple[int, int, int, int], v: tuple[int, int, int, int], scale: Optional[float], is_batched: bool
) -> None:
    if k != v:
        raise ValueError(f"k has the shape {k} and v {v} (as bhsd); they must be equal")
    if q[3] != k[3] or (is_batched and q[0] != k[0]):
        raise ValueError(f"q has the shape {q} and k {k} (as bhsd): batch and head size must be equal")
    if k[1] == 0 or q[1] % k[1] != 0:
        raise ValueError(f"{k[1]} heads of k and v do not divide {q[1]} heads of q")
    if scale is not None and not (math.isfinite(scale) and scale != 0):
        raise ValueError(f"scale must be a number other than 0, not {scale}")
