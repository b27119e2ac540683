"""Reading within bounds, and writing whole or not at all."""

from __future__ import annotations

import builtins
import errno
import hashlib
import io
import os
import resource
import signal
import socket
import stat
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress

import pytest

from aisafe_cli.errors import FileError, OutputError
from aisafe_cli.io import write
from aisafe_cli.io.paths import identify_file, is_reached_by_link, measure_file, name_place, show_path
from aisafe_cli.io.read import describe_cause, hash_file, open_regular, read_bytes, read_lines, read_start
from aisafe_cli.io.write import append_to_file, replaced_by_stream, write_standard_output, write_whole, written_together

LIMIT = 1000
as_root = pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")


@pytest.fixture(autouse=True)
def alarm():
    """Whatever waits after all fails, rather than holding up the run."""

    def stop(*_arguments):
        raise TimeoutError("this would have waited")

    kept = signal.signal(signal.SIGALRM, stop)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, kept)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty current folder."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def names_in(folder):
    return sorted(os.listdir(folder))


# --- reading --------------------------------------------------------------------------------------------------------


def test_a_file_is_read_as_it_is(here):
    content = bytes(range(256)) + b"\r\n"
    (here / "a").write_bytes(content)
    assert read_bytes("a", LIMIT) == content
    assert read_bytes(str(here / "a"), LIMIT) == content


def test_an_empty_file_is_read(here):
    (here / "a").write_bytes(b"")
    assert read_bytes("a", LIMIT) == b""


@pytest.mark.parametrize("length", [LIMIT - 1, LIMIT, (1 << 16) - 1, 1 << 16, (1 << 16) + 1, 200_000])
def test_a_file_at_the_limit_is_read_whole_and_one_over_it_is_refused(here, length):
    (here / "a").write_bytes(b"x" * length)
    assert read_bytes("a", length) == b"x" * length
    with pytest.raises(FileError, match=rf"^a: is larger than {length - 1} bytes$"):
        read_bytes("a", length - 1)


def test_a_link_to_a_file_is_read(here):
    (here / "a").write_bytes(b"x")
    (here / "b").symlink_to("a")
    assert read_bytes("b", LIMIT) == b"x"


def make_fifo(folder):
    os.mkfifo(folder / "odd")


def make_folder(folder):
    (folder / "odd").mkdir()


def make_socket(folder):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("odd")
    assert (folder / "odd").exists()


def make_nothing(folder):
    assert not (folder / "odd").exists()


def make_dangling_link(folder):
    (folder / "odd").symlink_to("nowhere")


def make_loop(folder):
    (folder / "odd").symlink_to("odd")


def make_link_to_fifo(folder):
    os.mkfifo(folder / "pipe")
    (folder / "odd").symlink_to("pipe")


def make_link_to_device(folder):
    (folder / "odd").symlink_to("/dev/zero")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (make_fifo, "odd: is not a regular file"),
        (make_link_to_fifo, "odd: is not a regular file"),
        (make_link_to_device, "odd: is not a regular file"),
        (make_folder, "odd: is a folder, not a file"),
        (make_socket, f"odd: cannot be opened: {os.strerror(errno.ENXIO)}"),
        (make_nothing, f"odd: cannot be opened: {os.strerror(errno.ENOENT)}"),
        (make_dangling_link, f"odd: cannot be opened: {os.strerror(errno.ENOENT)}"),
        (make_loop, f"odd: cannot be opened: {os.strerror(errno.ELOOP)}"),
    ],
)
def test_what_is_no_regular_file_is_refused_at_once(here, make, message):
    make(here)
    with pytest.raises(FileError) as raised:
        read_bytes("odd", LIMIT)
    assert str(raised.value) == message


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/dev/full"])
def test_a_device_is_refused(path):
    with pytest.raises(FileError, match="is not a regular file"):
        read_bytes(path, LIMIT)


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="there is no /proc")
def test_a_file_of_proc_is_read_within_the_limit_though_it_says_it_is_empty():
    assert os.stat("/proc/self/status").st_size == 0
    assert read_bytes("/proc/self/status", 1 << 20).startswith(b"Name:")
    with pytest.raises(FileError, match="is larger than 10 bytes"):
        read_bytes("/proc/self/status", 10)


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="there is no /proc")
def test_a_file_that_cannot_be_read_after_it_is_opened_is_refused():
    with pytest.raises(FileError, match=rf"^/proc/self/mem: cannot be read: {os.strerror(errno.EIO)}$"):
        read_bytes("/proc/self/mem", LIMIT)


@as_root
def test_a_file_without_permission_is_refused(here):
    (here / "a").write_bytes(b"x")
    (here / "a").chmod(0)
    with pytest.raises(FileError, match=os.strerror(errno.EACCES)):
        read_bytes("a", LIMIT)


@pytest.mark.parametrize("path", ["", "a\0b", "a/b", "x" * 300])
def test_a_name_that_names_nothing_is_refused(here, path):
    (here / "a").write_bytes(b"x")
    with pytest.raises(FileError, match="cannot be opened"):
        read_bytes(path, LIMIT)


def test_messages_show_names_without_control_characters(here):
    name = "a\x1b[2J\n::error::\u202e\udcff"
    assert not (here / name).exists()
    with pytest.raises(FileError) as raised:
        read_bytes(name, LIMIT)
    assert str(raised.value).startswith(r"a\u{1b}[2J\n::error::\u{202e}\u{dcff}: cannot be opened: ")


def test_no_descriptor_is_left_open(here):
    (here / "a").write_bytes(b"x")
    (here / "folder").mkdir()

    def open_now():
        return len(os.listdir("/dev/fd"))

    before = open_now()
    read_bytes("a", LIMIT)
    for refused in ("folder", "missing"):
        with pytest.raises(FileError):
            read_bytes(refused, LIMIT)
    with pytest.raises(FileError):
        read_bytes("a", 0)
    write_whole("b", b"x")
    assert open_now() == before


@pytest.fixture
def standard_input():
    """A function that puts bytes on standard input, by way of a pipe."""
    kept = os.dup(0)

    def give(content):
        reading, writing = os.pipe()
        os.write(writing, content)
        os.close(writing)
        os.dup2(reading, 0)
        os.close(reading)

    yield give
    os.dup2(kept, 0)
    os.close(kept)


def test_standard_input_is_read_within_the_same_limit(standard_input):
    standard_input(b"x" * LIMIT)
    assert read_bytes("-", LIMIT) == b"x" * LIMIT
    standard_input(b"x" * (LIMIT + 1))
    with pytest.raises(FileError, match=rf"^<stdin>: is larger than {LIMIT} bytes$"):
        read_bytes("-", LIMIT)


def test_standard_input_stays_open_for_the_next_reader(standard_input):
    standard_input(b"x")
    assert identify_file("-") == (os.fstat(0).st_dev, os.fstat(0).st_ino) != identify_file("/dev/null")
    read_bytes("-", LIMIT)
    os.fstat(0)


def test_lines_of_standard_input_are_read_within_a_limit(standard_input):
    standard_input(b"1234X\n\r\n12 \r\n1234")
    assert [*read_lines(6)] == [b"1234X", b"", b"12 ", b"1234"]
    standard_input(b"1\n12345\n")
    lines = read_lines(5)
    assert next(lines) == b"1"
    with pytest.raises(FileError, match=r"^<stdin>: a line is larger than 5 bytes$"):
        next(lines)
    os.fstat(0)


@pytest.mark.parametrize("length", [0, 9, 10, 11, 200_000])
def test_a_file_is_hashed_streamed_and_begun_within_the_same_limit(here, length):
    content = (b"0123456789" * (length // 10 + 1))[:length]
    (here / "a").write_bytes(content)
    assert hash_file("a", length) == hashlib.sha256(content).hexdigest()
    with open_regular("a") as stream:
        assert stream.read() == content
    assert [read_start("a", limit) for limit in (10, 150_000)] == [content[:10], content[:150_000]]
    if length:
        with pytest.raises(FileError, match=rf"^a: is larger than {length - 1} bytes$"):
            hash_file("a", length - 1)


@pytest.mark.parametrize(
    ("path", "told"), [("/dev/null", "is not a regular file"), ("x\0", "cannot be opened: embedded null byte")]
)
def test_no_stream_is_opened_of_what_is_no_regular_file(path, told):
    before = len(os.listdir("/dev/fd"))
    with pytest.raises(FileError) as raised:
        open_regular(path)
    assert str(raised.value) == f"{show_path(path)}: {told}"
    assert len(os.listdir("/dev/fd")) == before


@pytest.mark.parametrize(
    ("error", "cause"), [(OSError(1, "broken"), "broken"), (OSError("odd"), "odd"), (ValueError(), "ValueError")]
)
def test_a_cause_is_told_in_the_words_of_the_system(error, cause):
    assert describe_cause(error) == cause


@pytest.mark.parametrize(
    ("path", "shown"), [("-", "<stdin>"), ("./-", "./-"), ("a b", "a b"), ("a\nb", r"a\nb"), ("\x9b", r"\u{9b}")]
)
def test_shown_path(path, shown):
    assert show_path(path) == shown


# --- names of one file ----------------------------------------------------------------------------------------------


def test_names_of_one_file_have_one_identity(here):
    (here / "a").write_text("")
    (here / "b").symlink_to("a")
    os.link("a", "c")
    (here / "other").write_text("")
    assert (
        identify_file("a")
        == identify_file("./a")
        == identify_file(str(here / "a"))
        == identify_file("b")
        == identify_file("c")
    )
    assert identify_file("a") != identify_file("other")


@pytest.mark.parametrize("path", ["missing", "a\0b", "x" * 300])
def test_what_is_not_there_is_only_itself(here, path):
    assert identify_file(path) == path
    assert names_in(here) == []


@pytest.fixture
def tree(here, tmp_path):
    """Files and folders inside and outside of the current folder, and links to all of them."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("")
    (here / "inner").mkdir()
    (here / "inner" / "plan").write_text("")
    (here / "link-out").symlink_to(tmp_path / "outside" / "secret")
    (here / "link-in").symlink_to("inner/plan")
    (here / "link-to-link").symlink_to("link-out")
    (here / "folder-out").symlink_to(tmp_path / "outside")
    (here / "folder-in").symlink_to("inner")
    (tmp_path / "link-back").symlink_to("here/inner/plan")
    return here


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("inner/plan", False),
        ("./inner/../inner/plan", False),
        ("link-in", False),
        ("folder-in/plan", False),
        ("../outside/secret", False),
        ("../link-back", False),
        ("missing", False),
        ("link-out", True),
        ("inner/../link-out", True),
        ("link-to-link", True),
        ("folder-out/secret", True),
    ],
)
def test_reached_by_link(tree, path, expected):
    assert os.getcwd() == os.path.realpath(tree)
    assert is_reached_by_link(path) is expected


@pytest.mark.parametrize(("name", "expected"), [("inner/plan", False), ("link-in", False), ("link-out", True)])
def test_reached_by_link_from_an_absolute_path(tree, name, expected):
    assert is_reached_by_link(str(tree / name)) is expected


def test_a_folder_that_is_called_almost_like_the_current_one_is_outside(here, tmp_path):
    (tmp_path / "here-too").mkdir()
    (tmp_path / "here-too" / "secret").write_text("")
    (here / "link").symlink_to("../here-too/secret")
    assert is_reached_by_link("link")


# --- writing --------------------------------------------------------------------------------------------------------


@contextmanager
def full_disk(length):
    """Limit the size of files, so that the system itself stops a write half way; the test run's own log included."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (length, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def umask():
    """A function that sets the mask of new files for this test."""
    kept = os.umask(0)
    yield os.umask
    os.umask(kept)


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)


@pytest.mark.parametrize("content", [b"", b"x", bytes(range(256)), b"line\r\n" * 50_000])
def test_a_file_is_written_whole(here, content):
    write_whole("out", content)
    assert (here / "out").read_bytes() == content
    write_whole("out", b"again")
    assert (here / "out").read_bytes() == b"again"
    assert names_in(here) == ["out"]


def test_a_reader_of_the_old_file_keeps_the_old_content(here):
    (here / "out").write_bytes(b"old")
    with open("out", "rb") as reader:
        write_whole("out", b"new")
        assert reader.read() == b"old"
    assert (here / "out").read_bytes() == b"new"


def test_a_write_that_stops_half_way_leaves_the_old_content(here):
    (here / "out").write_bytes(b"old")
    expected = f"^out: cannot be written: {os.strerror(errno.EFBIG)}$"
    with full_disk(1000), pytest.raises(OutputError, match=expected):
        write_whole("out", b"x" * 2000)
    assert (here / "out").read_bytes() == b"old"
    assert names_in(here) == ["out"]


def test_a_write_that_stops_half_way_leaves_no_new_file(here):
    with full_disk(1000), pytest.raises(OutputError):
        write_whole("out", b"x" * 2000)
    assert names_in(here) == []


@pytest.mark.parametrize("step", ["fsync", "replace", "chmod"])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), KeyboardInterrupt()])
def test_a_failure_at_any_step_leaves_the_old_content(here, monkeypatch, step, error):
    (here / "out").write_bytes(b"old")

    def fail(*_arguments):
        raise error

    monkeypatch.setattr(os, step, fail)
    with pytest.raises((OutputError, KeyboardInterrupt)):
        write_whole("out", b"new")
    monkeypatch.undo()
    assert (here / "out").read_bytes() == b"old"
    assert names_in(here) == ["out"]


def test_a_system_that_writes_little_at_a_time_gets_everything(here, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: write(descriptor, bytes(content[:7])))
    write_whole("out", bytes(range(100)))
    assert (here / "out").read_bytes() == bytes(range(100))


@pytest.mark.parametrize(("mask", "mode"), [(0, 0o666), (0o022, 0o644), (0o027, 0o640)])
def test_a_new_file_has_the_usual_mode(here, umask, mask, mode):
    umask(mask)
    write_whole("out", b"x")
    assert mode_of(here / "out") == mode


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o664])
def test_an_old_file_keeps_its_mode(here, umask, mode):
    (here / "out").write_bytes(b"old")
    (here / "out").chmod(mode)
    umask(0o077)
    write_whole("out", b"new")
    assert mode_of(here / "out") == mode


# Not tested: a name of more than some 240 bytes cannot be written, because the temporary name is longer.


def test_a_link_keeps_pointing_where_it_did(here):
    (here / "deep").mkdir()
    (here / "target").write_bytes(b"old")
    (here / "deep" / "out").symlink_to("../target")
    write_whole("deep/out", b"new")
    assert os.readlink("deep/out") == "../target"
    assert (here / "target").read_bytes() == b"new"
    assert names_in(here) == ["deep", "target"]


@pytest.mark.usefixtures("here")
def test_a_link_beside_its_target_is_followed_from_every_folder(tmp_path, monkeypatch):
    (tmp_path / "target").write_bytes(b"old")
    (tmp_path / "out").symlink_to("target")
    replaced = []
    replace = os.replace
    monkeypatch.setattr(os, "replace", lambda *paths: replaced.append(paths) or replace(*paths))
    write_whole("../out", b"new")
    assert (tmp_path / "target").read_bytes() == b"new"
    ((made, target),) = replaced
    assert os.path.dirname(made) == os.path.dirname(target)  # in one step, which no two folders can be sure of


@pytest.mark.parametrize("there", [True, False])
def test_a_link_to_another_folder_is_not_followed(here, tmp_path, there):
    if there:
        (tmp_path / "target").write_bytes(b"old")
    (here / "out").symlink_to("../target")
    with pytest.raises(OutputError, match="a link to another folder"):
        write_whole("out", b"new")
    assert names_in(tmp_path) == ["here", "target"] if there else ["here"]
    assert not there or (tmp_path / "target").read_bytes() == b"old"


def test_many_files_are_written_together_beside_what_killed_runs_left(here):
    names = [f"file{number}" for number in range(20)]
    with written_together([(name, [b"x"]) for name in names]):
        pass
    assert names_in(here) == sorted(names)


def test_a_link_to_a_file_that_is_not_there_yet_makes_it(here):
    (here / "out").symlink_to("target")
    write_whole("out", b"new")
    assert os.readlink("out") == "target"
    assert (here / "target").read_bytes() == b"new"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("missing/out", errno.ENOENT),
        ("file/out", errno.ENOTDIR),
        ("folder", errno.EISDIR),
        ("x" * 300, errno.ENAMETOOLONG),
    ],
)
def test_a_path_that_cannot_be_written_is_said(here, path, code):
    (here / "file").write_text("")
    (here / "folder").mkdir()
    with pytest.raises(OutputError) as raised:
        write_whole(path, b"x")
    assert str(raised.value) == f"{path}: cannot be written: {os.strerror(code)}"
    assert names_in(here) == ["file", "folder"]
    assert names_in(here / "folder") == []


def test_a_name_with_a_nul_is_an_output_error(here):
    with pytest.raises(OutputError, match=r"^a\\u\{0\}b: cannot be written"):
        write_whole("a\0b", b"x")
    assert names_in(here) == []


@as_root
@pytest.mark.parametrize("mode", [0o444, 0o644])
def test_in_a_folder_that_takes_no_file_one_that_may_be_written_is_written(here, mode):
    (here / "out").write_bytes(b"old, and longer than the new")
    (here / "out").chmod(mode)
    here.chmod(0o555)
    try:
        with suppress(OutputError):
            write_whole("out", b"new")
    finally:
        here.chmod(0o755)
    assert (here / "out").read_bytes() == (b"new" if mode == 0o644 else b"old, and longer than the new")
    assert names_in(here) == ["out"]


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS])
def test_a_file_in_a_folder_that_takes_no_new_one_is_written_where_it_is(here, monkeypatch, code):
    (here / "out").write_bytes(b"old, and longer than the new")
    open_file = builtins.open

    def refuse(path, *arguments, **options):
        if ".aisafe-" in str(path):
            raise OSError(code, os.strerror(code))
        return open_file(path, *arguments, **options)

    monkeypatch.setattr(builtins, "open", refuse)
    write_whole("out", b"new")
    assert (here / "out").read_bytes() == b"new"
    with (
        pytest.raises(OutputError, match=os.strerror(code)),
        written_together([("out", [b"newer"]), ("other", [b"x"])]),
    ):
        pass
    assert (here / "out").read_bytes() == b"new"
    assert names_in(here) == ["out"]


def test_a_second_name_of_a_file_stays_one(here):
    (here / "out").write_bytes(b"old, and longer than the new")
    os.link("out", "name")
    write_whole("out", b"new")
    assert (here / "name").read_bytes() == b"new"
    assert os.path.samefile("out", "name")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_a_file_keeps_its_owner(here):
    (here / "out").write_bytes(b"old")
    os.chown("out", 12345, 23456)
    with open("out", "rb") as reader:
        write_whole("out", b"new")
        assert reader.read() == b"old"
    assert ((here / "out").stat().st_uid, (here / "out").stat().st_gid) == (12345, 23456)


def test_a_file_of_somebody_whom_it_cannot_be_given_to_is_written_where_it_is(here, monkeypatch):
    (here / "out").write_bytes(b"old, and longer than the new")
    before = os.stat("out").st_ino
    owner = os.stat("out").st_uid
    monkeypatch.setattr(write, "_read_owner", lambda path: (owner + path.endswith("out"), 0, 0o600))

    def refuse(*_arguments):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "chown", refuse)
    write_whole("out", b"new")
    assert ((here / "out").read_bytes(), os.stat("out").st_ino) == (b"new", before)


def test_where_no_mode_can_be_set_blocks_reach_a_file_that_keeps_its_own(here, monkeypatch):
    (here / "out").write_bytes(b"old, and longer than the new")
    os.chmod("out", 0o640)
    before = os.stat("out").st_ino

    def refuse(*_arguments):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "chmod", refuse)
    with written_together([("out", iter([b"ne", b"w"]))]):
        pass
    assert ((here / "out").read_bytes(), os.stat("out").st_ino) == (b"new", before)
    write_by_stream("out", b"newer")
    assert ((here / "out").read_bytes(), stat.S_IMODE(os.stat("out").st_mode)) == (b"newer", 0o640)


def test_blocks_that_are_used_up_are_not_taken_for_none(here, monkeypatch):
    (here / "out").write_bytes(b"old")

    def refuse(*_arguments):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OutputError), written_together([("out", iter([b"new"]))]):
        pass
    assert ((here / "out").read_bytes(), names_in(here)) == (b"old", ["out"])


@pytest.mark.parametrize("code", [errno.EBUSY, errno.EPERM, errno.EXDEV])
def test_what_cannot_be_replaced_is_written_where_it_is(here, monkeypatch, code):
    (here / "out").write_bytes(b"old, and longer than the new")

    def refuse(*_arguments):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "replace", refuse)
    write_whole("out", b"new")
    assert (here / "out").read_bytes() == b"new"
    with pytest.raises(OutputError, match=os.strerror(code)):
        write_whole("other", b"new")
    assert names_in(here) == ["out"]


# --- by a stream ----------------------------------------------------------------------------------------------------


def write_by_stream(path, *parts, inputs=()):
    with replaced_by_stream(path, inputs) as stream:
        for part in parts:
            if isinstance(part, BaseException):
                raise part
            stream.write(part)


@pytest.mark.parametrize("old", [None, b"old, and longer than the new"])
def test_a_stream_takes_the_place_of_a_file_with_its_mode_and_owner(here, umask, old):
    umask(0o022)
    expected = 0o644, os.geteuid(), os.getegid()
    if old is not None:
        (here / "out").write_bytes(old)
        (here / "out").chmod(0o640)
        expected = (0o640, 12345, 23456) if os.geteuid() == 0 else (0o640, *expected[1:])
        os.chown("out", *expected[1:])
    write_by_stream("out", b"n", b"ew")
    status = os.stat("out")
    assert (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid) == expected
    assert (here / "out").read_bytes() == b"new"
    assert names_in(here) == ["out"]


def test_a_stream_reaches_every_name_of_a_file(here, monkeypatch):
    monkeypatch.setattr(write, "_PART", 2)
    (here / "out").write_bytes(b"old, and longer than the new")
    os.link("out", "name")
    write_by_stream("out", b"n", b"ew")
    assert (here / "name").read_bytes() == b"new"
    assert os.path.samefile("out", "name")
    assert names_in(here) == ["name", "out"]


@pytest.mark.parametrize("error", [OSError(errno.EIO, "broken"), KeyboardInterrupt()])
def test_a_stream_that_ends_early_leaves_the_old_content(here, error):
    (here / "out").write_bytes(b"old")
    with pytest.raises((OutputError, KeyboardInterrupt)):
        write_by_stream("out", b"new", error)
    assert (here / "out").read_bytes() == b"old"
    assert names_in(here) == ["out"]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/dev/null", "is not a regular file"),
        ("folder", "is not a regular file"),
        ("in", "is an input of this command; name another file"),
        ("missing/out", f"cannot be written: {os.strerror(errno.ENOENT)}"),
    ],
)
def test_what_a_stream_cannot_replace_is_said(here, path, told):
    (here / "folder").mkdir()
    (here / "in").write_bytes(b"old")
    with pytest.raises(OutputError) as raised:
        write_by_stream(path, b"new", inputs=("in",))
    assert str(raised.value) == f"{path}: {told}"
    assert names_in(here) == ["folder", "in"]


# --- several files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [OSError(errno.EIO, "broken"), KeyboardInterrupt(), SystemExit()])
@pytest.mark.parametrize("step", ["before", "after"])
@pytest.mark.parametrize("old", [True, False])
@pytest.mark.parametrize("links", [True, False])
def test_no_half_of_a_set_is_left(here, monkeypatch, error, step, old, links):
    """The second of three files fails, right before or right after it has been put in its place."""
    names = ["a", "b", "c"]
    for name in names if old else ():
        (here / name).write_bytes(b"old")
    replace, done = os.replace, []

    def fail(source, target):
        done.append(target)
        if len(done) == 2:
            if step == "after" or isinstance(error, OSError):
                replace(source, target)
            raise error
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail)
    if not links:
        monkeypatch.delattr(os, "link")
    with (
        pytest.raises((OutputError, KeyboardInterrupt, SystemExit)),
        written_together([(name, [b"new"]) for name in names]),
    ):
        pass
    left = {name: (here / name).read_bytes() for name in names_in(here)}
    if links or not old:
        assert left == (dict.fromkeys(names, b"old") if old else {})
    else:  # what could not be put back is taken away
        assert set(left.values()) == {b"old"}


def test_a_file_that_was_written_in_its_place_is_put_back_where_another_fails(here, monkeypatch):
    (here / "held").write_bytes(b"old")
    os.link("held", "name")

    def fail(*_arguments):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OutputError), written_together([("held", [b"new"]), ("other", [b"new"])]):
        pass
    assert (here / "held").read_bytes() == b"old"
    assert names_in(here) == ["held", "name"]


@contextmanager
def standing_for(descriptor, path):
    kept = os.dup(descriptor)
    opened = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(opened, descriptor)
    os.close(opened)
    try:
        yield
    finally:
        os.dup2(kept, descriptor)
        os.close(kept)


@pytest.mark.skipif(not os.path.exists("/dev/fd"), reason="there is no /dev/fd")
@pytest.mark.parametrize(
    "name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link", "deep/link", "/dev/fd/../fd/1"]
)
def test_an_open_descriptor_is_written_through(here, name):
    if name.startswith("/proc") and not os.path.exists(name):
        pytest.skip("there is no /proc")
    (here / "log").write_bytes(b"earlier\n")
    (here / "link").symlink_to("/dev/stdout")
    (here / "deep").mkdir()
    (here / "deep" / "link").symlink_to("../link")
    with standing_for(1, "log"):
        os.write(1, b"before\n")
        write_whole(name, b"report\n")
        os.write(1, b"after\n")
    assert (here / "log").read_bytes() == b"earlier\nbefore\nreport\nafter\n"


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="there is no /proc")
def test_an_open_descriptor_of_another_process_is_added_to(here):
    (here / "log").write_bytes(b"earlier\n")
    with open("log", "ab") as log:
        child = subprocess.Popen(["sleep", "60"], stdout=log)
    try:
        write_whole(f"/proc/{child.pid}/fd/1", b"report\n")
    finally:
        child.kill()
        child.wait()
    assert (here / "log").read_bytes() == b"earlier\nreport\n"
    assert names_in(here) == ["log"]


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="there is no /proc")
@pytest.mark.parametrize("folder", ["/dev/fd", "/proc/self/fd"])
def test_an_open_descriptor_that_no_name_opens_is_written_through(folder):
    one, other = socket.socketpair()
    with one, other:
        write_whole(f"{folder}/{one.fileno()}", b"report")
        assert other.recv(10) == b"report"


@pytest.mark.skipif(not os.path.exists("/dev/fd"), reason="there is no /dev/fd")
@pytest.mark.parametrize("number", ["99", "x", "-1"])
def test_a_descriptor_that_is_not_open_is_said(number):
    with pytest.raises(OutputError, match="cannot be written"):
        write_whole(f"/dev/fd/{number}", b"x")


# --- adding to a file -----------------------------------------------------------------------------------------------


def test_what_is_added_stands_at_the_end(here, umask):
    umask(0o022)
    append_to_file("out", b"a\n")
    append_to_file("out", b"b\r\n")
    assert (here / "out").read_bytes() == b"a\nb\r\n"
    assert mode_of(here / "out") == 0o644
    assert measure_file("out") == 5


# Not tested: adding to a pipe that nobody reads waits without end.
@pytest.mark.parametrize(
    ("path", "code"), [("missing/out", errno.ENOENT), (".", errno.EISDIR), ("/dev/full", errno.ENOSPC)]
)
def test_a_path_that_nothing_can_be_added_to_is_said(here, path, code):
    with pytest.raises(OutputError) as raised:
        append_to_file(path, b"x")
    assert str(raised.value) == f"{path}: cannot be written: {os.strerror(code)}"
    assert names_in(here) == []


@pytest.mark.parametrize("path", ["missing", "a\0b"])
def test_what_is_not_there_has_no_size(here, path):
    assert measure_file(path) == 0
    assert names_in(here) == []


# --- devices and pipes ----------------------------------------------------------------------------------------------


def test_a_device_is_written_through_and_stays_one(here):
    write_whole("/dev/null", b"x")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    (here / "out").symlink_to("/dev/null")
    write_whole("out", b"x")
    assert os.readlink("out") == "/dev/null"
    assert names_in(here) == ["out"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_full_device_is_an_output_error():
    with pytest.raises(OutputError, match=f"^/dev/full: cannot be written: {os.strerror(errno.ENOSPC)}$"):
        write_whole("/dev/full", b"x")
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)


def test_a_pipe_that_nobody_reads_is_an_output_error_at_once(here):
    os.mkfifo("pipe")
    with pytest.raises(OutputError, match=f"^pipe: cannot be written: {os.strerror(errno.ENXIO)}$"):
        write_whole("pipe", b"x")
    assert stat.S_ISFIFO(os.stat("pipe").st_mode)
    assert names_in(here) == ["pipe"]


def test_a_pipe_with_a_reader_gets_more_than_it_can_hold(here):
    os.mkfifo(here / "pipe")
    content = bytes(range(256)) * 2000
    received = []
    # Opened without waiting for a writer, then read with waiting, by a thread of its own.
    descriptor = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(descriptor, True)

    def read():
        left = len(content)
        while left > 0 and (part := os.read(descriptor, 1 << 16)):
            received.append(part)
            left -= len(part)

    # The other end is held open here as well, so that the reader does not see an end before the first byte.
    held = os.open("pipe", os.O_WRONLY)
    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    write_whole("pipe", content)
    os.close(held)
    reader.join(timeout=10)
    os.close(descriptor)
    assert b"".join(received) == content
    assert stat.S_ISFIFO(os.stat("pipe").st_mode)


# --- not over an input ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["plan", "./plan", "link", "hard", "folder/../plan"])
def test_an_input_is_not_written_over(here, name):
    (here / "folder").mkdir()
    (here / "plan").write_bytes(b"plan")
    (here / "link").symlink_to("plan")
    os.link("plan", "hard")
    with pytest.raises(OutputError, match="is an input of this command"):
        write_whole(name, b"report", inputs=("-", "other", "plan"))
    with pytest.raises(OutputError, match="is an input of this command"):
        write_whole("plan", b"report", inputs=(name,))
    assert (here / "plan").read_bytes() == b"plan"


def test_a_file_that_is_no_input_is_written(here):
    (here / "plan").write_bytes(b"plan")
    write_whole("out", b"report", inputs=("plan", "-"))
    write_whole("out", b"report", inputs=("plan", "-"))
    assert (here / "out").read_bytes() == b"report"


def test_standard_input_is_no_file_of_that_name(here):
    write_whole("-", b"report", inputs=("-",))
    write_whole("-", b"again", inputs=("-",))
    assert (here / "-").read_bytes() == b"again"


# --- standard output ------------------------------------------------------------------------------------------------


def test_standard_output_gets_the_bytes(monkeypatch, here):
    with open("out", "w", encoding="ascii") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        stream.write("before ")
        write_standard_output("é\n".encode())
    assert (here / "out").read_bytes() == "before é\n".encode()


def test_a_reader_that_has_seen_enough_is_no_failure(monkeypatch):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        write_standard_output(b"x" * 100_000)
        # What is written after that goes nowhere, and does not fail either: not even when Python closes the stream.
        stream.write("y")
        stream.flush()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_full_standard_output_is_an_output_error(monkeypatch):
    with open("/dev/full", "w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        with pytest.raises(OutputError, match=os.strerror(errno.ENOSPC)):
            write_standard_output(b"x")


def test_closed_standard_output_is_an_output_error(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(OutputError, match=r"^standard output is closed, so the report was not written$"):
        write_standard_output(b"x")


def test_on_windows_a_console_gets_the_bytes_through_the_stream(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO())  # which has no descriptor
    monkeypatch.setattr(sys, "stdout", stream)
    with monkeypatch.context() as windows:
        windows.setattr(os, "name", "nt")
        write_standard_output(b"text")
    assert stream.buffer.getvalue() == b"text"


@pytest.mark.parametrize(
    ("system", "code", "is_gone"),
    [
        ("nt", errno.EINVAL, True),
        ("nt", errno.EPIPE, True),
        ("nt", errno.ENOSPC, False),
        ("posix", errno.EINVAL, False),
    ],
)
def test_a_reader_is_gone_by_the_words_of_its_system(monkeypatch, system, code, is_gone):
    with monkeypatch.context() as other:
        other.setattr(os, "name", system)
        assert write.is_reader_gone(OSError(code, "x")) is is_gone


def test_a_linked_folder_below_here_is_seen_through_an_absolute_path(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "s").write_text("secret")
    (tmp_path / "here" / "l").symlink_to("../out")
    monkeypatch.chdir(tmp_path / "here")
    assert is_reached_by_link("l/s")
    assert is_reached_by_link(str(tmp_path / "here" / "l" / "s"))


def test_appending_to_a_pipe_that_nobody_reads_does_not_wait(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OutputError):
        append_to_file(str(tmp_path / "pipe"), b"x")


def test_long_names_leftovers_and_links_to_themselves(tmp_path):
    long_name = tmp_path / ("n" * 250)
    write_whole(str(long_name), b"x")
    assert long_name.read_bytes() == b"x"
    (tmp_path / f".aisafe-{os.getpid()}-0.tmp").touch()
    write_whole(str(tmp_path / "y"), b"y")
    assert (tmp_path / "y").read_bytes() == b"y"
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OutputError, match=r"/loop: is a link that leads nowhere$"):
        write_whole(str(tmp_path / "loop"), b"z")
    assert (tmp_path / "loop").is_symlink()


def test_a_place_is_the_same_from_every_folder(tmp_path, monkeypatch):
    top = tmp_path / "r"
    for folder in (top / ".git", top / "a" / "plans", top / "b", top / "nested" / ".git"):
        folder.mkdir(parents=True)
    (top / "link").symlink_to("a")
    places = {}
    for here in (top, top / "a", top / "b", tmp_path):
        monkeypatch.chdir(here)
        written = [os.path.relpath(top / "a" / "plans" / "x", here), str(top / "b" / ".." / "link" / "plans" / "x")]
        places[here] = {name_place(path) for path in (*written, f"./{written[0]}")}
    assert set(map(frozenset, places.values())) == {frozenset({"a/plans/x"})}
    assert name_place(str(top / "nested" / "x")) == "x"
    assert name_place("-") == "<stdin>"


def test_a_place_outside_of_any_repository_is_relative_below_the_current_folder_and_else_full(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert name_place("./d/../x") == "x"
    assert name_place("../x") == os.path.realpath(tmp_path / "x")


def test_a_new_file_is_written_with_its_folders_and_replaces_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in ("a.txt", "x/y/b.txt", "x/y/c.txt"):
        write.write_new(path, b"text")
        assert (tmp_path / path).read_bytes() == b"text"
        assert stat.S_IMODE((tmp_path / path).stat().st_mode) == 0o666 & ~_read_mask()
    with pytest.raises(OutputError, match=r"^a\.txt: cannot be written: File exists"):
        write.write_new("a.txt", b"other")
    monkeypatch.setattr(os, "write", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left")))
    with pytest.raises(OutputError, match=r"^d\.txt: cannot be written: No space left"):
        write.write_new("d.txt", b"text")
    assert not (tmp_path / "d.txt").exists()
    assert (tmp_path / "a.txt").read_bytes() == b"text"


def _read_mask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_link_to_a_device_leads_away_to_no_file(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "null").symlink_to(os.devnull)
    write_whole(str(tmp_path / "in" / "null"), b"x")
    (tmp_path / "inner").write_text("")
    (tmp_path / "in" / "link").symlink_to("../inner")
    with pytest.raises(OutputError, match="is a link to another folder"):
        write_whole(str(tmp_path / "in" / "link"), b"x")
