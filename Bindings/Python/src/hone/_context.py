"""A context: the databases that were found, this machine, and the caller's budget."""

from __future__ import annotations

import json
import threading
import weakref
from ctypes import byref, c_void_p
from typing import Any, Mapping, Optional

from ._errors import UnavailableError
from ._library import Options, check, encoded, library, text, written


class Context:
    """What look-ups and plans refer to. Any number of threads may use one at the same time.

    `database`: a folder, then the only one; None: $HONE_DB, the user's, the system's, ./tuning-db. `cores`: for one call; 0: all
    that this process may use. `policy`: "warm" or "cold", the state of operands that are constant in use. `libraries`: those that are
    here, name -> version (see `hone.libraries`): rows that were tuned with other versions are stale then; None: nobody asks.
    """

    def __init__(
        self,
        database: Optional[str] = None,
        *,
        cores: int = 0,
        policy: Optional[str] = None,
        hardware_class: Optional[str] = None,
        engine: Optional[str] = None,
        libraries: Optional[Mapping[str, str]] = None,
    ) -> None:
        options = Options(
            database=encoded(database),
            hardware_class=encoded(hardware_class),
            cores=_count(cores, "cores"),
            policy=encoded(policy),
            engine=encoded(engine),
            libraries=None if libraries is None else encoded("".join(f"{k}={v}\n" for k, v in libraries.items())),
        )
        lib = library()
        handle = c_void_p()
        check(lib.hone_open(byref(options), byref(handle)))
        #: The handle for libhone.
        self.handle = handle
        # Plans hold their context, so it is closed after the last of them.
        weakref.finalize(self, lib.hone_close, handle)

    @property
    def hardware_class(self) -> str:
        """The folder below hosts/ that belongs to this machine; "" where no database knows it."""
        return text(library().hone_context_hardware_class(self.handle)) or ""

    @property
    def cores(self) -> int:
        """Cores that one call may use."""
        return int(library().hone_context_cores(self.handle))

    @property
    def rows(self) -> int:
        """Tuned rows in all databases."""
        return int(library().hone_context_rows(self.handle))

    @property
    def host(self) -> dict[str, Any]:
        """This machine as far as it is known without the engine: vendor, model, instruction set, cores …"""
        return dict(json.loads(written(library().hone_context_host, self.handle)))

    @property
    def findings(self) -> list[str]:
        """What was skipped while opening, and why."""
        return written(library().hone_context_findings, self.handle).splitlines()


def _count(value: int, name: str) -> int:
    if not isinstance(value, int) or not 0 <= value < 2**31:
        raise ValueError(f"{name} must be a number from 0, not {value!r}")
    return value


_default: Optional[Context] = None
_lock = threading.Lock()


def default_context() -> Context:
    """The context of calls that name none: all defaults, opened on first use."""
    global _default
    with _lock:
        if _default is None:
            _default = Context()
        return _default


def topology(context: Optional[Context] = None) -> dict[str, Any]:
    """This machine as libhone sees it (`Context.host`); `hone topology --format json` says everything."""
    return (context if context is not None else default_context()).host


def libraries(context: Optional[Context] = None) -> dict[str, str]:
    """Kernel and BLAS libraries that the engine finds here, name -> version, as records name them. Loads the engine."""
    lines = written(library().hone_libraries, (context if context is not None else default_context()).handle)
    if not lines:
        raise UnavailableError(text(library().hone_last_error()) or "the engine finds no library")
    return dict(line.split("=", 1) for line in lines.splitlines())
