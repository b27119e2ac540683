"""Work by several processes: everything once, in order, and with an end where something fails."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from select import select
from types import SimpleNamespace

import pytest

from aisafe_cli.io import processes
from aisafe_cli.io.processes import count_processes, map_by_processes


@pytest.mark.parametrize(("number", "workers"), [(0, 2), (1, 1), (100, 1), (100, 2)])
def test_each_thing_is_made_once_and_in_order(number: int, workers: int) -> None:
    made = [*map_by_processes(lambda item: (item, os.getpid()), range(number), workers)]
    assert [item for item, _ in made] == [*range(number)]
    assert os.getpid() not in {process for _, process in made}
    assert len({process for _, process in made}) <= workers


def test_few_things_are_taken_ahead_of_what_is_made() -> None:
    taken = []

    def list_items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    made = map_by_processes(lambda item: item, list_items(), 1)
    assert next(made) == 0
    assert len(taken) == processes._CHUNK * processes._AHEAD
    made.close()
    assert len(taken) == processes._CHUNK * processes._AHEAD


def test_what_one_process_raises_is_raised_here() -> None:
    with pytest.raises(ZeroDivisionError):
        [*map_by_processes(lambda item: 1 // (30 - item), range(100), 2)]


def test_what_nobody_takes_is_not_made(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_AHEAD", 30)

    def make(item: int) -> int:
        time.sleep(0.001)
        (tmp_path / f"{item}").touch()
        return item

    made = map_by_processes(make, range(1000), 1)
    assert next(made) == 0
    made.close()
    assert len(list(tmp_path.iterdir())) < 30 * processes._CHUNK


def test_processes_are_forked_whatever_is_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = multiprocessing.context._default_context
    monkeypatch.setattr(usual, "_actual_context", multiprocessing.get_context("spawn"))
    assert [*map_by_processes(lambda item: item, range(3), 1)] == [0, 1, 2]


def test_what_each_process_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same as below, in this process."""
    monkeypatch.setattr(processes, "_make", [str])
    assert processes._make_each([1, 2]) == ["1", "2"]
    handlers, threads = {}, []
    monkeypatch.setattr(signal, "signal", handlers.__setitem__)
    monkeypatch.setattr(threading, "Thread", lambda **words: SimpleNamespace(start=lambda: threads.append(words)))
    processes._start_worker(7)
    assert handlers == {signal.SIGINT: signal.SIG_IGN, signal.SIGTERM: signal.SIG_DFL}
    assert threads == [{"target": processes._end_after, "args": (7,), "daemon": True}]


def test_a_process_ends_after_the_one_that_started_it(monkeypatch: pytest.MonkeyPatch) -> None:
    above, codes, pauses = [7, 7, 1], [], []
    monkeypatch.setattr(os, "getppid", lambda: above.pop(0))
    monkeypatch.setattr(os, "_exit", codes.append)
    monkeypatch.setattr(time, "sleep", pauses.append)
    processes._end_after(7)
    assert (above, codes, pauses) == ([], [1], [processes._PAUSE] * 2)


def test_no_process_is_ended_by_an_interrupt_but_each_by_a_termination() -> None:
    (handlers,) = map_by_processes(lambda _: (signal.getsignal(2), signal.getsignal(15)), [0], 1)
    assert handlers == (signal.SIG_IGN, signal.SIG_DFL)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of forking beside threads
def test_where_the_first_process_is_killed_the_others_end() -> None:
    heard, told = os.pipe()
    first = os.fork()
    if first == 0:
        [*map_by_processes(lambda _: os.write(told, b".") and time.sleep(60), range(16), 2)]
    os.close(told)
    assert os.read(heard, 1) == b"."
    os.kill(first, signal.SIGKILL)
    os.waitpid(first, 0)
    while True:  # until nobody can write any more
        assert select([heard], [], [], 20)[0]
        if os.read(heard, 1) == b"":
            break
    os.close(heard)


def test_what_waits_to_be_written_is_written_once(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open(tmp_path / "out", "w", encoding="ascii") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        stream.write("before\n")
        assert [*map_by_processes(lambda item: stream.flush() or item, range(20), 2)] == [*range(20)]
    assert (tmp_path / "out").read_text() == "before\n"


def test_as_many_processes_as_may_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1, 2} if process == 0 else set(), raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert count_processes() == 3
    monkeypatch.setattr(sys, "platform", "darwin")
    assert count_processes() == 1
