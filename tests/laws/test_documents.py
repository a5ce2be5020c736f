"""JSON of objects: what a database makes is what Python would write."""

from __future__ import annotations

from random import Random
from typing import Any

import msgspec
import pytest

from tests.builders import ENTITIES, one_entity
from tests.conftest import MakeDomain
from tests.fixtures.ledger import world
from tests.fixtures.ledger.domain.entities import Entry
from tests.laws.test_expression import fill
from triptych.adapters.database.postgres import PostgresDatabase
from triptych.adapters.database.sqlite import SqliteDatabase
from triptych.adapters.objects.mapping import plain_property
from triptych.adapters.objects.sql import SqlStore
from triptych.services.objects import Browser
from triptych.services.ontology import read_ontology


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_every_value_is_written_as_python_writes_it(
    kind: str, request: pytest.FixtureRequest
) -> None:
    database: Any = SqliteDatabase(":memory:")
    if kind == "postgres":
        database = PostgresDatabase(request.getfixturevalue("postgres_url"))
    store = SqlStore(read_ontology("tests.fixtures.ledger"), database)
    await store.open()
    random = Random(1)
    entries = {key: world.entry(random, key) for key in range(60)}
    await fill(store, world.accounts(random), list(entries.values()))
    browser = Browser(store)
    of = browser.ontology.object_type(Entry)
    many = await browser.list(of, [("take", "100")])
    alone = [(await browser.get(of, [str(key)])).text for key in entries]
    await store.close()
    for text in [*many.texts, *alone]:
        found = msgspec.json.decode(text)
        entry = entries[found["id"]]
        for held in of.properties:
            wanted = plain_property(held, getattr(entry, held.name))
            shown = found[held.name]
            if held.many == "frozenset":
                wanted, shown = sorted(wanted), sorted(shown)
            assert shown == wanted, held.name


async def test_properties_may_be_called_as_sqlite_calls_its_rows(make_domain: MakeDomain) -> None:
    fields = "    rowid: int\n    oid: int\n"
    package = make_domain({**one_entity("int", []), "entities.py": ENTITIES + fields})
    store = SqlStore(read_ontology(package), SqliteDatabase(":memory:"))
    await store.open()
    python: Any = store.ontology.object_type("Thing").python
    for key in (3, 1, 2):
        await store.repository(python).add(python(id=key, rowid=1, oid=10 - key))
    found = await Browser(store).list(store.ontology.object_type("Thing"), [("order", "-oid")])
    await store.close()
    assert [msgspec.json.decode(each) for each in found.texts] == [
        {"id": key, "rowid": 1, "oid": 10 - key} for key in (1, 2, 3)
    ]
