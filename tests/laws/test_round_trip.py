"""What is stored comes back as it was, whatever its type, on every database."""

from __future__ import annotations

import asyncio
import importlib
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import SCALARS, FieldType, field_types, key_types, one_entity
from tests.conftest import MakeDomain
from triptych.adapters.database.database import Database
from triptych.adapters.database.postgres import PostgresDatabase
from triptych.adapters.database.sqlite import SqliteDatabase
from triptych.adapters.objects.mapping import plain_property
from triptych.adapters.objects.reading import DocumentReader
from triptych.adapters.objects.repository import Repository
from triptych.adapters.objects.sql import SqlStore
from triptych.adapters.objects.tables import ENTRY
from triptych.domain.ontology import ObjectType, Ontology, ScalarKind
from triptych.services.ontology import read_ontology

pytestmark = pytest.mark.unmeasured

_EXAMPLES = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


async def _round_trip(ontology: Ontology, database: Database, objects: list[Any]) -> None:
    """Writes objects, reads them back as objects and as JSON, and takes the tables away."""
    store = SqlStore(ontology, database)
    await store.open()
    thing = ontology.object_type("Thing")
    try:
        repository: Repository[Any] = store.repository(thing.python)
        for each in objects:
            await repository.add(each)
        reader = DocumentReader(store)
        for each in objects:
            assert await repository.get(each.id) == each
            document = await reader.get("Thing", each.id)
            assert _read(document.text) == {
                held.name: _as_json(plain_property(held, getattr(each, held.name)))
                for held in thing.properties
            }
        assert {each.id for each in await repository.find()} == {each.id for each in objects}
        await _check_packed(store, thing, objects)
    finally:
        for table in store.tables:
            await database.execute(f"DROP TABLE {table.name}")
        await store.close()


async def _check_packed(store: SqlStore, thing: ObjectType, objects: list[Any]) -> None:
    """Checks that many rows, packed and sent together, lie in the table as each by itself did."""
    access, database = store.access[thing.name], store.database
    if any(each.is_joined for each in access.layout.columns):
        return
    table, names = access.stored.table.name, [each.name for each in access.stored.table.columns]
    shown = f"{table}::text" if database.dialect.name == "postgresql" else "*"
    await database.execute(f"UPDATE {table} SET {ENTRY} = 7")
    by_itself = await database.fetch(f"SELECT {shown} FROM {table}")
    await database.execute(f"DELETE FROM {table}")
    kinds = [ScalarKind.INT, ScalarKind.INT, *(each.kind for each in access.layout.columns)]
    rows = [[1, 7, *access.mapping.checked_values(each)] for each in objects]
    async with database.transaction(is_bulk=True) as transaction:
        await transaction.load_packed(table, names, database.dialect.packer(kinds)(rows))
    assert sorted(map(repr, by_itself)) == sorted(
        map(repr, await database.fetch(f"SELECT {shown} FROM {table}"))
    )


def _read(text: str) -> Any:
    """Reads JSON with every number exact, and unordered lists in one order."""
    return _as_json(json.loads(text, parse_float=Decimal))


def _as_json(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(repr(value)) + 0
    if isinstance(value, Decimal):
        return Decimal(repr(float(value))) + 0
    if isinstance(value, list):
        return sorted((_as_json(each) for each in value), key=repr)
    if isinstance(value, dict):
        return {name: _as_json(each) for name, each in value.items()}
    return _number(value)


def _number(value: Any) -> Any:
    """Writes whole numbers, and decimals as text, in one way."""
    if type(value) is int:
        return Decimal(value)
    if (
        isinstance(value, str)
        and value.lstrip("-").replace(".", "", 1).isdecimal()
        and value.isascii()
    ):
        return str(Decimal(value).normalize() + 0)
    return value


@_EXAMPLES
@given(
    key=key_types,
    fields=st.lists(field_types, max_size=6),
    data=st.data(),
)
def test_generated_entities_survive_the_round_trip(
    key: str,
    fields: list[FieldType],
    data: st.DataObject,
    make_domain: MakeDomain,
    postgres_url: str,
) -> None:
    package = make_domain(one_entity(key, fields))
    ontology = read_ontology(package)
    module = importlib.import_module(f"{package}.domain.entities")
    values = {f"field_{n}": each.values(module) for n, each in enumerate(fields)}
    things = st.lists(
        st.builds(module.Thing, id=SCALARS[key], **values),
        max_size=4,
        unique_by=lambda each: each.id,
    )
    objects = data.draw(things)
    asyncio.run(_round_trip(ontology, SqliteDatabase(":memory:"), objects))
    asyncio.run(_round_trip(ontology, PostgresDatabase(postgres_url, connections=2), objects))


@pytest.mark.parametrize("text", ["", "é", "😀", "a\u0301", "\u2028", "'", '"', "\\", "%", "NULL"])
async def test_text_is_kept_letter_by_letter(sql_store: SqlStore, text: str) -> None:
    from tests.laws.test_repository import book

    books = sql_store.repository(type(book(1)))
    await books.add(book(1, title=text, tags=frozenset({text})))
    assert await books.get("b001") == book(1, title=text, tags=frozenset({text}))


async def test_nothing_and_empty_are_told_apart(sql_store: SqlStore) -> None:
    from tests.fixtures.library.domain.value_objects import Note
    from tests.laws.test_repository import book

    books = sql_store.repository(type(book(1)))
    kept = [
        book(1, note=None, scores=None),
        book(2, note=Note(), scores=()),
        book(3, note=Note(text=""), cover=b""),
    ]
    for each in kept:
        await books.add(each)
    assert list(await books.find()) == kept
