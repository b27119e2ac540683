"""Work on many things by several processes, where the system can fork."""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from aisafe_cli.text.annotations import Any, TypeVar

_CHUNK = 8  # things that a process takes at a time
_AHEAD = 3  # chunks for each process that may be under way before the oldest is taken
_PAUSE = 0.5  # seconds until a process looks again whether the first one is still there
_Item = TypeVar("_Item")
_Made = TypeVar("_Made")
_make: list[Callable[[Any], Any]] = []  # what forked processes are to do, which no pickle could bring to them


def count_processes() -> int:
    """Return how many processes may work at once; 1 where forking is not safe or there is one processor."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1


def map_by_processes(make: Callable[[_Item], _Made], items: Iterable[_Item], processes: int) -> Iterator[_Made]:
    """Yield what is made of each item, in order. What a process raises is raised here, also where it is killed."""
    # imported here: both take longer than a whole check
    from concurrent.futures import Future, ProcessPoolExecutor
    from multiprocessing import get_context

    sys.stdout.flush()  # else each process would write again what waits to be written
    _make[:] = [make]
    remaining = iter(items)
    with ProcessPoolExecutor(processes, get_context("fork"), _start_worker, (os.getpid(),)) as pool:
        under_way: deque[Future[list[_Made]]] = deque()
        try:
            while chunk := list(islice(remaining, _CHUNK)):
                under_way.append(pool.submit(_make_each, chunk))
                if len(under_way) >= processes * _AHEAD:
                    yield from under_way.popleft().result()
            while under_way:
                yield from under_way.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _make_each(items: Sequence[Any]) -> list[Any]:
    return [_make[0](item) for item in items]


def _start_worker(first: int) -> None:
    """Leave the end to the first process, which tidies up and tells the user; and end where that is killed."""
    import signal  # as above; the pool has loaded both
    from threading import Thread

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    Thread(target=_end_after, args=(first,), daemon=True).start()


def _end_after(first: int) -> None:
    while os.getppid() == first:
        time.sleep(_PAUSE)
    os._exit(1)
