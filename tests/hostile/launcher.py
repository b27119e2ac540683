"""Run programs and measure them: a small process of its own, told what to run by lines of JSON on standard input.

A child inherits its parent's peak memory as the kernel counts it, so whoever measures has to be smaller than what is
measured, and a test runner is not.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from typing import Any

_MAX_ADDRESS_SPACE = 4 << 30  # keeps the machine alive should a bound be missing


def measure(request: dict[str, Any]) -> dict[str, Any]:
    """Run one program to its end, or to the limits that were asked for, and return what it took."""
    with open(request["stdout"], "wb") as out, open(request["stderr"], "wb") as err:
        stdin = os.open(request["stdin"], os.O_RDONLY)
        began = time.monotonic()
        process = subprocess.Popen(
            request["argv"],
            cwd=request["cwd"],
            env=request["env"],
            stdin=stdin,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        os.close(stdin)
        resource.prlimit(process.pid, resource.RLIMIT_CPU, (request["cpu"], request["cpu"] + 1))
        resource.prlimit(process.pid, resource.RLIMIT_AS, (_MAX_ADDRESS_SPACE, _MAX_ADDRESS_SPACE))
        timer = threading.Timer(request["wall"], os.kill, (process.pid, signal.SIGKILL))
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
    return {
        "code": process.returncode,
        "cpu": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss << 10,
        "wall": time.monotonic() - began,
    }


def main() -> None:
    """Answer each line with a line, until there are no more."""
    for line in sys.stdin:
        print(json.dumps(measure(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
