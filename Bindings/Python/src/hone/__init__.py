"""Tuned configurations and tuned CPU kernels of the autotuner Hone.

>>> import hone
>>> answer = hone.lookup("gemm", m=512, n=512, k=512)
>>> answer.grade, answer.configuration
>>> c = hone.gemm(a, b)

Needs libhone.so.0 (HONE_LIBRARY names it), but for `Database`, which reads the files alone.
"""

from ._arrays import ArrayLike
from ._context import Context, default_context, libraries, topology
from ._database import Database, Row
from ._errors import (
    ArgumentError,
    HoneError,
    InternalError,
    LibraryNotFound,
    OutOfMemory,
    RangeError,
    UnavailableError,
    UnusableDataError,
)
from ._library import library_path, library_version
from ._lookup import Answer, lookup
from ._operations import attention, embedding_bag, gemm
from ._plan import Plan
from ._weights import Weights

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "ArgumentError",
    "ArrayLike",
    "Context",
    "Database",
    "HoneError",
    "InternalError",
    "LibraryNotFound",
    "OutOfMemory",
    "Plan",
    "RangeError",
    "Row",
    "UnavailableError",
    "UnusableDataError",
    "Weights",
    "attention",
    "default_context",
    "embedding_bag",
    "gemm",
    "libraries",
    "library_path",
    "library_version",
    "lookup",
    "topology",
]
