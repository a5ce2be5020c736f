"""Records: rows read one by one into a dataclass and made objects by a function."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from itertools import compress
from typing import Any

import msgspec

from triptych.adapters.database.dialect import Dialect
from triptych.adapters.objects.layout import Layout
from triptych.adapters.objects.mapping import Mapping
from triptych.adapters.sources.declaration import Source
from triptych.domain.errors import InvalidInput, Misconfigured, Problem
from triptych.domain.ontology import ScalarKind

ROW_BLOCK = 256 * 1024
MOST_TOLD = 20


@dataclass(slots=True)
class RowBlock:
    """What was made of some rows.

    Attributes:
        rows: How many there were.
        made: How many objects were made of them.
        packed: Their cells, the version and the entry first, in the form in which they are sent.
        problems: What does not fit, by the number of its row, from one on; by 0 of the whole.
    """

    rows: int = 0
    made: int = 0
    packed: Any = None
    problems: list[tuple[int, Problem]] = field(default_factory=list)


class RowReader:
    """Makes objects of rows, cells of objects, and of the cells what is sent.

    Args:
        source: Says what a row is, and what becomes of it.
        layout: The row of the object type.
        mapping: From its objects to cells.
        dialect: How its database says things.
        entry: The entry of the ledger that the load is.

    Raises:
        Misconfigured: The object type cannot be written in bulk.
    """

    def __init__(
        self, source: Source, layout: Layout, mapping: Mapping, dialect: Dialect, entry: int
    ) -> None:
        if any(each.is_joined for each in layout.columns):
            name = layout.object_type.name
            raise Misconfigured(f"{name} links to many; add its objects one by one")
        self._source, self._mapping, self._entry = source, mapping, entry
        self._wanted = {each.name for each in fields(source.row)}  # type: ignore[arg-type]  # a dataclass
        self._missing = {"", *source.file.missing}
        own = (ScalarKind.INT, ScalarKind.INT)
        self._pack = dialect.packer([*own, *(each.kind for each in layout.columns)])

    def read(self, content: bytes) -> RowBlock:
        """Reads rows under their header; of what does not fit, the first twenty are told."""
        block, cells = RowBlock(), list[list[Any]]()
        try:
            for block.rows, row in enumerate(self._rows(content), start=1):
                self._add(row, block, cells)
                if len(block.problems) >= MOST_TOLD:
                    break
        except (UnicodeDecodeError, csv.Error) as error:
            block.problems.append((0, Problem("", f"it is not CSV in UTF-8: {error}")))
        block.made, block.packed = len(cells), self._pack(cells)
        return block

    def _add(self, row: dict[str, str | None], block: RowBlock, cells: list[list[Any]]) -> None:
        """Adds the cells of a row's object, unless the row is left out, or what does not fit."""
        source = self._source
        try:
            made = source.function(msgspec.convert(row, source.row, strict=False))
            if made is not None:
                cells.append([1, self._entry, *self._mapping.checked_values(made)])
        except InvalidInput as error:
            block.problems += [(block.rows, each) for each in error.problems]
        except (msgspec.ValidationError, ValueError) as error:
            block.problems.append((block.rows, Problem("", str(error))))

    def _rows(self, content: bytes) -> Iterator[dict[str, str | None]]:
        """Yields the cells that the row's dataclass has a field for."""
        rows = csv.reader(io.StringIO(content.decode(), newline=""))
        header = next(rows, [])
        names = [name for name in header if name in self._wanted]
        is_wanted = [name in self._wanted for name in header]
        for row in filter(None, rows):
            cells = list(compress(row, is_wanted))
            yield dict(zip(names, self._filled(cells), strict=False))

    def _filled(self, cells: list[str]) -> Sequence[str | None]:
        """Puts nothing in the place of what stands for it."""
        if self._missing.isdisjoint(cells):
            return cells
        return [None if cell in self._missing else cell for cell in cells]
