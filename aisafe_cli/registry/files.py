"""Read a registry in batches, from Parquet or from JSON lines, and write verdicts as Parquet while they are made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from aisafe_cli.errors import FileError, RequestError
from aisafe_cli.io.paths import show_path
from aisafe_cli.io.read import open_regular
from aisafe_cli.io.write import replaced_by_stream
from aisafe_cli.parsing.yaml import MAX_BYTES
from aisafe_cli.registry.judge import ROWS_AT_ONCE, Registry, refuse_columns

_PARQUET = b"PAR1"
_LINES = 1 << 10  # at once


@contextmanager
def registry_opened(path: str, keep: Sequence[str]) -> Iterator[RegistryFile]:
    """Open a registry; `keep` are columns that are no part of its plans. Raises FileError and RequestError."""
    with open_regular(path) as stream:
        yield RegistryFile(path, stream, keep)


class RegistryFile:
    """A registry on disk. `rows` is None where only reading it through tells. Raises FileError and RequestError."""

    def __init__(self, path: str, stream: BinaryIO, keep: Sequence[str]) -> None:
        self.path = show_path(path)
        self._stream = stream
        self._keep = keep
        self.is_parquet = self._stream.read(len(_PARQUET)) == _PARQUET
        self._stream.seek(0)
        self.rows: int | None = None
        if self.is_parquet:
            with self._explained():
                self._file = pq.ParquetFile(self._stream)
            self.rows = self._file.metadata.num_rows
            refuse_columns(self._file.schema_arrow, keep, self.path)
        elif keep:
            raise RequestError("--keep is for columns of Parquet; JSON lines have none")

    def judge_each(self, registry: Registry) -> Iterator[pa.RecordBatch]:
        """Yield the verdicts in batches, each row with its number, from 1, and with the columns that are kept."""
        judged = self._judge_rows(registry) if self.is_parquet else self._judge_lines(registry)
        for numbers, verdicts in judged:
            row = pa.array(numbers, pa.int64())
            yield pa.RecordBatch.from_arrays([row, *verdicts.columns], ["row", *verdicts.schema.names])

    def _judge_rows(self, registry: Registry) -> Iterator[tuple[Sequence[int], pa.RecordBatch]]:
        first = 1
        with self._explained():
            for batch in self._read_batches():
                yield range(first, first + batch.num_rows), registry.judge_batch(batch, self._keep)
                first += batch.num_rows
            if first == 1:  # columns, though there is no row
                empty = self._file.schema_arrow.empty_table().combine_chunks()
                (batch,) = empty.to_batches() or [pa.RecordBatch.from_pylist([], empty.schema)]
                yield (), registry.judge_batch(batch, self._keep)

    def _read_batches(self) -> Iterator[pa.RecordBatch]:
        for group in range(self._file.num_row_groups):  # one reader for all keeps a part of each group that it has read
            yield from self._file.iter_batches(ROWS_AT_ONCE, row_groups=[group], use_threads=False)

    def _judge_lines(self, registry: Registry) -> Iterator[tuple[Sequence[int], pa.RecordBatch]]:
        lines: dict[int, bytes] = {}
        number = 0
        while line := self._stream.readline(MAX_BYTES + 1):
            number += 1
            if len(line) > MAX_BYTES:
                raise FileError(f"{self.path}:{number}: the line is larger than {MAX_BYTES} bytes")
            if line.strip():
                lines[number] = line.rstrip(b"\r\n")
            if len(lines) == _LINES:
                yield tuple(lines), registry.judge_texts(tuple(lines.values()))
                lines = {}
        if lines or not number:
            yield tuple(lines), registry.judge_texts(tuple(lines.values()))

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (pa.ArrowException, OSError) as error:
            raise FileError(f"{self.path}: cannot be read as Parquet: {error}") from error


@contextmanager
def verdicts_written(path: str | None, inputs: tuple[str, ...]) -> Iterator[Any]:
    """Yield what writes a batch of verdicts; the file is there when the block has ended well. None writes nothing."""
    if path is None:
        yield lambda _: None
        return
    with replaced_by_stream(path, inputs) as stream, _Writer(stream) as writer:
        yield writer.write


class _Writer:
    """Writes batches to a stream as Parquet, with the columns of the first."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._writer: Any = None

    def __enter__(self) -> _Writer:
        return self

    def write(self, batch: pa.RecordBatch) -> None:
        """Write a batch."""
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._stream, batch.schema, compression="zstd")
        self._writer.write_batch(batch)

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()
