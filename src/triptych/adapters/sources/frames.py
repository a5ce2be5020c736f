"""Frames: whole columns checked at once and written as a database takes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from triptych.adapters.database.sqlite_dialect import SqliteDialect
from triptych.adapters.objects.layout import Column, Layout
from triptych.adapters.objects.mapping import encoder, make_mapping
from triptych.adapters.objects.tables import ENTRY, VERSION
from triptych.adapters.sources.declaration import CsvFile
from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.ontology import (
    Bounds,
    Choice,
    Enumeration,
    ObjectType,
    Property,
    Scalar,
    ScalarKind,
    Structure,
)

BATCH = 50_000
BLOCK = 4 * 1024 * 1024
_MOST_TOLD = 5
_UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_DECIMAL = r"^-?\d{1,1000}(\.\d{1,1000})?$"
_INSTANT = "%Y-%m-%dT%H:%M:%S%.6fZ"
_INSTANT_TYPE = pl.Datetime("us", "UTC")
_TYPES: dict[ScalarKind, tuple[Any, Callable[[Any], bool]]] = {
    ScalarKind.STR: (pl.String, lambda given: given == pl.String),
    ScalarKind.INT: (pl.Int64, lambda given: given.is_integer()),
    ScalarKind.FLOAT: (pl.Float64, lambda given: given.is_numeric()),
    ScalarKind.BOOL: (pl.Boolean, lambda given: given == pl.Boolean),
    ScalarKind.DECIMAL: (pl.String, lambda given: given.is_decimal() or given == pl.String),
    ScalarKind.UUID: (pl.String, lambda given: given == pl.String),
    ScalarKind.BYTES: (pl.Binary, lambda given: given == pl.Binary),
    ScalarKind.DATE: (pl.Date, lambda given: given == pl.Date),
    ScalarKind.TIME: (pl.Time, lambda given: given == pl.Time),
    ScalarKind.DATETIME: (
        _INSTANT_TYPE,
        lambda given: isinstance(given, pl.Datetime) and given.time_zone is not None,
    ),
    ScalarKind.TIMEDELTA: (pl.Duration("us"), lambda given: isinstance(given, pl.Duration)),
}
_SQLITE: dict[ScalarKind, Callable[[pl.Expr], pl.Expr]] = {
    ScalarKind.BOOL: lambda cell: cell.cast(pl.Int64),
    ScalarKind.DATE: lambda cell: cell.dt.strftime("%Y-%m-%d"),
    ScalarKind.TIME: lambda cell: cell.dt.strftime("%H:%M:%S%.6f"),
    ScalarKind.DATETIME: lambda cell: cell.dt.strftime(_INSTANT),
    ScalarKind.TIMEDELTA: lambda cell: cell.dt.total_microseconds(),
}
_POSTGRESQL: dict[ScalarKind, Callable[[pl.Expr], pl.Expr]] = {
    ScalarKind.BYTES: lambda cell: pl.lit("\\x") + cell.bin.encode("hex"),
    ScalarKind.DATETIME: lambda cell: cell.dt.strftime(_INSTANT),
    ScalarKind.TIMEDELTA: lambda cell: pl.format("{} microseconds", cell.dt.total_microseconds()),
}
_MISFITS: Mapping[ScalarKind, Callable[[pl.Expr], pl.Expr]] = {
    ScalarKind.STR: lambda cell: cell.str.contains("\0", literal=True),
    ScalarKind.UUID: lambda cell: cell.str.contains(_UUID).not_(),
    ScalarKind.FLOAT: lambda cell: cell.is_finite().not_(),
    ScalarKind.DECIMAL: lambda cell: cell.str.contains(_DECIMAL).not_(),
}
_FIRST_VERSION = pl.lit(1, pl.Int64).alias(VERSION)
_WRITERS: Mapping[str, Mapping[ScalarKind, Callable[[pl.Expr], pl.Expr]]] = {
    "sqlite": _SQLITE,
    "postgresql": _POSTGRESQL,
}


def scan(file: CsvFile, content: Path | bytes) -> pl.LazyFrame:
    """Opens a file, or a block of it, as a frame in which every cell is text or nothing."""
    return pl.scan_csv(content, infer_schema=False, null_values=list(file.missing) or None)


def blocks(path: Path, size: int = BLOCK) -> Iterator[bytes]:
    r"""Yields a file in blocks of whole rows, each with the header; at least one.

    Args:
        path: A file of comma-separated values.
        size: How many bytes are read at a time; a block may be larger by a row.

    Example:
        ```python
        from pathlib import Path
        from tempfile import TemporaryDirectory

        from triptych.adapters.sources.frames import blocks

        with TemporaryDirectory() as folder:
            path = Path(folder, "a.csv")
            path.write_bytes(b'a\n1\n"2\n3"\n')
            assert list(blocks(path, 4)) == [b"a\n1\n", b'a\n"2\n3"\n']
        ```
    """
    with path.open("rb") as file:
        header, rest, is_first = file.readline(), b"", True
        while read := file.read(size):
            rest += read
            end = _last_row_end(rest)
            if end:
                yield header + rest[:end]
                rest, is_first = rest[end:], False
        if rest or is_first:
            yield header + rest


def _last_row_end(content: bytes) -> int:
    """Finds where the last whole row ends: a break between an odd number of quotes is text."""
    end = content.rfind(b"\n") + 1
    while end and content.count(b'"', 0, end) % 2:
        end = content.rfind(b"\n", 0, end - 1) + 1
    return end


def row_count(path: Path) -> int:
    """Counts the lines of a file after its header: about its rows, for showing progress."""
    with path.open("rb") as file:
        lines = sum(read.count(b"\n") for read in iter(lambda: file.read(1 << 20), b""))
    return max(lines - 1, 0)


class FrameWriter:
    """Turns what a source's function made into the cells of a table.

    Args:
        layout: The row of the object type.
        dialect: The name of the database's dialect.
        where: What to call the source in messages.
        entry: The entry of the ledger that the load is.
    """

    def __init__(self, layout: Layout, dialect: str, where: str, entry: int) -> None:
        self._layout = layout
        self._writers = _WRITERS[dialect]
        self._make = None
        if _has_invariants(layout.object_type):
            self._make = make_mapping(layout, SqliteDialect()).make
        self._where = where
        self._entry = pl.lit(entry, pl.Int64).alias(ENTRY)

    def batches(self, frame: pl.LazyFrame) -> Iterator[pl.DataFrame]:
        """Yields the rows of a table, checked, in batches.

        Raises:
            InvalidInput: A column is missing or of another type, or values do not fit.
        """
        try:
            plan = self._typed(frame)
            for batch in plan.collect_batches(chunk_size=BATCH, maintain_order=True):
                self._check(batch)
                self._check_invariants(batch)
                yield batch.select(
                    _FIRST_VERSION,
                    self._entry,
                    *(_written(each, self._writers) for each in self._layout.columns),
                )
        except pl.exceptions.PolarsError as error:
            found = str(error).partition("\n")[0]
            raise InvalidInput([Problem(self._where, found)]) from error

    def _typed(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """Selects one typed column for each column of the table, or tells all that hinders."""
        given = frame.collect_schema()
        problems: list[Problem] = []
        columns = [self._column(each, given, problems) for each in self._layout.columns]
        known = {_path(each) for each in self._layout.columns}
        for name in given:
            if name not in known:
                problems.append(Problem(f"{self._where}.{name}", "there is no such property"))
        if problems:
            raise InvalidInput(problems)
        return frame.select(*columns)

    def _column(self, of: Column, given: pl.Schema, problems: list[Problem]) -> pl.Expr:
        where = f"{self._where}.{_path(of)}"
        if of.is_presence or of.many or isinstance(of.type, Structure) or of.type is None:
            found = f"{of.name} has several parts, which a column has not"
            problems.append(Problem(where, found, "make the objects row by row instead"))
            return pl.lit(None).alias(of.name)
        wanted, accepts = _TYPES[of.type.kind]
        if _path(of) not in given:
            return self._default(of, problems).cast(wanted).alias(of.name)
        if given[_path(of)] != pl.Null and not accepts(given[_path(of)]):
            found = f"the column is {given[_path(of)]}, the property a {of.type.label}"
            problems.append(Problem(where, found, "cast it"))
        cell = pl.col(_path(of))
        if isinstance(given[_path(of)], pl.Datetime):
            cell = cell.dt.convert_time_zone("UTC") if accepts(given[_path(of)]) else cell
        return cell.cast(wanted).alias(of.name)

    def _default(self, of: Column, problems: list[Problem]) -> pl.Expr:
        held = self._held(of)
        if held.default is None or held.default.is_made or len(of.path) > 1:
            problems.append(Problem(f"{self._where}.{_path(of)}", "there is no such column"))
            return pl.lit(None)
        value = held.default.value
        if isinstance(held.type, Enumeration):
            value = next(
                stored for stored, name in held.type.members if held.type.python[name] is value
            )
        return pl.lit(value)

    def _held(self, of: Column) -> Property:
        return self._layout.object_type.property(of.path[0])

    def _check(self, batch: pl.DataFrame) -> None:
        """Checks every value of a batch.

        Raises:
            InvalidInput: Some do not fit; the first few of each column are told.
        """
        flags = [self._misfit(each).alias(each.name) for each in self._layout.columns]
        if not any(batch.select(*(flag.any() for flag in flags)).row(0)):
            return
        key = self._layout.key[0].name
        problems = []
        for column, flag in zip(self._layout.columns, flags, strict=True):
            misfits = batch.filter(flag).select(
                pl.col(key).alias("key"), pl.col(column.name).alias("value")
            )
            for owner, value in misfits.head(_MOST_TOLD).iter_rows():
                reason = _reason(column, value)
                problems.append(Problem(f"{self._where} {owner}.{_path(column)}", reason))
            if misfits.height > _MOST_TOLD:
                rest = misfits.height - _MOST_TOLD
                problems.append(
                    Problem(f"{self._where}.{_path(column)}", f"{rest} more like these")
                )
        raise InvalidInput(problems)

    def _check_invariants(self, batch: pl.DataFrame) -> None:
        """Makes each object, where objects check themselves when they are made.

        Raises:
            InvalidInput: Some cannot be; the first few are told.
        """
        if self._make is None:
            return
        written = batch.select(*(_written(each, _SQLITE) for each in self._layout.columns))
        key = [each.name for each in self._layout.columns].index(self._layout.key[0].name)
        problems = []
        for row in written.iter_rows():
            try:
                self._make(row)
            except ValueError as error:
                problems.append(Problem(f"{self._where} {row[key]}", str(error)))
                if len(problems) == _MOST_TOLD:
                    break
        if problems:
            raise InvalidInput(problems)

    def _misfit(self, of: Column) -> pl.Expr:
        cell = pl.col(of.name)
        misfit = pl.lit(False) if of.is_nullable else cell.is_null()
        if isinstance(of.type, Enumeration | Choice):
            misfit |= cell.is_in(list(of.type.values)).not_()
        kind = _kind(of)
        if kind is not None and kind in _MISFITS:
            misfit |= _MISFITS[kind](cell)
        if isinstance(of.type, Scalar) and of.type.bounds:
            size = cell.str.len_chars() if kind is ScalarKind.STR else cell
            misfit |= _beyond(of.type.bounds, cell, size)
        return misfit.fill_null(False)


def _written(of: Column, writers: Mapping[ScalarKind, Callable[[pl.Expr], pl.Expr]]) -> pl.Expr:
    """Writes a column as a database takes it."""
    kind = _kind(of)
    write = writers.get(kind) if kind else None
    return write(pl.col(of.name)).alias(of.name) if write else pl.col(of.name)


def _has_invariants(of: ObjectType | Structure) -> bool:
    """Tells whether an object, or a value object in it, checks itself when it is made."""
    inner = (each.type for each in of.properties if isinstance(each.type, Structure))
    return of.has_invariants or any(_has_invariants(each) for each in inner)


def _beyond(bounds: Bounds, cell: pl.Expr, size: pl.Expr) -> pl.Expr:
    misfit = pl.lit(False)
    if bounds.low is not None:
        misfit |= size < bounds.low
    if bounds.high is not None:
        misfit |= size > bounds.high
    if bounds.pattern is not None:
        misfit |= cell.str.contains(f"^(?:{bounds.pattern})$").not_()
    return misfit


def _path(of: Column) -> str:
    return ".".join(of.path)


def _kind(of: Column) -> ScalarKind | None:
    return None if of.type is None or isinstance(of.type, Structure) else of.type.kind


def _reason(column: Column, value: Any) -> str:
    """Says why a value does not fit, in the words used everywhere else."""
    if value is None:
        return "there is no value"
    if _kind(column) is ScalarKind.DECIMAL:
        return f"{value!r:.60} is not a decimal number"
    try:
        encoder(column, SqliteDialect())(value)
    except ValueError as error:
        return str(error)
    return f"{value!r:.60} does not fit"
