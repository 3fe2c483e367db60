"""Arrays as C sees them: an address, sizes and strides, checked before libhone gets them."""

from __future__ import annotations

from ctypes import c_void_p
from typing import Any, Optional, Sequence

import numpy as np

#: A numpy array, or what gives one without a copy: a tensor of torch on the CPU, anything with __array__ or __dlpack__.
ArrayLike = Any
Array = np.ndarray[Any, np.dtype[Any]] if hasattr(np.ndarray, "__class_getitem__") else np.ndarray


def as_array(value: ArrayLike, name: str) -> Array:
    """The array that shares the value's memory."""
    if isinstance(value, np.ndarray):
        return value
    if hasattr(value, "__array__") or hasattr(value, "__array_interface__"):
        try:
            return np.asarray(value)
        except Exception as error:
            raise TypeError(f"{name} cannot be read as a numpy array: {error}") from error
    if hasattr(value, "__dlpack__"):
        try:
            return np.from_dlpack(value)
        except Exception as error:
            raise TypeError(f"{name} cannot be read as a numpy array: {error}") from error
    raise TypeError(f"{name} must be a numpy array or a tensor on the CPU, not {type(value).__name__}")


def is_bfloat16(array: Array) -> bool:
    """Of ml_dtypes or another package: numpy has none of its own."""
    return array.dtype.itemsize == 2 and array.dtype.name == "bfloat16"


def floats(value: ArrayLike, name: str, dimensions: int, kind: Any = np.float32) -> Array:
    """An array of float32, or of what else is wanted, with so many dimensions."""
    array = as_array(value, name)
    if array.dtype != kind:
        raise TypeError(f"{name} must hold {np.dtype(kind)} of this machine's byte order, not {array.dtype}")
    if array.ndim != dimensions:
        raise ValueError(f"{name} must have {dimensions} dimensions, not {array.ndim} (its shape is {array.shape})")
    if array.ctypes.data % array.itemsize != 0:
        raise ValueError(f"{name} is not aligned to its elements; pass a copy")
    return array


def row_stride(array: Array, name: str) -> int:
    """Elements between the rows of a matrix whose rows lie without gaps. Raises where they do not."""
    rows, columns = array.shape
    step, inner = array.strides
    width = array.itemsize
    if rows == 0 or columns == 0:
        return max(columns, 1)
    if columns > 1 and inner != width:
        raise ValueError(f"{name}: the elements of a row are not neighbours (strides {array.strides}); pass a copy")
    if rows <= 1:
        return max(columns, 1)
    if step % width != 0 or step // width < max(columns, 1):
        raise ValueError(f"{name}: its rows overlap or run backwards (strides {array.strides}); pass a copy")
    return step // width


def contiguous(array: Array, name: str) -> Array:
    if not array.flags.c_contiguous:
        raise ValueError(f"{name} is not contiguous (strides {array.strides}); pass numpy.ascontiguousarray({name})")
    return array


def output(
    value: Optional[ArrayLike], name: str, shape: Sequence[int], inputs: Sequence[Array], kind: Any = np.float32
) -> Array:
    """The array to write to: a new one, or the caller's if it fits and overlaps no input."""
    if value is None:
        return np.empty(tuple(shape), dtype=kind)
    array = floats(value, name, len(shape), kind)
    if array.shape != tuple(shape):
        raise ValueError(f"{name} must have the shape {tuple(shape)}, not {array.shape}")
    if not array.flags.writeable:
        raise ValueError(f"{name} is read-only")
    if any(np.may_share_memory(array, other) for other in inputs):
        raise ValueError(f"{name} overlaps an input; pass an array of its own")
    return array


def address(array: Optional[Array]) -> c_void_p:
    return c_void_p(None if array is None else array.ctypes.data)


def flag(value: object) -> int:
    return 1 if value else 0
