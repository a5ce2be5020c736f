"""Records: rows read one by one into a dataclass and made objects by a function."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import msgspec

from triptych.adapters.objects.access import Access
from triptych.adapters.sources.declaration import Source
from triptych.domain.errors import InvalidInput, Misconfigured, Problem

BATCH = 1_000
_MOST_TOLD = 20


def read_cells(source: Source, path: Path, access: Access, entry: int) -> Iterator[list[list[Any]]]:
    """Yields the cells of a source's objects in batches, the version and the entry first.

    Raises:
        InvalidInput: Rows do not fit; the first twenty are told.
        Misconfigured: The object type cannot be written in bulk.
    """
    if access.stored.joined:
        raise Misconfigured(f"{access.object_type.name} links to many; add its objects one by one")
    problems: list[Problem] = []
    batch: list[list[Any]] = []
    for number, row in _rows(source, path):
        try:
            batch += _cells(source, row, access, entry)
        except InvalidInput as error:
            where = f"{source.name} row {number}"
            problems += [Problem(f"{where}.{p.where}", p.found, p.mend) for p in error.problems]
        except (msgspec.ValidationError, ValueError) as error:
            problems.append(Problem(f"{source.name} row {number}", str(error)))
        if len(problems) >= _MOST_TOLD:
            break
        if len(batch) == BATCH and not problems:
            yield batch
            batch = []
    if problems:
        raise InvalidInput(problems)
    yield batch


def _rows(source: Source, path: Path) -> Iterator[tuple[int, dict[str, str | None]]]:
    """Yields the cells that the row's dataclass has a field for, each row with its number."""
    missing = {"", *source.file.missing}
    with path.open(encoding="utf-8", newline="") as file:
        try:
            rows = csv.reader(file)
            header = next(rows, [])
            wanted = {each.name for each in fields(source.row)}  # type: ignore[arg-type]  # a dataclass
            names = [name for name in header if name in wanted]
            pick = [place for place, name in enumerate(header) if name in wanted]
            for number, row in enumerate(filter(None, rows), start=1):
                cells = [row[place] for place in pick if place < len(row)]
                yield number, dict(zip(names, _filled(cells, missing), strict=False))
        except (UnicodeDecodeError, csv.Error) as error:
            raise InvalidInput(
                [Problem(source.name, f"{path.name} is not CSV in UTF-8: {error}")]
            ) from error


def _filled(cells: list[str], missing: set[str]) -> Sequence[str | None]:
    """Puts nothing in the place of what stands for it."""
    if missing.isdisjoint(cells):
        return cells
    return [None if cell in missing else cell for cell in cells]


def _cells(
    source: Source, row: dict[str, str | None], access: Access, entry: int
) -> list[list[Any]]:
    """Returns the cells of a row's object, or nothing where the row is left out."""
    made = source.function(msgspec.convert(row, source.row, strict=False))
    return [] if made is None else [[1, entry, *access.values(made)]]
