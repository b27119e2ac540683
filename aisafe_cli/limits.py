"""Bounds for what cannot be bounded by looking at it: a user's template is a small program."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn


class OutOfBounds(BaseException):
    """Raised where the bounded body took too long. No `Exception`, so that nothing inside the body can catch it."""


@contextmanager
def bounded(seconds: float, memory: int) -> Iterator[None]:
    """Run the body within so much processor time, and so many bytes beyond what the process has held so far.

    Raises OutOfBounds after the time, and MemoryError where an allocation would pass the memory. Where the system
    has no such bounds (Windows, or any thread but the main one), the body runs without them.
    """
    with _bounded_memory(memory), _bounded_time(seconds):
        yield


@contextmanager
def _bounded_time(seconds: float) -> Iterator[None]:
    def stop(signum: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001
        raise OutOfBounds

    try:
        before = signal.signal(signal.SIGVTALRM, stop)
    except (AttributeError, ValueError):
        yield
        return
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@contextmanager
def _bounded_memory(memory: int) -> Iterator[None]:
    try:
        import resource
    except ImportError:
        yield
        return
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1 << 10)
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    allowed = [limit for limit in (held + memory, soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(allowed), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
