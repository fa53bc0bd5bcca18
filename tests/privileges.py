"""Takes root's privilege away, so that the rights of files hold for tests that run as root."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterator
from contextlib import contextmanager

_VERSION_3 = 0x20080522
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2
_READS_EVERYTHING = 1 << _DAC_OVERRIDE | 1 << _DAC_READ_SEARCH


@contextmanager
def without_privileges() -> Iterator[None]:
    """Within the block this thread may open only what the rights of a file allow; on Linux."""
    before = _capabilities()
    effective, *others = before
    _set_capabilities(effective & ~_READS_EVERYTHING, *others)
    try:
        yield
    finally:
        _set_capabilities(*before)


def _capabilities() -> tuple[int, ...]:
    """The first half of the effective, permitted and inheritable sets, then their second half."""
    sets = ctypes.create_string_buffer(24)
    _call("capget", sets)
    return struct.unpack("6I", sets.raw)


def _set_capabilities(*sets: int) -> None:
    _call("capset", ctypes.create_string_buffer(struct.pack("6I", *sets), 24))


def _call(name: str, sets: ctypes.Array[ctypes.c_char]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    header = ctypes.create_string_buffer(struct.pack("Ii", _VERSION_3, 0))
    if getattr(libc, name)(header, sets) != 0:
        raise OSError(ctypes.get_errno(), name)
