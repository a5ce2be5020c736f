"""Searching around: the same objects as by hand, in memory and in one statement on each database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from random import Random
from typing import Any

import msgspec
import pytest

from tests.fixtures.ledger import world
from tests.fixtures.ledger.domain.entities import Account, Entry
from tests.laws.test_expression import ENTRIES, Store, called, fill
from triptych import recorded_statements
from triptych.adapters.database.postgres import PostgresDatabase
from triptych.adapters.database.sqlite import SqliteDatabase
from triptych.adapters.expression.document import read_condition
from triptych.adapters.expression.writing import condition_document
from triptych.adapters.objects.memory import MemoryStore
from triptych.adapters.objects.objectset import ObjectSet
from triptych.adapters.objects.sql import SqlStore
from triptych.adapters.objects.values import PLAIN
from triptych.domain.errors import InvalidInput, UnknownName
from triptych.services.ontology import read_ontology


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    ontology = read_ontology("tests.fixtures.ledger")
    made: Store = MemoryStore(ontology)
    if request.param == "sqlite":
        made = SqlStore(ontology, SqliteDatabase(":memory:"))
    elif request.param == "postgres":
        made = SqlStore(ontology, PostgresDatabase(request.getfixturevalue("postgres_url")))
    await made.open()
    yield made
    await made.close()


def is_counted(entry: Entry) -> bool:
    return entry.count > 0


def has_old_witness(entry: Entry, witnesses: tuple[Account, ...]) -> bool:
    return any(each.age > 0 for each in witnesses)


async def keys(found: ObjectSet[Any]) -> set[Any]:
    return {each.id for each in await found}


@pytest.mark.parametrize("seed", range(5))
async def test_what_lies_around_is_found(store: Store, seed: int) -> None:
    random = Random(seed)
    accounts = world.accounts(random)
    entries = [world.entry(random, key) for key in range(ENTRIES)]
    await fill(store, accounts, entries)
    function, given, source = world.rule(random, 2)
    by_id = {each.id: each for each in accounts}
    picked = [each for each in entries if called(function, each, by_id, given)]
    found = store.repository(Entry).find(function, **given)
    seen = {seer for each in picked for seer in each.witnesses}
    assert await keys(found.around("account")) == {each.account for each in picked}, source
    assert await keys(found.around("other")) == {each.other for each in picked} - {None}, source
    assert await keys(found.around("witnesses")) == seen, source
    entries_of = {each.id for each in entries if each.other in seen}
    assert await keys(found.around("witnesses").around("others")) == entries_of, source
    back = found.around("witnesses").around("others", is_counted).around("account")
    counted = {each.account for each in entries if each.other in seen and each.count > 0}
    assert await keys(back) == counted, source
    assert await back.count() == len(counted)
    assert {each.id async for each in back.stream()} == counted


async def test_a_rule_with_links_is_asked_of_each_of_many(store: Store) -> None:
    random = Random(3)
    accounts = world.accounts(random)
    entries = [world.entry(random, key) for key in range(ENTRIES)]
    await fill(store, accounts, entries)
    old = {each.id for each in accounts if each.age > 0}
    wanted = {each.account for each in entries if old & each.witnesses}
    found = store.repository(Entry).find(has_old_witness).around("account")
    assert await keys(found) == wanted
    assert wanted
    text = msgspec.json.encode(condition_document(found.listing.condition, PLAIN))
    account = store.ontology.object_type(Account)
    read = read_condition(store.ontology, account, msgspec.json.decode(text), PLAIN)
    assert await keys(store.repository(Account).find(read)) == wanted


async def test_however_deep_it_is_one_statement(store: Store) -> None:
    found = store.repository(Entry).find({"count.gt": 1}).around("witnesses").around("others")
    with recorded_statements() as statements:
        await found.around("account", order="-name", take=5)
    assert len(statements) == (0 if isinstance(store, MemoryStore) else 1)


async def test_a_page_has_nothing_around_it(store: Store) -> None:
    with pytest.raises(InvalidInput, match="leave take and after out"):
        store.repository(Entry).find(take=5).around("account")
    with pytest.raises(UnknownName, match="link of Entry 'acount'; did you mean 'account'"):
        store.repository(Entry).find().around("acount")
