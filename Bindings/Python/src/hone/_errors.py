"""The errors of libhone as exceptions; the text of each is the library's own."""

from __future__ import annotations


class HoneError(Exception):
    """What libhone refuses. `status` is its number, 0 where the library was not asked."""

    status: int = 0


class ArgumentError(HoneError, ValueError):
    """The call makes no sense: an unknown name, an impossible size."""

    status = 1


class UnusableDataError(HoneError):
    """A database or a file of it cannot be used."""

    status = 2


class UnavailableError(HoneError):
    """The machine lacks something: the engine, a kernel library, a thread."""

    status = 3


class OutOfMemory(HoneError, MemoryError):
    """There is no memory."""

    status = 4


class RangeError(HoneError, ValueError):
    """Operands contradict each other: an index that is no row, offsets that decrease."""

    status = 5


class InternalError(HoneError):
    """Hone's own fault."""

    status = 6


class LibraryNotFound(HoneError, OSError):
    """libhone.so.0 is not found, or is not one that this package knows."""


BY_STATUS = {
    error.status: error
    for error in (
        ArgumentError,
        UnusableDataError,
        UnavailableError,
        OutOfMemory,
        RangeError,
        InternalError,
    )
}
