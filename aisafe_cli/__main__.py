"""The entry point: it owns the exit codes, so that a crash or a full disk never looks like a failed gate."""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]  # `signal` itself only adds enumerations
import gc
import os
import sys
from types import FrameType

from aisafe_cli import __version__
from aisafe_cli.errors import AisafeError, ExitCode, describe
from aisafe_cli.text.annotations import NoReturn

_CRASH = (
    "aisafe: internal error: {error}. This is a bug; please report it with the command you ran."
    " AISAFE_TRACEBACK=1 shows more."
)


# What ends a program unless it says otherwise. Windows has some of them, and one of its own.
_ENDINGS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGXCPU", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGBREAK")


class _Terminated(BaseException):
    """Raised on a signal that ends the program, so that temporary files are removed."""


def main() -> NoReturn:
    """Run the command line and leave with the exit code of the result."""
    # A short run makes few cycles, and looking for them takes a tenth of its time.
    gc.set_threshold(50_000)
    _handle_signals()
    try:
        code = _flushed(_guarded(sys.argv[1:]))
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    except _Terminated:
        code = ExitCode.TERMINATED
    # Everything ends with the process. To look for cycles once more on the way out takes another tenth.
    gc.freeze()
    sys.exit(code)


def _handle_signals() -> None:
    for number in _list_signals():
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):  # `nohup` has one ignored
            signal.signal(number, _terminate)


def _list_signals() -> list[int]:
    return [getattr(signal, name) for name in _ENDINGS if hasattr(signal, name)]


def _terminate(signum: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001
    for number in _list_signals():  # the next one must not cut short what tidies up
        signal.signal(number, signal.SIG_IGN)
    if signum == signal.SIGINT:
        raise KeyboardInterrupt
    raise _Terminated


def _guarded(arguments: list[str]) -> int:
    try:
        return _run(arguments)
    except AisafeError as error:
        _say(describe(error))
        return error.exit_code
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except _Terminated:
        return ExitCode.TERMINATED
    except BrokenPipeError:
        return ExitCode.PASSED  # only help and the version are printed elsewhere than through files.py
    except OSError as error:
        _say(f"error: {error.strerror}")
        return ExitCode.NOT_EVALUATED
    except (MemoryError, RecursionError):
        _say("error: the input is too large or too complex")
        return ExitCode.NOT_EVALUATED
    except Exception as error:
        if os.environ.get("AISAFE_TRACEBACK"):
            import traceback  # for a crash alone

            _say(traceback.format_exc())
        # The message of an unforeseen error may hold content of a plan, so only its kind is shown.
        _say(_CRASH.format(error=type(error).__name__))
        return ExitCode.INTERNAL_ERROR


def _run(arguments: list[str]) -> int:
    if arguments == ["--version"]:  # the most frequent call of scripts, and it needs no argument parser
        print(__version__)
        return ExitCode.PASSED
    if arguments in (["--help"], ["-h"]) and _has_usual_width():  # which was laid out by docs/generate.py
        with open(os.path.join(os.path.dirname(__file__), "help.txt"), encoding="utf-8") as stream:
            print(stream.read(), end="")
        return ExitCode.PASSED
    from aisafe_cli.cli import run  # three quarters of a check, which the version and help do without

    return run(arguments)


def _has_usual_width() -> bool:
    """Return whether help is laid out on 80 columns: by no variable, and on no narrower terminal."""
    if "COLUMNS" in os.environ:
        return False
    return sys.stdout is None or not sys.stdout.isatty() or os.get_terminal_size(sys.stdout.fileno()).columns >= 80


def _flushed(code: int) -> int:
    """Return the code, or that of output that could not be written. A reader that has gone is no failure."""
    if sys.stdout is None:
        return code
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _say(f"error: standard output cannot be written: {error.strerror}")
        return ExitCode.NOT_EVALUATED
    return code


def _say(message: str) -> None:
    if sys.stderr is None:  # print would take standard output instead
        return
    try:
        print(message, file=sys.stderr, flush=True)
    except (OSError, ValueError, AttributeError):
        return


if __name__ == "__main__":
    main()
