"""What a run read: each file with its purpose, origin and hash, read once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from itertools import islice

from aisafe_cli.domain.verdict import ReadFile
from aisafe_cli.errors import AisafeError
from aisafe_cli.io.paths import STANDARD_INPUT, show_path
from aisafe_cli.io.read import hash_content, read_bytes
from aisafe_cli.io.resources import find_compiled, find_data_file
from aisafe_cli.parsing.yaml import MAX_BYTES, MAX_CATALOG_BYTES
from aisafe_cli.text.annotations import TypeVar, cast

WORKING_TREE, GIVEN, _PACKAGE = "working_tree", "standard_input", "package"
_ORDER = ("plan", "trusted_plan", "catalog", "access_ladder", "licenses", "configuration", "baseline", "evidence")
_Made = TypeVar("_Made")


class Provenance:
    """Reads what decides about plans, and lists it."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, str, str], ReadFile] = {}
        self._inputs: dict[str, None] = {}
        self._made: dict[object, object] = {}

    @property
    def files(self) -> tuple[ReadFile, ...]:
        """Every file that was read, by purpose and path."""
        return tuple(sorted(self._read.values(), key=lambda file: (_ORDER.index(file.purpose), file.path, file.origin)))

    @property
    def inputs(self) -> tuple[str, ...]:
        """The paths in the working tree that were read, so that no output replaces one of them."""
        return tuple(self._inputs)

    def mark(self) -> tuple[int, int]:
        """Return how much was read until now."""
        return len(self._read), len(self._inputs)

    def since(self, mark: tuple[int, int]) -> tuple[tuple[ReadFile, ...], tuple[str, ...]]:
        """Return the files and the inputs that were read after a mark."""
        files, inputs = mark
        return tuple(islice(self._read.values(), files, None)), tuple(islice(self._inputs, inputs, None))

    def add(self, files: Iterable[ReadFile], inputs: Iterable[str]) -> None:
        """List what another process read."""
        for file in files:
            self._read[file.purpose, file.path, file.origin] = file
        self.protect(*inputs)

    def read_working(self, path: str, purpose: str) -> bytes:
        """Return the content of a file of the working tree, or of standard input. Raises FileError."""
        content = read_bytes(path, MAX_CATALOG_BYTES if purpose == "catalog" else MAX_BYTES)
        self.list_content(path, purpose, GIVEN if path == STANDARD_INPUT else WORKING_TREE, content)
        return content

    def read_packaged(self, name: str, purpose: str) -> bytes:
        """Return the content of a data file of the package, and list it with its compiled form. Raises FileError."""
        content = read_bytes(find_data_file(name), MAX_BYTES)
        self.list_content(f"safeguards/{name}", purpose, _PACKAGE, content)
        if compiled := find_compiled(name, hash_content(content)):
            self.list_content(f"safeguards/compiled/{name}.json", purpose, _PACKAGE, compiled)
        return content

    def list_content(self, path: str, purpose: str, origin: str, content: bytes) -> None:
        """List a file by the content that was read of it."""
        self.list_file(path, purpose, origin, hash_content(content), len(content))

    def list_file(self, path: str, purpose: str, origin: str, sha256: str, size: int) -> None:
        """List a file by its hash."""
        if origin == WORKING_TREE:
            self.protect(path)
        shown = show_path(path)
        self._read[purpose, shown, origin] = ReadFile(
            path=shown, purpose=purpose, origin=origin, sha256=sha256, size=size
        )

    def protect(self, *paths: str) -> None:
        """Count paths among the inputs, which no output may replace."""
        self._inputs |= dict.fromkeys(paths)

    def make_once(self, make: Callable[..., _Made], *arguments: Hashable) -> _Made:
        """Return what was made before of the arguments, or raise the error that this ended with; else make it."""
        key = make, arguments
        if key not in self._made:
            try:
                self._made[key] = make(*arguments)
            except AisafeError as error:
                self._made[key] = error
        made = self._made[key]
        if isinstance(made, AisafeError):
            raise made
        return cast(_Made, made)
