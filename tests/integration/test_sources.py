"""Loading files: typed, checked, all or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import polars as pl
import pytest

from tests.fixtures.library.domain.entities import Author, Book, Branch
from tests.fixtures.library.domain.value_objects import AuthorId, BranchId, Floor
from tests.laws.test_repository import SAPPHO
from triptych import CsvFile, Table, source
from triptych.adapters.database.schema import creation_statements
from triptych.adapters.objects.layout import lay_out
from triptych.adapters.objects.sql import SqlStore
from triptych.adapters.sources.declaration import Source, declared_source
from triptych.adapters.sources.frames import FrameWriter
from triptych.domain.errors import InvalidInput, LinkDangling, Misconfigured, ObjectExists
from triptych.services.ontology import read_ontology
from triptych.services.sources import find_sources, load_sources


@dataclass(frozen=True)
class BranchRow:
    """A row of a file of branches."""

    id: int
    name: str
    floor: int = 0


def branch(row: BranchRow) -> Branch | None:
    """Makes a branch, unless it has no name worth having."""
    if row.name == "skip":
        return None
    return Branch(id=BranchId(row.id), name=row.name, floor=Floor(row.floor))


def branches(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Makes branches all at once."""
    return rows.select(pl.col("id").cast(pl.Int64), "name", pl.col("floor").cast(pl.Int64))


@dataclass
class Files:
    """Writes files and declares sources over them."""

    folder: Path
    told: list[tuple[str, int, int]] = field(default_factory=list)

    def csv(self, text: str, name: str = "data.csv") -> CsvFile:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return CsvFile(str(path), missing=("NA",))

    def source(self, text: str, function: Callable[..., Any] = branch, of: type = Branch) -> Source:
        declared = declared_source(source(of, self.csv(text))(function))
        assert declared is not None
        return declared


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


async def names(store: SqlStore) -> list[str]:
    return [each.name for each in await store.repository(Branch).find()]


BOTH = pytest.mark.parametrize("function", [branch, branches], ids=["row", "frame"])
HEADER = "id,name,floor\n"


@pytest.mark.parametrize("sql_store", ["sqlite", "postgres"], indirect=True)
class TestLoad:
    @BOTH
    async def test_rows_become_objects(
        self, sql_store: SqlStore, files: Files, function: Any
    ) -> None:
        (done,) = await load_sources(
            sql_store, [files.source(HEADER + '1,"a, ""b""",0\n2,é😀,1\n', function)]
        )
        assert (done.rows, done.type_name) == (2, "Branch")
        found = await sql_store.repository(Branch).find()
        assert [(each.name, each.floor) for each in found] == [
            ('a, "b"', Floor.GROUND),
            ("é😀", Floor.FIRST),
        ]

    @BOTH
    async def test_loading_again_changes_only_what_differs(
        self, sql_store: SqlStore, files: Files, function: Any
    ) -> None:
        await load_sources(sql_store, [files.source(HEADER + "1,a,0\n2,b,0\n", function)])
        await load_sources(sql_store, [files.source(HEADER + "2,c,0\n3,d,0\n1,a,0\n", function)])
        branches_now = sql_store.repository(Branch)
        assert [each.name for each in await branches_now.find()] == ["a", "c", "d"]
        assert [branches_now.version(key) for key in (1, 2, 3)] == [1, 2, 1]

    @BOTH
    async def test_an_id_that_comes_twice_is_told_and_nothing_is_written(
        self, sql_store: SqlStore, files: Files, function: Any
    ) -> None:
        with pytest.raises(InvalidInput, match="two rows have the same id"):
            await load_sources(sql_store, [files.source(HEADER + "1,a,0\n1,b,0\n", function)])
        assert await names(sql_store) == []

    @BOTH
    async def test_a_broken_unique_set_is_told_and_nothing_is_written(
        self, sql_store: SqlStore, files: Files, function: Any
    ) -> None:
        store = SqlStore(
            sql_store.ontology, sql_store.database, [Table(Branch, "sites", unique=(["name"],))]
        )
        there = {t.name for each in sql_store.access.values() for t in each.stored.tables}
        wanted = [table for each in store.access.values() for table in each.stored.tables]
        async for _ in sql_store.database.create([e for e in wanted if e.name not in there]):
            pass
        with pytest.raises(InvalidInput, match="two rows have the same name"):
            await load_sources(store, [files.source(HEADER + "1,a,0\n2,a,0\n", function)])
        assert await names(store) == []
        await load_sources(store, [files.source(HEADER + "1,a,0\n2,b,0\n", function)])
        with pytest.raises(ObjectExists):
            await store.repository(Branch).add(Branch(id=BranchId(3), name="b"))

    async def test_keys_that_were_dropped_are_made_again_as_they_were(
        self, sql_store: SqlStore, files: Files
    ) -> None:
        dialect, wanted = sql_store.database.dialect, [
            table for each in sql_store.access.values() for table in each.stored.tables
        ]
        made, there = (
            list(creation_statements(wanted, dialect)),
            await sql_store.database.describe(),
        )
        await load_sources(sql_store, [files.source(HEADER + "1,a,0\n")])
        assert await sql_store.database.describe() == there
        assert list(creation_statements(wanted, dialect)) == made

    async def test_a_row_may_be_left_out(self, sql_store: SqlStore, files: Files) -> None:
        await load_sources(sql_store, [files.source(HEADER + "1,skip,0\n2,b,0\n")])
        assert await names(sql_store) == ["b"]

    async def test_all_rows_that_do_not_fit_are_told_and_nothing_is_written(
        self, sql_store: SqlStore, files: Files
    ) -> None:
        text = HEADER + "1,a,0\nx,b,0\n3,NA,0\n4,d,9\n5,\0,0\n"
        with pytest.raises(InvalidInput) as caught:
            await load_sources(sql_store, [files.source(text)])
        places = [each.where for each in caught.value.problems]
        assert places == ["branch row 2", "branch row 3", "branch row 4", "branch row 5.name"]
        assert await names(sql_store) == []

    async def test_all_values_of_a_frame_that_do_not_fit_are_told(
        self, sql_store: SqlStore, files: Files
    ) -> None:
        text = HEADER + "1,a,0\n2,NA,0\n3,c,7\n"
        with pytest.raises(InvalidInput) as caught:
            await load_sources(sql_store, [files.source(text, branches)])
        assert [str(each) for each in caught.value.problems] == [
            "branches 2.name: there is no value",
            "branches 3.floor: is 7, not a Floor",
        ]

    async def test_many_misfits_are_counted(self, sql_store: SqlStore, files: Files) -> None:
        text = HEADER + "".join(f"{n},NA,0\n" for n in range(9))
        with pytest.raises(InvalidInput, match="4 more like these"):
            await load_sources(sql_store, [files.source(text, branches)])

    async def test_a_text_that_is_no_number_is_told(
        self, sql_store: SqlStore, files: Files
    ) -> None:
        with pytest.raises(InvalidInput, match="branches: conversion"):
            await load_sources(sql_store, [files.source(HEADER + "x,a,0\n", branches)])

    async def test_columns_that_do_not_fit_are_told_at_once(
        self, sql_store: SqlStore, files: Files
    ) -> None:
        def wrong(rows: pl.LazyFrame) -> pl.LazyFrame:
            return rows.select("id", colour="name")

        with pytest.raises(InvalidInput) as caught:
            await load_sources(sql_store, [files.source(HEADER, wrong)])
        assert [str(each) for each in caught.value.problems] == [
            "wrong.id: the column is String, the property a BranchId; cast it",
            "wrong.name: there is no such column",
            "wrong.colour: there is no such property",
        ]

    async def test_a_link_that_leads_nowhere_is_told_and_nothing_is_written(
        self, sql_store: SqlStore, files: Files
    ) -> None:
        await sql_store.repository(Author).add(SAPPHO)

        def authors(rows: pl.LazyFrame) -> pl.LazyFrame:
            return rows

        ids = [f"00000000-0000-0000-0000-00000000000{n}" for n in range(10)]
        text = f"id,name,teacher\n{ids[2]},A,{ids[1]}\n{ids[3]},B,{ids[9]}\n"
        with pytest.raises(
            InvalidInput, match=f"authors.teacher: {ids[9]} is not among the authors"
        ):
            await load_sources(sql_store, [files.source(text, authors, Author)])
        assert await sql_store.repository(Author).count() == 1
        lost = Author(id=AuthorId(UUID(int=5)), name="x", teacher=AuthorId(UUID(int=8)))
        with pytest.raises(LinkDangling, match="points to Author"):
            await sql_store.repository(Author).add(lost)

    async def test_sources_of_one_load_hold_together(
        self, sql_store: SqlStore, files: Files
    ) -> None:
        good = declared_source(source(Branch, files.csv(HEADER + "1,a,0\n", "good.csv"))(branches))
        bad = files.source(HEADER + "2,b,99\n")
        assert good is not None
        with pytest.raises(InvalidInput):
            await load_sources(sql_store, [good, bad])
        assert await names(sql_store) == []

    async def test_progress_is_told(self, sql_store: SqlStore, files: Files) -> None:
        text = HEADER + "".join(f"{n},{n:0>100},0\n" for n in range(6_000))
        told: list[tuple[str, int, int]] = []
        await load_sources(sql_store, [files.source(text)], lambda *each: told.append(each))
        done = [each[1] for each in told]
        assert done == sorted(done)
        assert len(done) > 2
        assert told[-1] == ("branch", 6_000, 6_000)

    async def test_keys_and_indexes_are_told_where_they_are_made(
        self, sql_store: SqlStore, files: Files
    ) -> None:
        chosen, told = [files.source(HEADER + "1,Heath,0\n")], list[tuple[str, int, int]]()
        await load_sources(sql_store, chosen, indexing=lambda *each: told.append(each))
        count = 1 + len(sql_store.access["Branch"].stored.table.indexes)
        assert told == [("branch", made, count) for made in range(count + 1)]
        told.clear()
        await load_sources(sql_store, chosen, indexing=lambda *each: told.append(each))
        assert told == [], "a table with rows keeps them"

    async def test_a_property_of_several_parts_is_no_column(
        self, sql_store: SqlStore, files: Files
    ) -> None:
        def books(rows: pl.LazyFrame) -> pl.LazyFrame:
            return rows

        with pytest.raises(InvalidInput, match="make the objects row by row instead"):
            await load_sources(sql_store, [files.source("id,title\nb,t\n", books, Book)])


class TestInvariants:
    def test_what_an_object_checks_itself_is_checked_in_frames_too(self) -> None:
        layout = lay_out(read_ontology("flights").object_type("Airport"))
        frame = pl.LazyFrame(
            {
                "id": ["AAA", "BBB"],
                "name": ["a", "b"],
                "position.latitude": [90.0, 91.0],
                "position.longitude": [0.0, 0.0],
                "altitude": [1, 1],
            }
        )
        with pytest.raises(InvalidInput, match=r"airports BBB: \(91.0, 0.0\) is not on the globe"):
            list(FrameWriter(layout, "sqlite", "airports", 1).batches(frame))


class TestFiles:
    def test_a_file_that_is_not_there_is_told(self) -> None:
        with pytest.raises(Misconfigured, match=r"there is no file nowhere\.csv"):
            CsvFile("nowhere.csv").found()

    def test_a_package_that_is_not_there_is_told(self) -> None:
        with pytest.raises(Misconfigured, match="the package nowhere is not installed"):
            CsvFile("package:nowhere/a.csv").found()

    def test_a_member_of_an_archive_is_unpacked(self, tmp_path: Path) -> None:
        with ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.writestr("in.csv", "x\n1\n")
        with CsvFile(str(tmp_path / "a.zip"), member="in.csv").opened() as path:
            assert path.read_text() == "x\n1\n"
        assert not path.exists()

    @pytest.mark.parametrize("content", [b"no archive", b""])
    def test_what_is_no_archive_is_told(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "a.zip"
        path.write_bytes(content)
        with (
            pytest.raises(Misconfigured, match=r"holds no in\.csv"),
            CsvFile(str(path), "in.csv").opened(),
        ):
            pass

    async def test_text_that_is_not_utf8_is_told(self, sql_store: SqlStore, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_bytes(b"id,name,floor\n1,caf\xe9,0\n")
        for function in (branch, branches):
            declared = declared_source(source(Branch, CsvFile(str(path)))(function))
            assert declared is not None
            with pytest.raises(InvalidInput):
                await load_sources(sql_store, [declared])


class TestFindSources:
    def test_those_of_the_example_are_found_in_order(self) -> None:
        assert [each.name for each in find_sources("flights")] == [
            "airlines",
            "airports",
            "unlisted_airports",
            "planes",
            "unregistered_planes",
            "scheduled_flights",
            "weather",
        ]

    def test_an_application_may_have_none(self) -> None:
        assert find_sources("tests.fixtures.library") == ()

    def test_a_function_without_a_word_is_no_source(self) -> None:
        assert declared_source(Decimal) is None
