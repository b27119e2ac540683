"""Bounds for what cannot be bounded by looking at it: a user's template is a small program."""

from __future__ import annotations

import os
import select
import signal
import sys
import warnings
from collections.abc import Callable
from typing import NoReturn

from aisafe_cli.errors import RequestError

_PATIENCE = 60  # seconds of the clock, should the other process neither work nor end
_PART = 1 << 16
_TEXT, _REFUSED, _UNFORESEEN = b"+", b"-", b"!"


class OutOfBounds(Exception):
    """Raised where the bounded work took too long, or too much memory."""


def bounded(work: Callable[[], str], seconds: float, memory: int) -> str:
    """Return the text that the work makes within so much processor time, and so many bytes beyond what is held now.

    It is made in a process of its own, which ends with its bounds whatever it is at: nothing else stops an operation
    that does not come back to Python. Where the system cannot fork (Windows), the work is done here, without bounds.
    Raises OutOfBounds, and RequestError as the work does.
    """
    if not hasattr(os, "fork"):
        return work()
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # on threads: there are none that the work waits for
        child = os.fork()
    if child == 0:
        _answer(work, writer, seconds, memory)
    try:
        os.close(writer)
        return _text(_received(reader))
    finally:
        os.close(reader)
        os.kill(child, signal.SIGKILL)  # it has ended, or must
        os.waitpid(child, 0)


def _answer(work: Callable[[], str], writer: int, seconds: float, memory: int) -> NoReturn:
    """Do the work, and write what came of it; nothing at all where it was too much."""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        _bound_memory(memory)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        left = memoryview(_done(work))
        while left:
            left = left[os.write(writer, left) :]
    finally:
        os._exit(0)


def _done(work: Callable[[], str]) -> bytes:
    try:
        return _TEXT + work().encode("utf-8", "surrogatepass")
    except RequestError as error:
        return _REFUSED + str(error).encode("utf-8", "surrogatepass")
    except MemoryError:
        return b""
    except Exception as error:
        return _UNFORESEEN + type(error).__name__.encode()


def _received(reader: int) -> bytes:
    parts = []
    while select.select([reader], [], [], _PATIENCE)[0] and (part := os.read(reader, _PART)):
        parts.append(part)
    return b"".join(parts)


def _text(answer: bytes) -> str:
    kind, text = answer[:1], answer[1:].decode("utf-8", "surrogatepass")
    if kind == _TEXT:
        return text
    if kind == _REFUSED:
        raise RequestError(text)
    if kind == _UNFORESEEN:
        raise RuntimeError(text)
    raise OutOfBounds


def _bound_memory(memory: int) -> None:
    import resource

    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1 << 10)
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    allowed = [limit for limit in (held + memory, soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(allowed), hard))
