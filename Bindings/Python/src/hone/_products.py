"""GEMM: from arrays to its shape. Transposed views, batches, element types, bias, residual and activation."""

from __future__ import annotations

import math
from ctypes import byref
from typing import Any, NamedTuple, Optional, Union

import numpy as np

from ._arrays import Array, ArrayLike, address, as_array, contiguous, flag, floats, is_bfloat16, output, row_stride
from ._calls import Call, named
from ._library import GEMMOperands, GEMMShape
from ._weights import Weights

ACTIVATIONS = {"none": 0, "relu": 1, "gelu": 2, "gelu-tanh": 3, "silu": 4}
#: Type of an operand -> numpy's; numpy has no bfloat16, so uint16 carries its bits.
TYPES: dict[str, Any] = {
    "f32": np.float32,
    "f64": np.float64,
    "f16": np.float16,
    "bf16": np.uint16,
    "u8": np.uint8,
    "s8": np.int8,
    "s32": np.int32,
}
#: (type of a and b, type of the result) -> types of hone.h.
PAIRS: dict[tuple[str, str], bytes] = {
    ("f32", "f32"): b"f32",
    ("f64", "f64"): b"f64",
    ("f16", "f16"): b"f16",
    ("bf16", "bf16"): b"bf16",
    ("f16", "f32"): b"f16f16f32",
    ("bf16", "f32"): b"bf16bf16f32",
    ("u8", "f32"): b"u8s8f32",
    ("u8", "bf16"): b"u8s8bf16",
    ("u8", "s32"): b"u8s8s32",
    ("s8", "f32"): b"s8s8f32",
    ("s8", "bf16"): b"s8s8bf16",
    ("s8", "s32"): b"s8s8s32",
}
BYTES = ("u8", "s8")


class _Matrix(NamedTuple):
    """A matrix, or a stack of them."""

    meant: Array
    stored: Array
    #: Is `stored` the transpose of `meant`?
    transposed: bool
    #: Elements between stored rows, and between the matrices of a stack.
    row: int
    step: int


def _type(array: Array) -> str:
    if is_bfloat16(array):
        return "bf16"
    for name, kind in TYPES.items():
        if array.dtype == kind:
            return name
    return "f32"  # which the array is then said not to hold


def _bits(value: ArrayLike, name: str, kind: str, dimensions: int) -> Array:
    array = as_array(value, name)
    if kind == "bf16" and is_bfloat16(array):
        array = array.view(np.uint16)
    return floats(array, name, dimensions, TYPES[kind])


def _flipped(array: Array) -> Array:
    return array.swapaxes(-1, -2)


def _matrix(value: ArrayLike, name: str, kind: str, dimensions: int, transpose: bool) -> _Matrix:
    """A transposed view (a.T) costs no copy: its transpose is what is stored."""
    given = _bits(value, name, kind, dimensions)
    meant = _flipped(given) if transpose else given
    # Of a matrix whose columns lie without gaps, the transpose is what is stored.
    by_columns = given.strides[-2] == given.itemsize and given.shape[-2] > 1 and given.strides[-1] != given.itemsize
    stored, transposed = (_flipped(given), not transpose) if by_columns else (given, transpose)
    return _Matrix(meant, stored, transposed, *_strides(stored, name))


def _strides(stored: Array, name: str) -> tuple[int, int]:
    if stored.ndim == 2:
        return row_stride(stored, name), 0
    if stored.shape[0] == 0:
        raise ValueError(f"{name} is a stack of no matrices")
    row = row_stride(stored[0], name)
    step = stored.strides[0] // stored.itemsize
    if stored.shape[0] == 1 or stored.size == 0:
        return row, 0
    if stored.strides[0] % stored.itemsize != 0 or step < stored.shape[1] * row:
        raise ValueError(f"{name}: its matrices overlap or run backwards (strides {stored.strides}); pass a copy")
    return row, step


def _sizes(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, int, int]:
    if left[-1] != right[-2]:
        raise ValueError(f"a has {left[-1]} columns and b {right[-2]} rows; they must be equal")
    if left[:-2] != right[:-2]:
        raise ValueError(f"a is a stack of {left[0]} matrices and b one of {right[0]}")
    return left[-2], right[-1], left[-1]


def _check_factors(out: Optional[ArrayLike], alpha: float, beta: float) -> None:
    if beta != 0 and out is None:
        raise ValueError("beta is not 0, so out must be given: it is what beta multiplies")
    if not (math.isfinite(alpha) and math.isfinite(beta)):
        raise ValueError("alpha and beta must be finite")


def _types(kind: str, result: str, constant: Optional[Weights]) -> dict[str, bytes]:
    if constant is None and (kind in BYTES or kind in ("f16", "bf16")):
        raise TypeError(f"b of {kind} is constant here: pass hone.Weights(b, {kind!r}, activations={kind!r})")
    if constant is not None and kind == result and kind != "f64":
        return {}
    if constant is not None and kind not in BYTES and constant.kind != kind:
        raise TypeError(f"a product of {kind} with weights of {constant.kind} is not stored in {result}")
    return {"types": PAIRS[kind, result]}


def _result_type(kind: str, dtype: Optional[str], out: Optional[ArrayLike]) -> str:
    usual = "f32" if kind in BYTES else kind
    chosen = dtype if dtype is not None else usual if out is None else _type(as_array(out, "out"))
    if (kind, chosen) not in PAIRS:
        raise TypeError(f"a product of {kind} is not stored in {chosen}")
    return chosen


class _Added(NamedTuple):
    """What comes beside a and b, as arrays that fit."""

    bias: Optional[Array]
    residual: Optional[Array]
    a_scales: Optional[Array]
    a_zeros: Optional[Array]


def gemm_call(
    a: ArrayLike,
    b: Union[ArrayLike, Weights],
    *,
    out: Optional[ArrayLike] = None,
    alpha: float = 1.0,
    beta: float = 0.0,
    trans_a: bool = False,
    trans_b: bool = False,
    dtype: Optional[str] = None,
    bias: Optional[ArrayLike] = None,
    residual: Optional[ArrayLike] = None,
    activation: str = "none",
    a_scales: Optional[ArrayLike] = None,
    a_zeros: Optional[ArrayLike] = None,
) -> Call:
    constant = b if isinstance(b, Weights) else None
    first = as_array(a, "a")
    kind = _type(first) if constant is None else constant.activations
    dimensions = 3 if first.ndim == 3 and constant is None else 2
    left = _matrix(first, "a", kind, dimensions, trans_a)
    if constant is not None and trans_b:
        raise ValueError("weights say themselves whether they are transposed; leave trans_b out")
    right = None if isinstance(b, Weights) else _matrix(b, "b", kind, dimensions, trans_b)
    m, n, k = _sizes(left.meant.shape, constant.shape if right is None else right.meant.shape)  # type: ignore[union-attr]
    _check_factors(out, alpha, beta)
    result_type = _result_type(kind, dtype, out)
    inputs = [left.stored] + ([] if right is None else [right.stored])
    where = None if out is None else _bits(out, "out", result_type, dimensions)
    result = output(where, "out", left.meant.shape[:-2] + (m, n), inputs, TYPES[result_type])
    ldc, step = _strides(result, "out")
    added = _Added(*_sums(bias, residual, result), *_bytes(a_scales, a_zeros, m, kind))
    if constant is None:
        assert right is not None
        rest = {"ldb": right.row, "trans_b": flag(right.transposed), "b_batch_stride": right.step}
    else:
        rest = constant.fields
    shape = GEMMShape(
        m=m,
        n=n,
        k=k,
        lda=left.row,
        ldc=ldc,
        trans_a=flag(left.transposed),
        alpha=alpha,
        beta=beta,
        batch=1 if dimensions == 2 else left.meant.shape[0],
        a_batch_stride=left.step,
        c_batch_stride=step,
        activation=named(ACTIVATIONS, activation, "activation"),
        bias=flag(bias is not None),
        residual=flag(residual is not None),
        a_tensor_scale=flag(m != 1 and any(x is not None and x.size == 1 for x in added[2:])),
        a_zero_points=flag(added.a_zeros is not None),
        ldr=0 if added.residual is None else row_stride(added.residual, "residual"),
        **{**rest, **_types(kind, result_type, constant)},
    )
    return _call(shape, left, right, constant, result, added)


def _sums(
    bias: Optional[ArrayLike], residual: Optional[ArrayLike], result: Array
) -> tuple[Optional[Array], Optional[Array]]:
    """Bias and residual."""
    row = None if bias is None else contiguous(floats(bias, "bias", 1), "bias")
    if row is not None and row.shape[0] != result.shape[-1]:
        raise ValueError(f"bias has {row.shape[0]} elements, and the result {result.shape[-1]} columns")
    rest = None if residual is None else _bits(residual, "residual", _type(result), 2)
    if rest is not None and rest.shape != result.shape:
        raise ValueError(f"residual must have the shape {result.shape}, not {rest.shape}")
    if any(x is not None and np.may_share_memory(x, result) for x in (row, rest)):
        raise ValueError("out overlaps bias or residual; pass an array of its own")
    return row, rest


def _bytes(
    scales: Optional[ArrayLike], zeros: Optional[ArrayLike], m: int, kind: str
) -> tuple[Optional[Array], Optional[Array]]:
    """Scales and zero points of A in bytes: one a row, or one for all."""
    if kind not in BYTES:
        if scales is not None or zeros is not None:
            raise ValueError("a_scales and a_zeros are those of activations in u8 and s8")
        return None, None
    given = [None if x is None else contiguous(floats(x, name, 1, t), name) for x, name, t in (
        (scales, "a_scales", np.float32), (zeros, "a_zeros", np.int32))]
    sizes = {x.size for x in given if x is not None}
    if len(sizes) > 1 or not sizes <= {1, m}:
        raise ValueError(f"a_scales and a_zeros must have one element both, or {m} both, not {sorted(sizes)}")
    return given[0], given[1]


def _call(
    shape: GEMMShape,
    left: _Matrix,
    right: Optional[_Matrix],
    constant: Optional[Weights],
    result: Array,
    added: _Added,
) -> Call:
    planned = "gemm" if constant is None else "gemm_weights"
    struct = None if constant is None else constant.struct
    b = None if right is None else right.stored
    # What is last here lives as long as the plan.
    arrays = (left.stored, b, result, *added, constant)
    if all(x is None for x in added):
        pointers = (address(left.stored),) + (() if right is None else (address(b),)) + (address(result),)
        return Call(planned, shape, pointers, result, arrays, struct, planned)
    operands = GEMMOperands(
        a=address(left.stored), b=address(b), c=address(result), **{name: address(x) for name, x in added._asdict().items()}
    )
    return Call("gemm_with", shape, (byref(operands),), result, arrays + (operands, constant), struct, planned)
