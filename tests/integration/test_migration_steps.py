"""What a migration says before it does anything, what it refuses, and what it remembers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.fixtures.growing import FIRST, Change, Flat, Held, Model, entities_of, fill, versions
from triptych.adapters.objects.sql import SqlStore
from triptych.domain.errors import InvalidInput, MigrationRefused, Misconfigured, SchemaMismatch
from triptych.domain.migrations import Phase, Safety
from triptych.services.copying import copy
from triptych.services.migrations import MigrationPlan, Migrations
from triptych.services.rehearsing import rehearse
from triptych.services.stores import open_store

THINGS: list[Flat] = [
    {
        "id": number,
        "side": "right",
        "owner": "ann" if number else None,
        "size": number,
        "label": f"{number}" if number else "many",
        "day": date(2026, 1, 1) if number else None,
        "is_good": True,
        "g0.price": Decimal("1.5"),
    }
    for number in range(3)
]


def says(**said: str) -> list[Change]:
    """What the application says of a version, such as `backfill size`."""
    named = {name.replace("__", " "): text for name, text in said.items()}
    return [Change("", frozenset(), lambda model: model, lambda flat: flat, named)]


def without(path: str) -> Model:
    return replace(FIRST, fields={n: f for n, f in FIRST.fields.items() if n != path})


def having(**fields: Held) -> Model:
    return replace(FIRST, fields={**FIRST.fields, **fields})


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/things.db"
    return str(request.getfixturevalue("postgres_url"))


class Kept:
    """Three things in a database, and a version of the application that they are to fit."""

    def __init__(self, url: str, package: str) -> None:
        self.url, self.package = url, package

    def store(self, url: str = "") -> SqlStore:
        return open_store(self.package, url or self.url)

    async def plan(self) -> MigrationPlan:
        async with Migrations(self.store()).opened() as migrations:
            return await migrations.plan()

    async def apply(self, **options: Any) -> list[str]:
        async with Migrations(self.store()).opened() as migrations:
            return [each.about for each in await migrations.apply("ada", **options)]


@pytest.fixture
def kept(url: str, request: pytest.FixtureRequest) -> Iterator[Kept]:
    """Gives things of the first version, and the second version that the test names."""
    model, changes = request.param
    with versions((FIRST, []), (model, changes)) as (first, second):
        asyncio.run(fill(url, first, FIRST, THINGS))
        yield Kept(url, second)


def to(model: Model, changes: list[Change] | None = None) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("kept", [(model, changes or [])], indirect=True)


class TestPlan:
    @to(FIRST)
    async def test_nothing_is_to_be_done_where_all_is_in_step(self, kept: Kept) -> None:
        plan = await kept.plan()
        assert [*plan.steps, *plan.breakages, *plan.guesses] == []
        assert await kept.apply() == []

    @to(having(note=Held("str", is_optional=True)))
    async def test_a_step_says_what_it_does_and_to_how_many_rows(self, kept: Kept) -> None:
        plan = await kept.plan()
        assert [(each.table, each.about, each.safety) for each in plan.steps] == [
            ("things", "add note, filled with none", Safety.SAFE),
            ("things__history", "add note, filled with none", Safety.SAFE),
        ]
        assert not plan.breakages

    @to(having(note=Held("str")))
    async def test_what_nobody_says_is_in_the_way(self, kept: Kept) -> None:
        plan = await kept.plan()
        assert [str(each) for each in plan.breakages] == [
            f"{table}: note is not there in 3 rows; "
            "give it a default, or say backfill={'note': ...} in its Table"
            for table in ("things", "things__history")
        ]
        with pytest.raises(MigrationRefused, match="note is not there in 3 rows"):
            await kept.apply()

    @to(replace(FIRST, fields={**FIRST.fields, "day": Held("date")}))
    async def test_only_rows_that_are_empty_are_in_the_way(self, kept: Kept) -> None:
        first, _ = (await kept.plan()).breakages
        assert str(first).startswith("things: day is empty in 1 row;")

    @to(having(label=Held("int")))
    async def test_a_text_that_is_no_number_is_told_by_its_key(self, kept: Kept) -> None:
        first, _ = (await kept.plan()).breakages
        assert first.table == "things"
        assert first.first == ("0",)
        assert "invalid literal for int()" in str(first)

    @to(having(size=Held("date")))
    async def test_what_cannot_be_read_as_another_kind_is_told(self, kept: Kept) -> None:
        first = (await kept.plan()).breakages[0]
        assert "size holds int, the code says date in 3 rows" in str(first)

    @to(replace(FIRST, sides=("right", "middle")))
    async def test_a_value_that_is_none_of_the_members_is_told(self, kept: Kept) -> None:
        (found,) = (await kept.plan()).breakages
        assert "side does not keep to side IN (" in str(found)
        assert "in 3 rows (left)" in str(found)

    @to(without("size"))
    async def test_what_would_be_lost_is_lost_only_when_asked(self, kept: Kept) -> None:
        plan = await kept.plan()
        assert [each.about for each in plan.destructive] == ["drop size", "drop size"]
        with pytest.raises(MigrationRefused, match="things: drop size, 3 rows"):
            await kept.apply()
        await kept.apply(loses=True)
        assert (await kept.plan()).steps == ()

    @to(
        replace(
            FIRST, fields={("width" if n == "size" else n): f for n, f in FIRST.fields.items()}
        ),
        says(backfill__label="'x'"),
    )
    async def test_a_new_name_is_guessed(self, kept: Kept) -> None:
        assert (await kept.plan()).guesses == (
            "things: if size is called width now, say renamed={'width': 'size'}",
        )

    @to(replace(FIRST, name="Item"))
    async def test_a_new_name_of_a_table_is_guessed(self, kept: Kept) -> None:
        assert "items: if this was things, say was=['things']" in (await kept.plan()).guesses

    @to(having(note=Held("int")), says(backfill__note='lambda row: row["size"] * 2'))
    async def test_the_script_says_what_is_worked_out(self, kept: Kept) -> None:
        script = (await kept.plan()).sql()
        assert "worked out in Python" in script
        assert "-- things: add note" in script

    @to(FIRST, says(renamed__colour="'size'", backfill__smell="1"))
    async def test_a_property_that_is_not_there_is_told(self, kept: Kept) -> None:
        with pytest.raises(InvalidInput, match="Thing has no stored value 'colour'") as caught:
            await kept.plan()
        assert "'smell'" in str(caught.value)


class TestApply:
    @to(having(note=Held("bytes", default=b"\x00'x")))
    async def test_bytes_are_filled_as_they_are(self, kept: Kept) -> None:
        await kept.apply()
        store = kept.store()
        await store.open()
        try:
            things = store.repository(entities_of(kept.package).Thing)
            assert [each.note async for each in things.stream()] == [b"\x00'x"] * 3
        finally:
            await store.close()

    @to(having(note=Held("int")), says(backfill__note='lambda row: 1 // row["size"]'))
    async def test_a_function_that_fails_changes_nothing(self, kept: Kept) -> None:
        with pytest.raises(MigrationRefused, match="ZeroDivisionError"):
            await kept.apply()
        assert (await kept.plan()).steps

    @to(having(note=Held("int", default=7)))
    async def test_it_is_remembered_who_did_what(self, kept: Kept) -> None:
        await kept.apply()
        async with Migrations(kept.store()).opened() as migrations:
            last, first = await migrations.history()
        assert (last.actor, first.steps) == ("ada", ("make all tables",))
        assert last.steps[0] == "things: add note, filled with the default"

    async def test_nothing_is_remembered_in_an_empty_database(self, url: str) -> None:
        with versions((FIRST, [])) as (package,):
            async with Migrations(open_store(package, url)).opened() as migrations:
                assert await migrations.history() == []
                await migrations.apply("ada")
            store = open_store(package, url)
            await store.open()
            await store.close()

    @to(having(note=Held("int", default=7)))
    async def test_several_at_once_do_it_once(self, kept: Kept) -> None:
        done = await asyncio.gather(*(kept.apply() for _ in range(3)))
        assert sorted(map(len, done)) == [0, 0, 2]
        assert (await kept.plan()).steps == ()

    @to(having(note=Held("int")), says(backfill__note='lambda row: row["size"]'))
    async def test_every_step_and_its_rows_are_told(self, kept: Kept) -> None:
        told: list[tuple[str, int]] = []
        await kept.apply(tell=lambda step, rows: told.append((step.table, rows)))
        assert ("things", 0) in told
        assert ("things", 3) in told

    @to(without("size"))
    async def test_a_database_that_is_not_in_step_is_not_opened(self, kept: Kept) -> None:
        with pytest.raises(SchemaMismatch, match="column size is not in the code"):
            await kept.store().open()


class TestStages:
    """What the earlier code can live with comes first, on PostgreSQL."""

    @pytest.fixture
    def url(self, postgres_url: str) -> str:
        return postgres_url

    @to(
        replace(without("size"), fields={**without("size").fields, "note": Held("int")}),
        says(backfill__note='lambda row: row["size"] * 2'),
    )
    async def test_both_codes_work_in_between(self, kept: Kept) -> None:
        await kept.apply(only=Phase.EXPAND)
        plan = await kept.plan()
        assert {each.phase for each in plan.steps} == {Phase.CONTRACT}
        store = kept.store()
        await store.open()
        module = entities_of(kept.package)
        try:
            things = store.repository(module.Thing)
            assert [each.note async for each in things.stream()] == [0, 2, 4]
            await things.save(replace(await things.get(1), note=5))
            # What the earlier code writes.
            await store.database.execute(
                "INSERT INTO things (_version, _entry, id, side, label, is_good, g0_price, size) "
                "VALUES (1, 1, 9, 'left', 'old', true, 1, 9)"
            )
        finally:
            await store.close()
        await kept.apply(loses=True)
        async with Migrations(kept.store()).opened() as migrations:
            assert (await migrations.plan()).steps == ()
        rows = await self._rows(kept.url, "SELECT note FROM things ORDER BY id")
        assert [each[0] for each in rows] == [0, 5, 4, 18]

    @to(
        replace(FIRST, sides=("left", "right", "middle")),
        says(backfill__side='{"left": Side("right"), "right": Side("left")}'),
    )
    async def test_values_are_exchanged_once_whatever_comes_between(self, kept: Kept) -> None:
        before = await self._rows(kept.url, "SELECT side FROM things ORDER BY id")
        past = await self._rows(kept.url, "SELECT side FROM things__history ORDER BY id")
        await kept.apply(only=Phase.EXPAND)
        store = kept.store()
        await store.open()
        await store.close()
        await kept.apply()
        swapped = {"left": "right", "right": "left"}
        rows = await self._rows(kept.url, "SELECT side FROM things ORDER BY id")
        assert [each[0] for each in rows] == [swapped[each[0]] for each in before]
        rows = await self._rows(kept.url, "SELECT side FROM things__history ORDER BY id")
        assert [each[0] for each in rows] == [swapped[each[0]] for each in past]

    @to(having(note=Held("int", default=7)))
    async def test_a_table_that_somebody_holds_is_waited_for_in_turns(self, kept: Kept) -> None:
        connection = await asyncpg.connect(
            kept.url.partition("?")[0],
            server_settings={"search_path": kept.url.rpartition("=")[2]},
        )
        try:
            begun = connection.transaction()
            await begun.start()
            await connection.execute("SELECT * FROM things")
            applying = asyncio.create_task(kept.apply())
            await asyncio.sleep(3)
            assert not applying.done()
            # Others still read while it waits: its turn is brief.
            rows = await self._rows(kept.url, "SELECT count(*) FROM things")
            assert rows[0][0] == 3
            await begun.rollback()
            await applying
        finally:
            await connection.close()
        assert (await kept.plan()).steps == ()

    @to(having(note=Held("int", default=7)))
    async def test_what_a_killed_one_has_begun_is_waited_for(self, kept: Kept) -> None:
        """Nobody waits for its index any more, but the server goes on making it."""
        told: list[str] = []
        server = {"search_path": kept.url.rpartition("=")[2]}
        async with AsyncExitStack() as opened:
            writer, killed = [
                await asyncpg.connect(kept.url.partition("?")[0], server_settings=server)
                for _ in range(2)
            ]
            opened.push_async_callback(writer.close)
            opened.push_async_callback(killed.close)
            begun = writer.transaction()
            await begun.start()
            await writer.execute("UPDATE things SET size = size")
            index = "CREATE INDEX CONCURRENTLY left_over ON things (size)"
            making = asyncio.create_task(killed.execute(index))
            await asyncio.sleep(0.5)
            applying = asyncio.create_task(
                kept.apply(tell=lambda step, rows: told.append(step.about))
            )
            await asyncio.sleep(1.5)
            assert told == []
            assert not applying.done()
            await begun.rollback()
            await making
            await applying
        assert told
        assert (await kept.plan()).steps == ()

    @staticmethod
    async def _rows(url: str, sql: str) -> list[Any]:
        schema = url.rpartition("=")[2]
        connection = await asyncpg.connect(
            url.partition("?")[0], server_settings={"search_path": schema}
        )
        try:
            return list(await connection.fetch(sql))
        finally:
            await connection.close()


class TestRehearse:
    @to(without("size"))
    async def test_a_copy_is_changed_and_read_and_nothing_else(self, kept: Kept) -> None:
        before = await kept.plan()
        found = await rehearse(kept.store(), kept.url, kept.store)
        assert [each.about for each in found.steps] == [each.about for each in before.steps]
        assert found.objects == 5
        assert not found.problems
        assert (await kept.plan()).steps == before.steps

    @to(having(label=Held("str"), note=Held("int", default=7)))
    async def test_what_the_code_cannot_read_is_told(self, kept: Kept) -> None:
        def strict(url: str) -> SqlStore:
            store = kept.store(url)
            python: Any = store.ontology.object_type("Thing").python
            python.__init__ = _refusing
            return store

        found = await rehearse(kept.store(), kept.url, strict)
        assert found.problems == ("Thing: ValueError: no such thing",)


def _refusing(self: object, **_: object) -> None:
    raise ValueError("no such thing")


class TestCopy:
    async def test_an_empty_database_has_nothing_to_copy(self, tmp_path: Path) -> None:
        with versions((FIRST, [])) as (package,):
            source, target = (
                open_store(package, f"sqlite:///{tmp_path}/{name}.db") for name in "ab"
            )
            with pytest.raises(InvalidInput, match="has nothing to copy"):
                await copy(source, target)

    @to(FIRST)
    async def test_nothing_is_written_over(self, kept: Kept) -> None:
        with pytest.raises(InvalidInput, match="choose an empty one"):
            await copy(kept.store(), kept.store())

    @to(without("size"))
    async def test_a_copy_of_what_is_not_in_step_stays_as_it_was(
        self, kept: Kept, tmp_path: Path
    ) -> None:
        target = f"sqlite:///{tmp_path}/copy.db"
        done = await copy(kept.store(), kept.store(target))
        assert {each.name: each.rows for each in done}["things"] == 3
        async with Migrations(kept.store(target)).opened() as migrations:
            assert [each.about for each in (await migrations.plan()).destructive]

    @to(FIRST)
    async def test_what_has_arrived_otherwise_is_told(self, kept: Kept, tmp_path: Path) -> None:
        target = kept.store(f"sqlite:///{tmp_path}/copy.db")
        database: Any = target.database
        load = database.transaction

        def losing(**options: Any) -> Any:
            return _Losing(load(**options))

        database.transaction = losing
        with pytest.raises(Misconfigured, match="things is not what was sent"):
            await copy(kept.store(), target, is_finished=False)


class _Losing:
    """A transaction that loses a row of things."""

    def __init__(self, begun: Any) -> None:
        self._begun = begun

    async def __aenter__(self) -> Any:
        transaction = await self._begun.__aenter__()
        load = transaction.load_rows

        async def losing(table: str, columns: Any, rows: Any) -> None:
            await load(table, columns, rows[1:] if table == "things" else rows)

        transaction.load_rows = losing
        return transaction

    async def __aexit__(self, *error: Any) -> Any:
        return await self._begun.__aexit__(*error)


class TestEnd:
    @to(having(note=Held("int", default=7)))
    async def test_what_never_comes_in_step_is_told(self, kept: Kept) -> None:
        async with Migrations(kept.store()).opened() as migrations:
            schema: Any = migrations._schema  # nothing else can be made to fail

            async def nothing(*_: Any) -> None:
                """Does nothing that it was asked to do."""

            schema.run = nothing
            with pytest.raises(Misconfigured, match="does not come in step:\n  things: add note"):
                await migrations.apply("ada")
