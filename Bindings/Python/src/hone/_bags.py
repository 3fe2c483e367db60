"""Embedding-bag: from arrays to its shape. What rows of a numpy array are follows from its element type, or is said."""

from __future__ import annotations

from typing import Any, Optional

import numpy as np

from ._arrays import Array, ArrayLike, address, as_array, contiguous, flag, floats, output, row_stride
from ._calls import Call, named
from ._library import EmbeddingBagShape, encoded

POOLINGS = {"sum": 0, "mean": 1, "max": 2, "none": 3}
SCALES = {"last": 0, "first": 1}
#: Result's name → hone_bag_output and the numpy type that holds it; numpy has no bfloat16, so uint16 carries its bits.
OUTPUTS: dict[str, tuple[int, Any]] = {"f32": (0, np.float32), "f16": (1, np.float16), "bf16": (2, np.uint16)}
#: Row type → numpy type of the table, bits of an element, bytes of scale and bias.
ROWS: dict[str, tuple[Any, int, int]] = {
    "f32": (np.float32, 32, 0),
    "f16": (np.float16, 16, 0),
    "bf16": (np.uint16, 16, 0),
    "u8f32": (np.uint8, 8, 8),
    "u8f16": (np.uint8, 8, 4),
    "u4f32": (np.uint8, 4, 8),
    "u4f16": (np.uint8, 4, 4),
}

#: One bytes object a word, so that equal shapes have equal bytes.
_words: dict[str, Optional[bytes]] = {}


def _word(value: str) -> Optional[bytes]:
    return _words.setdefault(value, encoded(value))


def _integers(value: ArrayLike, name: str) -> Array:
    array = as_array(value, name)
    if array.dtype not in (np.dtype(np.int64), np.dtype(np.int32)):
        raise TypeError(f"{name} must hold int64 or int32, not {array.dtype}")
    if array.ndim != 1:
        raise ValueError(f"{name} must have one dimension, not {array.ndim}")
    return contiguous(array, name)


def _table(table: ArrayLike, types: Optional[str], dim: Optional[int]) -> tuple[Array, str, int]:
    """The rows, their type, and how many elements a row has."""
    rows = as_array(table, "table")
    if types is None:
        types = {np.dtype(np.float32): "f32", np.dtype(np.float16): "f16"}.get(rows.dtype)
        if types is None:
            raise TypeError(
                f"table must hold float32 or float16, not {rows.dtype}; for others say types= one of {', '.join(ROWS)}"
            )
    named({name: 0 for name in ROWS}, types, "types")
    kind, bits, scale = ROWS[types]
    if rows.dtype != kind:
        raise TypeError(f"a table of {types} must be an array of {np.dtype(kind)}, not {rows.dtype}")
    if rows.ndim != 2:
        raise ValueError(f"table must have 2 dimensions, not {rows.ndim} (its shape is {rows.shape})")
    if rows.ctypes.data % rows.itemsize != 0:
        raise ValueError("table is not aligned to its elements; pass a copy")
    return rows, types, _dim(rows, types, dim, bits, scale)


def _dim(rows: Array, types: str, dim: Optional[int], bits: int, scale: int) -> int:
    width = rows.shape[1]
    if scale == 0:
        if dim is not None and dim != width:
            raise ValueError(f"the table has {width} columns, not {dim}")
        return width
    if width < scale:
        raise ValueError(f"a row of {types} has at least {scale} bytes, not {width}")
    most = (width - scale) * 8 // bits
    if dim is None:
        return most
    if dim < 0 or (dim * bits + 7) // 8 + scale != width:
        raise ValueError(f"rows of {width} bytes in {types} do not hold {dim} elements")
    return dim


def _result(out: Optional[ArrayLike], dtype: Optional[str], shape: tuple[int, int], inputs: list[Array]) -> tuple[Array, int]:
    """Where the result goes, and its hone_bag_output."""
    if dtype is None and out is not None:
        kinds = {np.dtype(kind): name for name, (_, kind) in OUTPUTS.items()}
        dtype = kinds.get(as_array(out, "out").dtype)
        if dtype is None:
            raise TypeError("out must hold float32, float16, or uint16 for bfloat16")
    dtype = "f32" if dtype is None else dtype
    named({name: 0 for name in OUTPUTS}, dtype, "dtype")
    number, kind = OUTPUTS[dtype]
    return output(out, "out", shape, inputs, kind), number


def _bags(index: Array, offset: Optional[Array], mode: str, ends: bool, lengths: bool) -> int:
    """How many bags there are."""
    if mode == "none":
        if offset is not None:
            raise ValueError("mode 'none' has no offsets: each index is a bag of its own")
        return int(index.shape[0])
    if offset is None:
        raise ValueError("offsets or lengths are needed: they say where bags end")
    if index.dtype != offset.dtype:
        name = "lengths" if lengths else "offsets"
        raise TypeError(f"indices hold {index.dtype} and {name} {offset.dtype}; they must be equal")
    bags = int(offset.shape[0]) - flag(ends)
    if bags < 0:
        raise ValueError("offsets is empty, and include_last_offset says that it holds at least one")
    if ends and int(offset[-1]) != index.shape[0]:
        raise ValueError(f"the last offset is {int(offset[-1])}, and there are {index.shape[0]} indices")
    if lengths and int(offset.sum()) != index.shape[0]:
        raise ValueError(f"lengths add up to {int(offset.sum())}, and there are {index.shape[0]} indices")
    return bags


def embedding_bag_call(
    table: ArrayLike,
    indices: ArrayLike,
    offsets: Optional[ArrayLike] = None,
    weights: Optional[ArrayLike] = None,
    *,
    mode: str = "sum",
    include_last_offset: bool = False,
    lengths: Optional[ArrayLike] = None,
    types: Optional[str] = None,
    dim: Optional[int] = None,
    scales: str = "last",
    dtype: Optional[str] = None,
    distribution: Optional[str] = None,
    checked: bool = True,
    out: Optional[ArrayLike] = None,
) -> Call:
    rows, kind, elements = _table(table, types, dim)
    if lengths is not None and (offsets is not None or include_last_offset):
        raise ValueError("lengths and offsets exclude each other")
    index = _integers(indices, "indices")
    given = offsets if lengths is None else lengths
    offset = None if given is None else _integers(given, "offsets" if lengths is None else "lengths")
    pooling = named(POOLINGS, mode, "mode")
    bags = _bags(index, offset, mode, include_last_offset, lengths is not None)
    factors = None if weights is None else contiguous(floats(weights, "weights", 1), "weights")
    if factors is not None and factors.shape[0] != index.shape[0]:
        raise ValueError(f"there are {factors.shape[0]} weights and {index.shape[0]} indices")
    result, number = _result(out, dtype, (bags, elements), [rows] if factors is None else [rows, factors])
    shape = EmbeddingBagShape(
        types=_word(kind),
        rows=rows.shape[0],
        dim=elements,
        bags=bags,
        index_count=index.shape[0],
        table_stride=row_stride(rows, "table"),
        output_stride=row_stride(result, "out"),
        index_bytes=index.dtype.itemsize,
        pooling=pooling,
        weighted=flag(factors is not None),
        unchecked=flag(not checked),
        output=number,
        bag_form=0 if lengths is None else 2,
        scales_first=named(SCALES, scales, "scales"),
        distribution=None if distribution is None else _word(distribution),
    )
    operands = (address(rows), address(index), address(offset), address(factors), address(result))
    return Call("embedding_bag", shape, operands, result, (rows, index, offset, factors, result))
