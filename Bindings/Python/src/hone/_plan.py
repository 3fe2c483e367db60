"""Plans: everything decided once for a shape, then executed."""

from __future__ import annotations

import weakref
from ctypes import byref, c_void_p
from typing import Any, Callable, Optional

from ._arrays import ArrayLike
from ._calls import Call, attention_call, embedding_bag_call, gemm_call
from ._context import Context, default_context
from ._library import check, library
from ._lookup import Answer, answer_of


class Plan:
    """Runs one shape again and again: Plan.gemm(a, b)(a, b). Made for the arrays that are given, and for others like them.

    Executions of one plan take turns, whichever thread they come from.
    """

    def __init__(self, operation: str, make: Callable[..., Call], call: Call, context: Optional[Context]) -> None:
        self._context = context if context is not None else default_context()
        self._make = make
        self._operation = operation
        self._shape = bytes(call.shape)
        lib = library()
        handle = c_void_p()
        check(getattr(lib, f"hone_plan_{operation}")(self._context.handle, byref(call.shape), byref(handle)))
        self._handle = handle
        self._close = weakref.finalize(self, _destroy, lib, handle, self._context)

    @classmethod
    def gemm(
        cls,
        a: ArrayLike,
        b: ArrayLike,
        *,
        out: Optional[ArrayLike] = None,
        alpha: float = 1.0,
        beta: float = 0.0,
        trans_a: bool = False,
        trans_b: bool = False,
        context: Optional[Context] = None,
    ) -> "Plan":
        """For products like this one (see `hone.gemm`). Nothing is computed yet."""

        def make(a: ArrayLike, b: ArrayLike, *, out: Optional[ArrayLike] = None) -> Call:
            return gemm_call(a, b, out, alpha, beta, trans_a, trans_b)

        return cls("gemm", make, make(a, b, out=out), context)

    @classmethod
    def embedding_bag(
        cls,
        table: ArrayLike,
        indices: ArrayLike,
        offsets: ArrayLike,
        *,
        weights: Optional[ArrayLike] = None,
        mode: str = "sum",
        include_last_offset: bool = False,
        checked: bool = True,
        context: Optional[Context] = None,
    ) -> "Plan":
        """For bags like these (see `hone.embedding_bag`)."""

        def make(
            table: ArrayLike,
            indices: ArrayLike,
            offsets: ArrayLike,
            weights: Optional[ArrayLike] = None,
            *,
            out: Optional[ArrayLike] = None,
        ) -> Call:
            return embedding_bag_call(table, indices, offsets, weights, mode, include_last_offset, out, checked)

        return cls("embedding_bag", make, make(table, indices, offsets, weights), context)

    @classmethod
    def attention(
        cls,
        q: ArrayLike,
        k: ArrayLike,
        v: ArrayLike,
        *,
        mask: str = "none",
        scale: Optional[float] = None,
        layout: str = "bhsd",
        return_lse: bool = False,
        context: Optional[Context] = None,
    ) -> "Plan":
        """For attention like this (see `hone.attention`)."""

        def make(q: ArrayLike, k: ArrayLike, v: ArrayLike, *, out: Optional[ArrayLike] = None) -> Call:
            return attention_call(q, k, v, mask, scale, layout, return_lse, out)

        return cls("attention", make, make(q, k, v), context)

    def __call__(self, *operands: ArrayLike, **keywords: Any) -> Any:
        """Runs the plan on arrays of the planned shape and strides; `out=` as in the single calls."""
        call = self._make(*operands, **keywords)
        if bytes(call.shape) != self._shape:
            raise ValueError(
                f"the operands' shape or strides are not the planned ones: {_fields(call)}, planned were {self._planned(call)}"
            )
        check(getattr(library(), f"hone_execute_{self._operation}")(self._open_handle(), *call.operands))
        return call.result

    def _open_handle(self) -> c_void_p:
        if not self._close.alive:
            raise ValueError("the plan is closed")
        return self._handle

    def _planned(self, call: Call) -> str:
        planned = type(call.shape).from_buffer_copy(self._shape)
        return _fields(Call(planned, (), None, ()))

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


def _destroy(lib: Any, handle: c_void_p, context: Context) -> None:
    """`context` is an argument so that it lives as long as the plan."""
    lib.hone_plan_destroy(handle)


def _fields(call: Call) -> str:
    shape = call.shape
    names = [name for name, _ in shape._fields_ if name not in ("struct_size", "types", "reserved")]
    return " ".join(f"{name}={getattr(shape, name)}" for name in names)
