"""Weights: the B of gemm where it is constant, in any type that gemm has for it."""

from __future__ import annotations

from typing import Any, Optional

import numpy as np

from ._arrays import Array, ArrayLike, address, as_array, contiguous, flag, is_bfloat16
from ._library import WeightsStruct

#: Kind -> element of numpy, bits of an element.
KINDS: dict[str, tuple[type, int]] = {
    "f32": (np.float32, 32),
    "bf16": (np.uint16, 16),
    "f16": (np.float16, 16),
    "s8": (np.int8, 8),
    "s4": (np.uint8, 4),
}
#: (type of a and of the result, kind) -> types of the problem.
TYPES: dict[tuple[str, str], bytes] = {
    ("f32", "f32"): b"f32f32",
    ("f32", "bf16"): b"f32bf16",
    ("f32", "f16"): b"f32f16",
    ("f32", "s8"): b"f32s8",
    ("f32", "s4"): b"f32s4",
    ("bf16", "bf16"): b"bf16",
    ("f16", "f16"): b"f16",
    ("bf16", "s8"): b"bf16s8",
    ("bf16", "s4"): b"bf16s4",
    ("u8", "s8"): b"u8s8f32",
    ("s8", "s8"): b"s8s8f32",
}
ARITHMETIC = {"exact": 0, "s8": 1, "bf16": 2}


class Weights:
    """A constant matrix for `hone.gemm(a, weights)`, brought into the tuned variant's layout on its first use with so many rows of `a`.

    `elements` [k, n], or [n, k] with `transposed`, by `kind`: "f32"; "bf16" (its bits as uint16); "f16"; "s8" (int8); "s4" (uint8
    with two elements 0 … 15 each, the even column in the low half: `columns` where their number is odd). s8 and s4 mean
    (element - zero) * scale, with `scales` float32 [n], or for `group` (32, 64, 128 rows of k) float16 [ceil(k / group), n];
    `zeros`, int8 or uint8 of the same shape, else 0 for s8 and 8 for s4. `arithmetic` "s8" (of s8 and s4), "bf16" (of bf16): `a` may be rounded so.
    `activations`: what `a` and the result hold: "f32", "bf16" (with bf16, s8, s4; its bits as uint16), "f16" (with f16); "u8" and "s8" (with
    s8): `a` is quantised already, and the result is in "f32", "bf16" or "s32". `max_error`: any precision of the weights may be used whose
    error, relative to the magnitudes of a sum's terms, stays below.
    """

    def __init__(
        self,
        elements: ArrayLike,
        kind: str,
        *,
        scales: Optional[ArrayLike] = None,
        zeros: Optional[ArrayLike] = None,
        group: int = 0,
        arithmetic: str = "exact",
        transposed: bool = False,
        columns: Optional[int] = None,
        activations: str = "f32",
        max_error: float = 0.0,
    ) -> None:
        for value, table in ((kind, KINDS), (arithmetic, ARITHMETIC)):
            if value not in table:
                raise ValueError(f"{value!r} is none of {', '.join(table)}")
        if (activations, kind) not in TYPES:
            known = ", ".join(first for first, second in TYPES if second == kind)
            raise ValueError(f"activations of {kind} weights are one of {known}, not {activations!r}")
        #: Type of `a` and of the result.
        self.activations = activations
        self.kind = kind
        element, bits = KINDS[kind]
        stored = _elements(elements, element)
        per_item = 2 if bits == 4 else 1
        width = stored.shape[1] * per_item if columns is None else columns
        if not (stored.shape[1] - 1) * per_item < width <= stored.shape[1] * per_item and stored.shape[1] > 0:
            raise ValueError(f"columns cannot be {width} for rows of {stored.shape[1]} items")
        #: (k, n) of the matrix as meant.
        self.shape = (width, stored.shape[0]) if transposed else (stored.shape[0], width)
        ldb = max(stored.strides[0] // stored.itemsize if stored.shape[0] > 1 else stored.shape[1], 1) * per_item
        scale, zero = _scales(scales, zeros, self.shape, group, scaled=bits < 16)
        #: Fields of hone_gemm_shape.
        self.fields: dict[str, Any] = {
            "types": TYPES[activations, kind],
            "ldb": ldb,
            "trans_b": flag(transposed),
            "group": group,
            "zero_points": flag(zero is not None),
            "arithmetic": ARITHMETIC[arithmetic],
            "max_error": max_error,
        }
        self.struct = WeightsStruct(elements=address(stored), scales=address(scale), zeros=address(zero))
        self._arrays = (stored, scale, zero)
        #: Plans by the bytes of their shape and the address of their context.
        self.plans: dict[tuple[bytes, Optional[int]], Any] = {}


def _elements(value: ArrayLike, element: type) -> Array:
    array = as_array(value, "elements")
    if is_bfloat16(array):
        array = array.view(np.uint16)
    if array.dtype != element:
        raise TypeError(f"elements must hold {np.dtype(element)}, not {array.dtype}")
    if array.ndim != 2:
        raise ValueError(f"elements must have 2 dimensions, not {array.ndim}")
    step, inner = array.strides
    if array.size > 0 and (
        (array.shape[1] > 1 and inner != array.itemsize)
        or (array.shape[0] > 1 and (step < array.shape[1] * array.itemsize or step % array.itemsize != 0))
    ):
        raise ValueError(f"elements: the elements of a row are not neighbours, or rows overlap (strides {array.strides}); pass a copy")
    return array


def _scales(
    scales: Optional[ArrayLike], zeros: Optional[ArrayLike], shape: tuple[int, int], group: int, *, scaled: bool
) -> tuple[Optional[Array], Optional[Array]]:
    if not scaled:
        if scales is not None or zeros is not None or group != 0:
            raise ValueError("scales, zeros and group are those of s8 and s4")
        return None, None
    if scales is None:
        raise ValueError("s8 and s4 need scales")
    wanted = (shape[1],) if group == 0 else (-(-shape[0] // group), shape[1])
    scale = contiguous(as_array(scales, "scales"), "scales")
    if scale.dtype != (np.float32 if group == 0 else np.float16) or scale.shape != wanted:
        kind = "float32" if group == 0 else "float16"
        raise ValueError(f"scales must be {kind} of the shape {wanted}, not {scale.dtype} of {scale.shape}")
    if zeros is None:
        return scale, None
    zero = contiguous(as_array(zeros, "zeros"), "zeros")
    if zero.dtype.itemsize != 1 or zero.shape != wanted:
        raise ValueError(f"zeros must be int8 or uint8 of the shape {wanted}, not {zero.dtype} of {zero.shape}")
    return scale, zero
