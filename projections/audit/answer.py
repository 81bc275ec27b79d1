"""The answer to a question: columns, types and rows, read as they are needed."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from projections.audit.errors import QueryError


class Answer:
    """Rows that DuckDB gives out batch by batch; they can be read once.

    Iterating gives tuples of Python values: times are aware datetimes in UTC, lists are lists,
    JSON columns are text. Raises QueryError when the question takes too long after all.
    """

    def __init__(
        self,
        columns: list[str],
        types: list[str],
        reader: pa.RecordBatchReader,
        close: Callable[[], None],
        explain: Callable[[Exception], QueryError],
    ) -> None:
        self.columns, self.types = columns, types
        self._reader, self._close, self._explain = reader, close, explain

    def __enter__(self) -> Answer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        for batch in self._batches():
            cells = [_values(column) for column in batch.columns]
            yield from zip(*cells, strict=True)

    def rows(self) -> list[tuple[Any, ...]]:
        """All rows that were not read yet."""
        return list(self)

    def close(self) -> None:
        """Give the connection back; what was not read is lost. Closing twice is fine."""
        self._close()

    def to_csv(self, path: Path) -> int:
        """Write the rows as UTF-8 CSV with a header line; the number of rows.

        Times are ISO 8601, lists and structures JSON, NULL is empty.
        """

        def write(file: IO[bytes]) -> int:
            count = 0
            text = _Text(file)
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(self.columns)
            for row in self:
                writer.writerow([_cell(value) for value in row])
                count += 1
            return count

        return _whole(path, write)

    def to_parquet(self, path: Path) -> int:
        """Write the rows as Parquet; the number of rows.

        Raises QueryError for a type that Parquet lacks.
        """

        def write(file: IO[bytes]) -> int:
            count = 0
            schema = pa.schema(
                [
                    field.with_name(name)
                    for field, name in zip(self._reader.schema, self.columns, strict=True)
                ]
            )
            with pq.ParquetWriter(file, schema) as writer:
                for batch in self._batches():
                    writer.write_batch(batch.rename_columns(self.columns))
                    count += batch.num_rows
            return count

        try:
            return _whole(path, write)
        except pa.ArrowNotImplementedError as error:
            raise QueryError(
                "the answer cannot be written as Parquet",
                why=str(error).splitlines()[0],
                fix="Cast that column to VARCHAR in the question.",
            ) from None

    def _batches(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._reader
        except (OSError, pa.ArrowException) as error:
            raise self._explain(error) from None
        finally:
            self._close()


def _values(column: pa.Array) -> list[Any]:
    values: list[Any] = column.to_pylist()
    if pa.types.is_decimal(column.type) and column.type.scale == 0:
        return [None if value is None else int(value) for value in values]
    return values


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float | Decimal):
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return msgspec.json.encode(value, enc_hook=str).decode()


class _Text:
    """What csv needs of a text file, over a binary one that stays open."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        return self._file.write(text.encode())


def _whole(path: Path, write: Callable[[IO[bytes]], int]) -> int:
    """Write the whole file or none: a half answer must not look like an answer."""
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("wb") as file:
            count = write(file)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return count
