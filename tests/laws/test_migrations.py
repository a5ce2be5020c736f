"""Migrations: whatever an application becomes, what is kept becomes it, too."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import Phase as Searching
from hypothesis import strategies as st

from tests.fixtures.growing import (
    FIRST,
    Change,
    Flat,
    Model,
    changes_of,
    entities_of,
    fill,
    versions,
)
from triptych.adapters.objects.sql import SqlStore
from triptych.services.copying import copy
from triptych.services.migrations import Migrations
from triptych.services.stores import open_store

pytestmark = pytest.mark.unmeasured

_ROUNDS = int(os.environ.get("TRIPTYCH_TEST_ROUNDS", "5"))
_EXAMPLES = settings(
    max_examples=_ROUNDS,
    deadline=None,
    derandomize=True,
    # Making a case smaller takes minutes, since each is a migration.
    phases=[Searching.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


async def migrate(url: str, package: str) -> None:
    async with Migrations(open_store(package, url)).opened() as migrations:
        await migrations.apply("tests", loses=True)
        assert (await migrations.plan()).steps == ()


async def check(url: str, package: str, model: Model, flats: Sequence[Flat], entry: int) -> None:
    """Checks that the objects, and what they were, are as the model says."""
    module = entities_of(package)
    store = open_store(package, url)
    await store.open()
    try:
        of = getattr(module, model.name)
        found = {each.id: each async for each in store.repository(of).stream()}
        first = model.sides[0]
        assert found == {e["id"]: model.make(module, e | {"side": first}) for e in flats}
        past = {each.id: each async for each in store.as_of(entry).repository(of).stream()}
        assert past == {each["id"]: model.make(module, each) for each in flats}
    finally:
        await store.close()


def grown(data: st.DataObject, model: Model, most: int) -> tuple[Model, list[Change]]:
    """Draws changes that do not touch each other, and what the model becomes by them."""
    made: list[Change] = []
    start = model
    for _ in range(data.draw(st.integers(1, most))):
        drawn = changes_of(start, next(_NUMBERS))
        change = data.draw(drawn.filter(lambda c: not any(c.touches & e.touches for e in made)))
        made.append(change)
        model = change.of(model)
    return model, made


_NUMBERS = itertools.count(1)


def done(changes: Sequence[Change], flats: Sequence[Flat]) -> list[Flat]:
    """Does to objects what changes do."""
    result = list(flats)
    for each in changes:
        result = [each.do(flat) for flat in result]
    return result


async def _clear(url: str) -> None:
    schema = url.rpartition("=")[2]
    connection = await asyncpg.connect(url.partition("?")[0], timeout=5)
    try:
        await connection.execute(f"DROP SCHEMA {schema} CASCADE; CREATE SCHEMA {schema}")
    finally:
        await connection.close()


@asynccontextmanager
async def databases(postgres_url: str) -> AsyncIterator[list[str]]:
    """Gives the addresses of two empty databases, one of each kind."""
    with TemporaryDirectory() as folder:
        await _clear(postgres_url)
        yield [f"sqlite:///{folder}/grown.db", postgres_url]


@_EXAMPLES
@given(data=st.data())
def test_objects_become_what_the_model_says(data: st.DataObject, postgres_url: str) -> None:
    flats = data.draw(st.lists(FIRST.values(), max_size=5, unique_by=lambda e: e["id"]))
    grew, model = [], FIRST
    for _ in range(data.draw(st.integers(1, 3))):
        model, changes = grown(data, model, 3)
        grew.append((model, changes))

    async def run() -> None:
        async with databases(postgres_url) as urls:
            for url in urls:
                now = list(flats)
                entry = await fill(url, packages[0], FIRST, now)
                for package, (after, changes) in zip(packages[1:], grew, strict=True):
                    now = done(changes, now)
                    await migrate(url, package)
                    await check(url, package, after, now, entry)

    with versions((FIRST, []), *grew) as packages:
        asyncio.run(run())


@_EXAMPLES
@given(data=st.data())
def test_a_migration_that_is_killed_anywhere_goes_on(
    data: st.DataObject, postgres_url: str
) -> None:
    flats = data.draw(st.lists(FIRST.values(), min_size=1, max_size=4, unique_by=lambda e: e["id"]))
    model, changes = grown(data, FIRST, 4)
    wait = data.draw(st.integers(0, 12))

    async def run() -> None:
        async with databases(postgres_url) as urls:
            for url in urls:
                entry = await fill(url, packages[0], FIRST, flats)
                await _killed_again_and_again(url, packages[1], wait)
                await migrate(url, packages[1])
                await check(url, packages[1], model, done(changes, flats), entry)

    with versions((FIRST, []), (model, changes)) as packages:
        asyncio.run(run())


async def _killed_again_and_again(url: str, package: str, wait: int) -> None:
    """Migrates, and is killed after some statements, then after more."""
    for after in range(wait, wait + 40, 7):
        store = open_store(package, url)
        try:
            async with Migrations(store).opened() as migrations:
                _kill_after(store, after)
                await migrations.apply("tests", loses=True)
            return
        except Killed:
            pass


def _kill_after(store: SqlStore, statements: int) -> None:
    """Lets a store's database end the process at a statement that writes."""
    database: Any = store.database
    execute, begin = database.execute, database.transaction
    left = itertools.count(statements, -1)

    def count_down() -> None:
        if next(left) <= 0:
            raise Killed

    async def counted(*arguments: Any) -> int:
        count_down()
        return int(await execute(*arguments))

    @asynccontextmanager
    async def transaction(**options: Any) -> AsyncIterator[Any]:
        async with begin(**options) as begun:
            # The transaction's own statements count, too: it is rolled back as by the server.
            inner = begun.execute

            async def counting(*arguments: Any) -> int:
                count_down()
                return int(await inner(*arguments))

            begun.execute = counting
            try:
                yield begun
            finally:
                begun.execute = inner

    database.execute, database.transaction = counted, transaction


@_EXAMPLES
@given(data=st.data())
def test_two_branches_are_merged_without_more_ado(data: st.DataObject, postgres_url: str) -> None:
    flats = data.draw(st.lists(FIRST.values(), min_size=1, max_size=3, unique_by=lambda e: e["id"]))
    both, changes = grown(data, FIRST, 4)
    ours, theirs = changes[::2], changes[1::2]
    our_model = their_model = FIRST
    for each in ours:
        our_model = each.of(our_model)
    for each in theirs:
        their_model = each.of(their_model)
    branches = [(FIRST, []), (our_model, ours), (their_model, theirs), (both, changes)]

    async def run() -> None:
        first, us, them, merged = packages
        for path in ((merged,), (us, merged), (them, merged)):
            async with databases(postgres_url) as urls:
                for url in urls:
                    entry = await fill(url, first, FIRST, flats)
                    for package in path:
                        await migrate(url, package)
                    await check(url, merged, both, done(changes, flats), entry)

    with versions(*branches) as packages:
        asyncio.run(run())


@_EXAMPLES
@given(data=st.data())
def test_a_copy_is_the_same_in_either_database(data: st.DataObject, postgres_url: str) -> None:
    flats = data.draw(st.lists(FIRST.values(), max_size=5, unique_by=lambda e: e["id"]))

    async def run() -> None:
        (package,) = packages
        async with databases(postgres_url) as (sqlite, postgres):
            entry = await fill(sqlite, package, FIRST, flats)
            there = await copy(open_store(package, sqlite), open_store(package, postgres))
            back = f"{sqlite}.back"
            again = await copy(open_store(package, postgres), open_store(package, back))
            own = "triptych_migrations"
            assert {e for e in there if e.name != own} == {e for e in again if e.name != own}
            for url in (postgres, back):
                await check(url, package, FIRST, flats, entry)

    with versions((FIRST, [])) as packages:
        asyncio.run(run())
