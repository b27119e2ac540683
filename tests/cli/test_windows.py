"""The program without what Windows' Python lacks: a simulation, beside the run on Windows that CI makes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, copy_example

PLAN = ROOT / "examples" / "staged-hybrid.plan.yaml"
# Runs the program in a Python that has lost names and modules. `os.name` stays, since the standard library goes by it.
WITHOUT = """
import os, signal, sys
import subprocess, shutil, tempfile, select, pathlib  # the standard library was made for the system that it runs on
LOST = {
    os: '''
        O_NONBLOCK O_CLOEXEC O_NOCTTY O_NOFOLLOW O_DIRECTORY O_SYNC O_DSYNC O_ASYNC O_ACCMODE O_PATH
        O_TMPFILE O_NOATIME fork forkpty fchmod fchown chown lchown chroot getuid geteuid getgid
        getegid getgroups getpgid getpgrp getsid setsid setuid setgid seteuid setegid setgroups
        killpg mkfifo mknod openpty pathconf fpathconf sysconf statvfs fstatvfs uname nice
        sched_yield sendfile set_blocking get_blocking ttyname tcgetpgrp wait wait3 wait4 waitid
        WIFSIGNALED confstr ctermid getloadavg fdatasync fchdir lockf pread pwrite preadv
        posix_fallocate posix_fadvise readv writev pipe2 sync getxattr setxattr listxattr
        memfd_create eventfd splice
    ''',
    signal: '''
        SIGHUP SIGQUIT SIGUSR1 SIGUSR2 SIGPIPE SIGALRM SIGCHLD SIGCONT SIGSTOP SIGTSTP
        SIGPROF SIGVTALRM SIGXCPU SIGXFSZ SIGWINCH SIGIO SIGSYS SIGTRAP SIGURG SIGTTIN SIGTTOU
        ITIMER_PROF ITIMER_REAL alarm pause setitimer getitimer siginterrupt pthread_kill
        pthread_sigmask sigpending sigwait sigwaitinfo sigtimedwait
    ''',
}
for module, names in LOST.items():
    for name in names.split():
        if hasattr(module, name):
            delattr(module, name)
for name in "fcntl grp pwd resource termios tty pty syslog posix_ipc readline crypt nis spwd curses".split():
    sys.modules[name] = None
sys.argv[0] = "aisafe"
sys.path.insert(0, ROOT)
from aisafe_cli.__main__ import main
main()
"""


def run_without(folder: Path, *arguments: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    script = folder / "without.py"
    script.write_text(f"ROOT = {str(ROOT)!r}\n{WITHOUT}")
    command = [sys.executable, "-X", "utf8=0", str(script), *arguments]
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False, **options
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--version",), 0),
        (("--help",), 0),
        (("check", "a.plan.yaml", "--as-of", "2026-11-22"), 0),
        (("check", ".", "--as-of", "2026-11-22", "-f", "json=a.json", "-f", "html=a.html", "-f", "csv"), 0),
        (("check", "*.plan.yaml", "--as-of", "2026-11-22", "--strict"), 1),
        (("check", "missing.plan.yaml"), 2),
        (("check", "none/*"), 3),
        (("report", "a.plan.yaml", "-o", "a.md"), 0),
        (("explain", "AB-03"), 0),
        (("init", "-o", "b.plan.yaml", "--name", "Ñandú", "--channel", "w=open_weights"), 0),
        (("demo",), 0),
        (("baseline", "a.plan.yaml", "-o", "base.yaml", "--reason", "x", "--as-of", "2026-11-22"), 0),
        (("diff", "HEAD:a.plan.yaml", "a.plan.yaml"), 0),
        (("check", "a.plan.yaml", "--trusted-ref", "HEAD", "--as-of", "2026-11-22"), 0),
        (("suggest", "a.plan.yaml", "--as-of", "2026-11-22"), 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_every_kind_of_command_runs(tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    copy_example(PLAN, tmp_path / "a.plan.yaml")
    for git in ("init -q", "add a.plan.yaml", "-c user.name=a -c user.email=a@b commit -q -m x"):
        subprocess.run(["git", *git.split()], cwd=tmp_path, check=True)
    done = run_without(tmp_path, *arguments)
    assert done.returncode == code, done.stderr.decode()
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-16", "cp437"])
def test_what_is_printed_is_utf_8_whatever_the_console_writes(tmp_path: Path, encoding: str) -> None:
    copy_example(PLAN, tmp_path / "a.plan.yaml")
    for arguments in (("check", "a.plan.yaml", "--as-of", "2026-11-22"), ("explain", "AB-03"), ("demo",)):
        expected = run_without(tmp_path, *arguments)
        done = run_without(tmp_path, *arguments, env={"PYTHONIOENCODING": encoding, "PATH": ""})
        assert (done.returncode, done.stdout) == (expected.returncode, expected.stdout), done.stderr
        expected.stdout.decode("utf-8")
    for arguments in (("--help",), ("check", "--help"), ("--version",)):
        assert run_without(tmp_path, *arguments, env={"PYTHONIOENCODING": encoding, "PATH": ""}).returncode == 0
