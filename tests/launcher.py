"""Runs the program in forks of one process that has imported it, and measures them.

Each run is a process of its own, with an exit code and a peak of memory; it is only spared the imports, which are most
of a run. `Launcher` is the end that tests use, `main` the process that forks.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_MAX_ADDRESS_SPACE = 4 << 30  # keeps the machine alive should a bound be missing
_HANGS_AFTER = 60  # seconds of wall-clock, so that a busy machine fails no test


@dataclass(frozen=True, kw_only=True)
class Done:
    """What one run did: exit code (negative for a signal), seconds of processor, peak of memory in bytes, output."""

    code: int
    cpu: float
    memory: int
    out: bytes
    err: bytes

    @property
    def stdout(self) -> str:
        """Standard output as text."""
        return read_text(self.out)

    @property
    def stderr(self) -> str:
        """Standard error as text."""
        return read_text(self.err)


def read_text(output: bytes) -> str:
    """Return output as text with universal line ends, as `subprocess` does."""
    return output.decode().replace("\r\n", "\n").replace("\r", "\n")


class Launcher:
    """Starts runs of the program, one at a time."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        command = [sys.executable, __file__, str(theirs.fileno())]
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()

    def close(self) -> None:
        """End the process that forks."""
        self._socket.close()
        self._process.wait()

    def run(
        self, arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdin: bytes | Path = b"", cpu: int = 60
    ) -> Done:
        """Run `aisafe`; `stdin` is what it reads there, or the path of that."""
        with contextlib.ExitStack() as opened:
            request, given, out, err = [opened.enter_context(tempfile.TemporaryFile()) for _ in range(4)]
            request.write(json.dumps([arguments, str(cwd), dict(env), cpu]).encode("utf-8", "surrogatepass"))
            request.seek(0)
            if isinstance(stdin, Path):
                given = opened.enter_context(stdin.open("rb"))
            else:
                given.write(stdin)
                given.seek(0)
            socket.send_fds(self._socket, [b"run"], [file.fileno() for file in (request, given, out, err)])
            code, cpu_taken, memory = json.loads(self._socket.recv(1000))
            out.seek(0)
            err.seek(0)
            return Done(code=code, cpu=cpu_taken, memory=memory, out=out.read(), err=err.read())


@cache
def launcher() -> Launcher:
    """Return the one of this process. What it started ends with this process."""
    started = Launcher()
    atexit.register(started.close)
    return started


def main() -> None:
    """Fork for each request that comes over the socket, until there are no more."""
    import runpy

    sys.path[0] = str(Path(__file__).parents[1])
    import_program()
    connection = socket.socket(fileno=int(sys.argv[1]))
    while True:
        message, files, *_ = socket.recv_fds(connection, 100, 4)
        if not message:
            return
        with open(files[0], encoding="utf-8", errors="surrogatepass") as stored:
            arguments, cwd, env, cpu = json.load(stored)
        child = os.fork()
        if not child:
            become(cwd, env, files[1:], cpu)
            sys.argv = ["aisafe", *arguments]
            sys.path[0] = cwd  # as `python -m` has it
            runpy.run_module("aisafe_cli", run_name="__main__", alter_sys=True)
            return
        for file in files[1:]:
            os.close(file)
        _, status, usage = os.wait4(child, 0)
        taken = usage.ru_utime + usage.ru_stime
        connection.sendall(json.dumps([os.waitstatus_to_exitcode(status), taken, usage.ru_maxrss << 10]).encode())


def import_program() -> None:
    """Import every module that a run could."""
    import gc
    import importlib
    import pkgutil

    import jinja2.sandbox  # noqa: F401

    import aisafe_cli

    for module in pkgutil.walk_packages(aisafe_cli.__path__, "aisafe_cli."):
        if module.name != "aisafe_cli.__main__" and ".registry." not in module.name:  # which needs an extra
            importlib.import_module(module.name)
    gc.freeze()


def become(cwd: str, env: Mapping[str, str], streams: Sequence[int], cpu: int) -> None:
    """Make this process what a shell would start in a folder, within limits."""
    import resource

    os.setsid()
    for target, file in enumerate(streams):
        os.dup2(file, target)
    os.closerange(3, 100)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    signal.alarm(_HANGS_AFTER)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_ADDRESS_SPACE, _MAX_ADDRESS_SPACE))


if __name__ == "__main__":
    main()
