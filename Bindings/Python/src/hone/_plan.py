"""Plans: everything decided once for a shape, then executed."""

from __future__ import annotations

import weakref
from ctypes import Array, byref, c_void_p
from functools import partial
from typing import Any, Callable, Mapping, Optional, Union

from ._arrays import ArrayLike
from ._attention import attention_call
from ._bags import embedding_bag_call
from ._calls import Call
from ._context import Context, default_context
from ._library import check, library
from ._lookup import Answer, answer_of
from ._products import gemm_call
from ._weights import Weights


class Plan:
    """Runs one shape again and again: Plan.gemm(a, b)(a, b). Made for the arrays that are given, and for others like them.

    Executions of one plan take turns, whichever thread they come from.
    """

    def __init__(
        self, call: Call, context: Optional[Context], make: Optional[Callable[..., Call]] = None, **options: Any
    ) -> None:
        self._context = context if context is not None else default_context()
        self._make = make
        self._options = options
        self._operation = call.operation
        self._shape = bytes(call.shape)
        # Constant operands stay as long as the plan; weights that keep plans themselves would stay for ever.
        self._constant = call.arrays[-1:] if call.weights is not None and make is not None else ()
        lib = library()
        handle = c_void_p()
        weights = () if call.weights is None else (byref(call.weights),)
        plan = getattr(lib, f"hone_plan_{call.planned or call.operation}")
        check(plan(self._context.handle, byref(call.shape), *weights, byref(handle)))
        self._handle = handle
        self._close = weakref.finalize(self, _destroy, lib, handle, self._context, self._constant)

    @classmethod
    def gemm(
        cls, a: ArrayLike, b: Union[ArrayLike, Weights], *, context: Optional[Context] = None, **options: Any
    ) -> "Plan":
        """For products like this one; `options` are those of `hone.gemm`. Nothing is computed yet.

        Where `b` is `Weights`, the plan holds them and is called with `a` alone.
        """
        make: Callable[..., Call] = gemm_call
        if isinstance(b, Weights):
            make = partial(_with_weights, b)
        return cls(gemm_call(a, b, **options), context, make, **_without_out(options))

    @classmethod
    def embedding_bag(
        cls,
        table: ArrayLike,
        indices: ArrayLike,
        offsets: Optional[ArrayLike] = None,
        weights: Optional[ArrayLike] = None,
        *,
        context: Optional[Context] = None,
        **options: Any,
    ) -> "Plan":
        """For bags like these; `options` are those of `hone.embedding_bag`."""
        call = embedding_bag_call(table, indices, offsets, weights, **options)
        return cls(call, context, embedding_bag_call, **_without_out(options))

    @classmethod
    def attention(
        cls, q: ArrayLike, k: ArrayLike, v: ArrayLike, *, context: Optional[Context] = None, **options: Any
    ) -> "Plan":
        """For attention like this; `options` are those of `hone.attention`."""
        return cls(attention_call(q, k, v, **options), context, attention_call, **_without_out(options))

    def __call__(self, *operands: ArrayLike, **keywords: Any) -> Any:
        """Runs the plan on arrays of the planned shape and strides; `out=` as in the single calls."""
        if self._make is None:
            raise TypeError("this plan runs calls, not operands")
        return self.run(self._make(*operands, **self._options, **keywords))

    def run(self, call: Call) -> Any:
        """Runs the plan on a call that was made already."""
        if bytes(call.shape) != self._shape:
            raise ValueError(
                f"the operands' shape or strides are not the planned ones: {_fields(call.shape)}, "
                f"planned were {_fields(type(call.shape).from_buffer_copy(self._shape))}"
            )
        check(getattr(library(), f"hone_execute_{self._operation}")(self._open_handle(), *call.operands))
        return call.result

    def _open_handle(self) -> c_void_p:
        if not self._close.alive:
            raise ValueError("the plan is closed")
        return self._handle

    @property
    def answer(self) -> Answer:
        """What the plan runs."""
        return answer_of(library().hone_plan_answer(self._open_handle()).contents)

    @property
    def threads(self) -> int:
        return int(library().hone_plan_threads(self._open_handle()))

    @property
    def workspace_bytes(self) -> int:
        return int(library().hone_plan_workspace_bytes(self._open_handle()))

    def close(self) -> None:
        """Frees what it holds. Not while another thread runs it."""
        self._close()


def _with_weights(weights: Weights, a: ArrayLike, **options: Any) -> Call:
    return gemm_call(a, weights, **options)


def _without_out(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name != "out"}


def _destroy(lib: Any, handle: c_void_p, context: Context, constant: tuple[Any, ...]) -> None:
    """`context` and the constant operands are arguments so that they live as long as the plan."""
    lib.hone_plan_destroy(handle)


def _fields(shape: Any) -> str:
    names = [name for name, _ in shape._fields_ if name not in ("struct_size", "reserved")]
    values = [(name, getattr(shape, name)) for name in names]
    return " ".join(f"{name}={list(value) if isinstance(value, Array) else value}" for name, value in values)
