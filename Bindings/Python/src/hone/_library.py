"""Finds libhone, and says what hone.h says: its functions and structs, for ctypes."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import threading
from ctypes import POINTER, Structure, c_char_p, c_double, c_float, c_int32, c_int64, c_size_t, c_void_p
from typing import Any, Iterator, Optional

from ._errors import BY_STATUS, HoneError, LibraryNotFound

NAME = "libhone.so.0"
ABI = 0


class _Sized(Structure):
    """A struct that begins with its own size. All else is 0, which means the default."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        self.struct_size = ctypes.sizeof(self)


class Options(_Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("database", c_char_p),
        ("hardware_class", c_char_p),
        ("cores", c_int32),
        ("reserved", c_int32),
        ("policy", c_char_p),
        ("engine", c_char_p),
        ("libraries", c_char_p),
    ]


class AnswerStruct(_Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("grade", c_int32),
        ("cores", c_int32),
        ("backend", c_char_p),
        ("variant", c_char_p),
        ("parameter_count", c_int32),
        ("stale", c_int32),
        ("predicted_regret", c_double),
        ("seconds", c_double),
        ("predicted_seconds", c_double),
        ("speedup", c_double),
        ("speedup_low", c_double),
        ("speedup_high", c_double),
        ("policy", c_char_p),
        ("hardware_class", c_char_p),
        ("database", c_char_p),
        ("row", c_void_p * 3),
    ]


class Parameter(Structure):
    _fields_ = [("name", c_char_p), ("integer", c_int64), ("text", c_char_p)]


class GEMMShape(_Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("types", c_char_p),
        ("m", c_int64),
        ("n", c_int64),
        ("k", c_int64),
        ("lda", c_int64),
        ("ldb", c_int64),
        ("ldc", c_int64),
        ("trans_a", c_int32),
        ("trans_b", c_int32),
        ("alpha", c_double),
        ("beta", c_double),
        ("group", c_int64),
        ("zero_points", c_int32),
        ("arithmetic", c_int32),
        ("batch", c_int64),
        ("a_batch_stride", c_int64),
        ("b_batch_stride", c_int64),
        ("c_batch_stride", c_int64),
        ("activation", c_int32),
        ("bias", c_int32),
        ("residual", c_int32),
        ("a_tensor_scale", c_int32),
        ("a_zero_points", c_int32),
        ("reserved", c_int32),
        ("ldr", c_int64),
        ("max_error", c_double),
    ]


class GEMMOperands(_Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("a", c_void_p),
        ("b", c_void_p),
        ("c", c_void_p),
        ("bias", c_void_p),
        ("residual", c_void_p),
        ("a_scales", c_void_p),
        ("a_zeros", c_void_p),
    ]


class WeightsStruct(_Sized):
    _fields_ = [("struct_size", c_size_t), ("elements", c_void_p), ("scales", c_void_p), ("zeros", c_void_p)]


class EmbeddingBagShape(_Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("types", c_char_p),
        ("rows", c_int64),
        ("dim", c_int64),
        ("bags", c_int64),
        ("index_count", c_int64),
        ("table_stride", c_int64),
        ("output_stride", c_int64),
        ("index_bytes", c_int32),
        ("pooling", c_int32),
        ("weighted", c_int32),
        ("unchecked", c_int32),
        ("output", c_int32),
        ("bag_form", c_int32),
        ("scales_first", c_int32),
        ("reserved", c_int32),
        ("distribution", c_char_p),
    ]


class AttentionShape(_Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("types", c_char_p),
        ("batch", c_int64),
        ("heads", c_int64),
        ("kv_heads", c_int64),
        ("lq", c_int64),
        ("lk", c_int64),
        ("head_dim", c_int64),
        ("scale", c_float),
        ("mask", c_int32),
        ("layout", c_int32),
        ("reserved", c_int32),
        ("window_left", c_int64),
        ("window_right", c_int64),
        ("softcap", c_float),
        ("lengths", c_int32),
        ("alibi", c_int32),
        ("bias", c_int32),
        ("page", c_int64),
        ("pages", c_int64),
        ("table_stride", c_int64),
        ("q_strides", c_int64 * 3),
        ("k_strides", c_int64 * 3),
        ("v_strides", c_int64 * 3),
        ("o_strides", c_int64 * 3),
    ]


class AttentionOperands(_Sized):
    _fields_ = (
        [("struct_size", c_size_t)]
        + [(name, c_void_p) for name in ("q", "k", "v", "o", "lse", "q_offsets", "k_offsets", "k_lengths", "block_table", "slopes", "bias")]
        + [(f"bias_{name}_stride", c_int64) for name in ("batch", "head", "row")]
        + [("k_scales", c_void_p), ("v_scales", c_void_p)]
    )


_STATUS = c_int32
_PATTERN = [c_void_p, c_void_p, c_int32, c_char_p, c_char_p, c_size_t]

# Every function of hone.h that is called: what it returns and takes.
FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "hone_version": (c_char_p, []),
    "hone_abi": (c_int32, []),
    "hone_last_error": (c_char_p, []),
    "hone_open": (_STATUS, [POINTER(Options), POINTER(c_void_p)]),
    "hone_close": (None, [c_void_p]),
    "hone_context_hardware_class": (c_char_p, [c_void_p]),
    "hone_context_cores": (c_int32, [c_void_p]),
    "hone_context_rows": (c_int64, [c_void_p]),
    "hone_context_host": (c_size_t, [c_void_p, c_char_p, c_size_t]),
    "hone_libraries": (c_size_t, [c_void_p, c_char_p, c_size_t]),
    "hone_context_findings": (c_size_t, [c_void_p, c_char_p, c_size_t]),
    "hone_problem_create": (_STATUS, [c_char_p, c_char_p, POINTER(c_void_p)]),
    "hone_problem_destroy": (None, [c_void_p]),
    "hone_problem_set_dimension": (_STATUS, [c_void_p, c_char_p, c_int64]),
    "hone_problem_set_attribute": (_STATUS, [c_void_p, c_char_p, c_char_p]),
    "hone_grade_name": (c_char_p, [c_int32]),
    "hone_lookup": (_STATUS, [c_void_p, c_void_p, c_int32, c_char_p, POINTER(AnswerStruct)]),
    "hone_answer_parameter": (_STATUS, [POINTER(AnswerStruct), c_int32, POINTER(Parameter)]),
    "hone_answer_configuration": (c_size_t, [POINTER(AnswerStruct), c_char_p, c_size_t]),
    "hone_answer_record": (c_size_t, [POINTER(AnswerStruct), c_char_p, c_size_t]),
    "hone_differences": (c_size_t, _PATTERN),
    "hone_changes": (c_size_t, _PATTERN),
    "hone_explain": (c_size_t, _PATTERN),
    "hone_gemm": (_STATUS, [c_void_p, POINTER(GEMMShape)] + [c_void_p] * 3),
    "hone_gemm_with": (_STATUS, [c_void_p, POINTER(GEMMShape), POINTER(GEMMOperands)]),
    "hone_embedding_bag": (_STATUS, [c_void_p, POINTER(EmbeddingBagShape)] + [c_void_p] * 5),
    "hone_attention_with": (_STATUS, [c_void_p, POINTER(AttentionShape), POINTER(AttentionOperands)]),
    "hone_plan_gemm": (_STATUS, [c_void_p, POINTER(GEMMShape), POINTER(c_void_p)]),
    "hone_plan_gemm_weights": (_STATUS, [c_void_p, POINTER(GEMMShape), POINTER(WeightsStruct), POINTER(c_void_p)]),
    "hone_plan_embedding_bag": (_STATUS, [c_void_p, POINTER(EmbeddingBagShape), POINTER(c_void_p)]),
    "hone_plan_attention": (_STATUS, [c_void_p, POINTER(AttentionShape), POINTER(c_void_p)]),
    "hone_plan_destroy": (None, [c_void_p]),
    "hone_plan_answer": (POINTER(AnswerStruct), [c_void_p]),
    "hone_plan_threads": (c_int32, [c_void_p]),
    "hone_plan_workspace_bytes": (c_size_t, [c_void_p]),
    "hone_execute_gemm": (_STATUS, [c_void_p] * 4),
    "hone_execute_gemm_weights": (_STATUS, [c_void_p] * 3),
    "hone_execute_gemm_with": (_STATUS, [c_void_p, POINTER(GEMMOperands)]),
    "hone_execute_embedding_bag": (_STATUS, [c_void_p] * 6),
    "hone_execute_attention_with": (_STATUS, [c_void_p, POINTER(AttentionOperands)]),
}


def _candidates() -> Iterator[str]:
    """Paths to try, most wanted first: HONE_LIBRARY is then the only one."""
    named = os.environ.get("HONE_LIBRARY")
    if named:
        yield named
        return
    command = shutil.which("hone")
    prefixes = [sys.prefix] + ([os.path.dirname(os.path.dirname(os.path.realpath(command)))] if command else [])
    for prefix in prefixes:
        path = os.path.join(prefix, "lib", NAME)
        if os.path.exists(path):
            yield path
    yield NAME


def _declare(library: ctypes.CDLL, path: str) -> ctypes.CDLL:
    for name, (result, arguments) in FUNCTIONS.items():
        try:
            function = getattr(library, name)
        except AttributeError:
            raise LibraryNotFound(f"{path} has no {name}: it is no libhone, or another version") from None
        function.restype = result
        function.argtypes = arguments
    abi = library.hone_abi()
    if abi != ABI:
        raise LibraryNotFound(f"{path} has version {abi} of the interface, this package knows {ABI}")
    return library


def _load() -> tuple[ctypes.CDLL, str]:
    reasons = []
    for path in _candidates():
        try:
            return _declare(ctypes.CDLL(path), path), path
        except OSError as error:
            reasons.append(str(error))
    raise LibraryNotFound(
        "libhone is not found: " + "; ".join(reasons) + ". Install Hone, or set HONE_LIBRARY to the path of " + NAME
    )


_loaded: Optional[tuple[ctypes.CDLL, str]] = None
_lock = threading.Lock()


def _library_and_path() -> tuple[ctypes.CDLL, str]:
    global _loaded
    with _lock:
        if _loaded is None:
            _loaded = _load()
        return _loaded


def library() -> Any:
    """libhone, loaded on first use."""
    return _library_and_path()[0]


def library_path() -> str:
    """Where libhone was found."""
    return _library_and_path()[1]


def library_version() -> str:
    """The version of libhone, "0.1.0"."""
    return text(library().hone_version()) or ""


def text(value: Optional[bytes]) -> Optional[str]:
    return None if value is None else value.decode("utf-8", "replace")


def encoded(value: Optional[str]) -> Optional[bytes]:
    """A text for C. A zero byte inside would cut it unseen."""
    if value is None:
        return None
    if "\0" in value:
        raise ValueError(f"{value!r} holds a zero byte")
    return os.fsencode(value)


def check(status: int) -> None:
    """Raises the exception of a status that is not HONE_OK, with the library's words."""
    if status != 0:
        message = text(library().hone_last_error()) or f"libhone answered status {status}"
        raise BY_STATUS.get(status, HoneError)(message)


def written(write: Any, *arguments: Any) -> str:
    """The whole text of a function that writes as snprintf does."""
    size = 1024
    while True:
        buffer = ctypes.create_string_buffer(size)
        length = int(write(*arguments, buffer, size))
        if length < size:
            return buffer.value.decode("utf-8", "replace")
        size = length + 1
