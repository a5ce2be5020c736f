"""Row functions called in several processes: the same objects in the same order, the same errors."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest

from tests.fixtures.library.domain.entities import Branch
from tests.fixtures.library.domain.value_objects import BranchId, Floor
from triptych import CsvFile, source
from triptych.adapters.database.sqlite_dialect import SqliteDialect
from triptych.adapters.sources.declaration import Source, declared_source
from triptych.domain.errors import InvalidInput, Misconfigured
from triptych.services.rows import RowTask, processes_for, read_rows
from triptych.services.sources import load_sources

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from triptych.adapters.objects.sql import SqlStore

ROWS = 20_000
MANY = pytest.mark.parametrize("processes", [1, 2])


@dataclass(frozen=True)
class BranchRow:
    """A row of a file of branches."""

    id: int
    name: str


def branch(row: BranchRow) -> Branch | None:
    """Makes a branch of a row, unless it is to be left out; a row may end the process."""
    if row.name == "die":
        os._exit(1)
    if row.name == "skip":
        return None
    return Branch(id=BranchId(row.id), name=row.name, floor=Floor(0))


def declared(path: Path, names: dict[int, str], function: Callable[..., Any] = branch) -> Source:
    """Declares a source of many rows, of which some have other names."""
    lines = (f"{n},{names.get(n, f'branch {n:0>90}')}\n" for n in range(1, ROWS + 1))
    file = path / "branches.csv"
    file.write_text("id,name\n" + "".join(lines), encoding="utf-8")
    made = declared_source(source(Branch, CsvFile(str(file)))(function))
    assert made is not None
    return made


async def cells(of: Source, store: SqlStore, processes: int) -> list[list[str]]:
    """Returns the cells of all rows as text."""
    blocks = read_rows(of, of.file.found(), store, 7, processes)
    return [row async for each in blocks for row in unpacked(each.packed)]


def unpacked(packed: Any) -> list[list[str]]:
    """Opens what was packed: columns for SQLite, CSV for PostgreSQL."""
    if isinstance(packed, list):
        return [[str(cell) for cell in row] for row in zip(*packed, strict=True)]
    return list(csv.reader(StringIO(packed.getvalue().decode())))


@MANY
async def test_objects_come_in_the_order_of_their_rows(
    sql_store: SqlStore, tmp_path: Path, processes: int
) -> None:
    found = await cells(declared(tmp_path, {9_000: "skip"}), sql_store, processes)
    assert [int(row[2]) for row in found] == [n for n in range(1, ROWS + 1) if n != 9_000]
    assert {tuple(row[:2]) for row in found} == {("1", "7")}


@MANY
async def test_what_does_not_fit_is_told_by_the_number_of_its_row(
    sql_store: SqlStore, tmp_path: Path, processes: int
) -> None:
    of = declared(tmp_path, {3: "a\0", 19_999: "b\0"})
    with pytest.raises(InvalidInput) as raised:
        await cells(of, sql_store, processes)
    assert [each.where for each in raised.value.problems] == [
        "branch row 3.name",
        "branch row 19999.name",
    ]


@MANY
async def test_no_more_than_twenty_are_told(
    sql_store: SqlStore, tmp_path: Path, processes: int
) -> None:
    of = declared(tmp_path, dict.fromkeys(range(1, ROWS), "a\x00"))
    with pytest.raises(InvalidInput) as raised:
        await cells(of, sql_store, processes)
    assert len(raised.value.problems) == 20


async def test_a_process_that_dies_is_told_and_nothing_is_written(
    sql_store: SqlStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triptych.services.rows._MUCH", 0)
    with pytest.raises(Misconfigured, match="has died; load with one process"):
        await load_sources(sql_store, [declared(tmp_path, {15_000: "die"})], processes=2)
    assert await sql_store.repository(Branch).count() == 0


def test_another_process_makes_the_same_of_a_block(tmp_path: Path) -> None:
    task = RowTask(declared(tmp_path, {}), "tests.fixtures.library", SqliteDialect, 7)
    block = task.read(b"id,name\n1,oslo\n2,skip\n")
    assert (block.rows, block.made, block.problems) == (2, 1, [])
    assert unpacked(block.packed) == [["1", "7", "1", "oslo", "0"]]


def stays(function: Callable[..., Any]) -> Callable[..., Any]:
    """Leaves a function where it is."""
    return function


def moves(function: Callable[..., Any]) -> Callable[..., Any]:
    """Says of a function that it is of the program that runs, as those of scripts are."""
    function.__module__ = "__main__"
    return function


@pytest.mark.parametrize("in_module", [stays, moves])
async def test_what_no_other_process_can_import_is_called_in_this_one(
    sql_store: SqlStore, tmp_path: Path, in_module: Callable[..., Any]
) -> None:
    called = []

    @in_module
    def seen(row: BranchRow) -> Branch | None:
        called.append(row.id)
        return None

    assert await cells(declared(tmp_path, {}, seen), sql_store, 2) == []
    assert len(called) == ROWS


def test_small_files_are_read_by_one_process_and_large_ones_by_one_a_core(tmp_path: Path) -> None:
    file = tmp_path / "large.csv"
    file.write_bytes(b"a\n" * 10_000_000)
    assert processes_for(file) == min(os.cpu_count() or 1, 8)
    assert processes_for(file, 3) == 3
    assert processes_for(file, 1) == 1
    file.write_bytes(b"a\n")
    assert processes_for(file, 3) == 1
