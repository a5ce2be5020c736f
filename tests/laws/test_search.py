"""Searching by words: the same objects found in memory and on each database, the best first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from tests.conftest import MakeDomain
from tests.fixtures.library.domain.entities import Author, Book
from tests.fixtures.library.domain.relationships import Review
from tests.fixtures.library.domain.value_objects import AuthorId, BookId, Shelf
from triptych import Table, recorded_statements, rule
from triptych.adapters.database.database import Database
from triptych.adapters.database.postgres import PostgresDatabase
from triptych.adapters.database.sqlite import SqliteDatabase
from triptych.adapters.expression.document import read_condition
from triptych.adapters.expression.writing import condition_document
from triptych.adapters.objects.memory import MemoryStore
from triptych.adapters.objects.repository import Repository
from triptych.adapters.objects.sql import SqlStore
from triptych.adapters.objects.values import PLAIN
from triptych.domain.errors import InvalidInput, SchemaMismatch
from triptych.services.objects import Browser
from triptych.services.ontology import read_ontology

TABLES = (Table(Book, search=["title", "shelf.room"]), Table(Author, search=["name"]))
TITLES = {
    "a": "The Odyssey of Homer, told anew",
    "b": "Homer",
    "c": "Ὀδύσσεια",
    "d": "École des femmes",
    "e": "Catch-22 (a novel)",
    "f": "O'Reilly's 737a manual, 2nd edition",
    "g": "",
}

type Store = MemoryStore | SqlStore


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    ontology = read_ontology("tests.fixtures.library")
    made: Store = MemoryStore(ontology, TABLES)
    if request.param == "sqlite":
        made = SqlStore(ontology, SqliteDatabase(":memory:"), TABLES)
    elif request.param == "postgres":
        database = PostgresDatabase(request.getfixturevalue("postgres_url"))
        made = SqlStore(ontology, database, TABLES)
    await made.open()
    homer = Author(id=AuthorId(UUID(int=7)), name="Homer of Chios")
    async with made.transaction() as transaction:
        await transaction.repository(Author).add(homer)
        for key, title in TITLES.items():
            held = Book(id=BookId(key), title=title, authors=(homer.id,) if key < "d" else ())
            await transaction.repository(Book).add(held)
    yield made
    await made.close()


async def found(store: Store, words: str, where: Any = None, **more: Any) -> list[str]:
    page = await store.repository(Book).find(where or {}, search=words, **more)
    return [each.id for each in page]


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("homer", "ab"),
        ("HOMER odys", "a"),
        ("odys-homer!", "a"),
        ("ὀδύ", "c"),
        ("ὈΔΎΣ", "c"),
        ("école", "d"),
        ("ecole", ""),
        ("catch 22", "e"),
        ("catch 23", ""),
        ("reilly 737", "f"),
        ("737A 2ND", "f"),
        ("omer", ""),
        ('"homer" OR NOT (x) NEAR/2 *', ""),
        ("homer & ! | :* ' -- ;", "ab"),
    ],
)
async def test_every_word_begins_one_that_is_there(store: Store, words: str, keys: str) -> None:
    assert sorted(await found(store, words)) == list(keys)
    assert await store.repository(Book).find(search=words).count() == len(keys)


async def test_the_best_come_first_unless_another_order_is_said(store: Store) -> None:
    assert await found(store, "homer") == ["b", "a"]
    assert await found(store, "homer", order="id") == ["a", "b"]


async def test_a_filter_and_a_rule_hold_besides_in_one_statement(store: Store) -> None:
    def is_thin(book: Book) -> bool:
        return book.pages < 5

    with recorded_statements() as statements:
        assert await found(store, "homer", {"title.contains": "told"}) == ["a"]
    assert len(statements) == (0 if isinstance(store, MemoryStore) else 1)
    assert await found(store, "homer", ~rule(is_thin)) == []
    assert await found(store, "homer", is_thin) == ["b", "a"]


async def test_pages_follow_each_other_by_rank(store: Store) -> None:
    first = await store.repository(Book).find(search="homer", take=1)
    assert [each.id for each in first] == ["b"]
    rest = await store.repository(Book).find(search="homer", take=1, after=first.next)
    assert [each.id for each in rest] == ["a"]
    assert rest.next is None
    streamed = [each.id async for each in store.repository(Book).find(search="homer").stream()]
    assert streamed == ["b", "a"]


async def test_what_changes_is_found_as_it_is_now(store: Store) -> None:
    books = store.repository(Book)
    await books.get(BookId("b"))
    await books.save(Book(id=BookId("b"), title="Virgil", shelf=Shelf("Rome", 1)))
    await books.remove(BookId("a"))
    assert await found(store, "homer") == []
    assert await found(store, "virgil rome") == ["b"]
    with pytest.raises(ZeroDivisionError):
        async with store.transaction() as transaction:
            added = await transaction.repository(Book).add(Book(id=BookId("z"), title="Homer"))
            inside = await transaction.repository(Book).find(search="homer")
            assert list(inside) == [added]
            raise ZeroDivisionError
    assert await found(store, "homer") == []


async def test_sets_around_and_aggregates_start_at_what_is_found(store: Store) -> None:
    books, authors = store.repository(Book), store.repository(Author)
    around = await books.find(search="odyssey").around("authors")
    assert [each.name for each in around] == ["Homer of Chios"]
    written = authors.find(search="chios").around("books", {"title.contains": "o"})
    assert {each.id for each in await written} == {"a", "b"}
    named = await authors.find().around("books", search="homer")
    assert [each.id for each in named] == ["b", "a"]
    assert list(await books.find(search="homer").aggregate("count")) == [{"count": 2}]


async def test_it_is_kept_as_json(store: Store) -> None:
    condition = store.repository(Book).find(search="homer").listing.condition
    document = msgspec.json.decode(msgspec.json.encode(condition_document(condition, PLAIN)))
    assert document == {"search": [{"object": ""}, {"value": "homer"}]}
    book = store.ontology.object_type(Book)
    read = read_condition(store.ontology, book, document, PLAIN)
    assert await store.repository(Book).count(read) == 2


async def test_what_makes_no_sense_is_told(store: Store) -> None:
    for words in ("", "!?", "w " * 21):
        with pytest.raises(InvalidInput, match="give 1 to 20"):
            await found(store, words)
    with pytest.raises(InvalidInput, match=r"say Table\(Review, search="):
        await store.repository(Review).find(search="x")


async def test_only_texts_are_searched() -> None:
    ontology = read_ontology("tests.fixtures.library")
    for path in ("pages", "tags"):
        with pytest.raises(InvalidInput, match="is no text"):
            SqlStore(ontology, SqliteDatabase(":memory:"), [Table(Book, search=[path])])
    with pytest.raises(InvalidInput, match="no stored value 'colour'"):
        SqlStore(ontology, SqliteDatabase(":memory:"), [Table(Book, search=["colour"])])


async def test_it_is_asked_for_over_http_and_in_the_shell(store: Store) -> None:
    if isinstance(store, MemoryStore):
        return
    browser, of = Browser(store), store.ontology.object_type(Book)
    page = await browser.list(of, [("search", "homer"), ("take", "1"), ("fields", "title")])
    assert msgspec.json.decode(page.texts[0])["title"] == "Homer"
    assert page.next is not None
    more = await browser.list(of, [("search", "homer"), ("take", "1"), ("after", page.next)])
    assert [msgspec.json.decode(text)["id"] for text in more.texts] == ["a"]
    by_id = await browser.list(of, [("search", "homer"), ("order", "id"), ("facets", "genre")])
    assert [msgspec.json.decode(text)["id"] for text in by_id.texts] == ["a", "b"]
    assert by_id.facets["genre"] == [{"value": "prose", "count": 2}]
    groups = await browser.aggregate(of, [("search", "homer"), ("measure", "count")])
    assert groups.rows == [[2]]


async def test_rewriting_the_file_keeps_the_words_with_their_rows(tmp_path: Path) -> None:
    ontology = read_ontology("tests.fixtures.library")
    store = SqlStore(ontology, SqliteDatabase(str(tmp_path / "books.db")), TABLES)
    await store.open()
    for number in range(50):
        held = Book(id=BookId(f"k{number}"), title=f"Number {number} w{number}x")
        await store.repository(Book).add(held)
    for number in range(0, 50, 3):
        await store.repository(Book).remove(BookId(f"k{number}"))
    await store.database.execute("VACUUM")
    for number in range(50):
        wanted = [f"k{number}"] if number % 3 else []
        assert await found(store, f"w{number}x") == wanted
    await store.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_a_database_without_its_index_of_words_is_refused(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    ontology = read_ontology("tests.fixtures.library")

    def database() -> Database:
        if kind == "sqlite":
            return SqliteDatabase(str(tmp_path / "books.db"))
        return PostgresDatabase(request.getfixturevalue("postgres_url"))

    plain = SqlStore(ontology, database())
    await plain.open()
    await plain.close()
    with pytest.raises(SchemaMismatch, match="books"):
        await SqlStore(ontology, database(), TABLES).open()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_words_are_found_by_their_index(kind: str, request: pytest.FixtureRequest) -> None:
    ontology = read_ontology("tests.fixtures.library")
    database: Any = SqliteDatabase(":memory:")
    explain = "EXPLAIN QUERY PLAN "
    if kind == "postgres":
        database = PostgresDatabase(request.getfixturevalue("postgres_url"))
        explain = "EXPLAIN "
    store = SqlStore(ontology, database, TABLES)
    await store.open()
    async with store.transaction() as transaction:
        for number in range(400):
            held = Book(id=BookId(f"k{number}"), title=f"Number {number} w{number}x")
            await transaction.repository(Book).add(held)
    if kind == "postgres":
        await database.execute("ANALYZE books")
    listing = store.repository(Book).find(search="w7x").listing
    statement, values = store.access["Book"].page(listing)
    rows = await database.fetch(explain + statement.text, values)
    plan = "\n".join(str(cell) for row in rows for cell in row)
    await store.close()
    assert ("VIRTUAL TABLE INDEX" if kind == "sqlite" else "ix_books__search") in plan, plan


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_names_may_be_words_of_sql(
    kind: str, make_domain: MakeDomain, request: pytest.FixtureRequest
) -> None:
    source = (
        '"""Words."""\nfrom __future__ import annotations\n'
        "from dataclasses import dataclass\nfrom typing import NewType\n"
        'OrderId = NewType("OrderId", int)\n\n\n'
        '@dataclass(frozen=True)\nclass Order:\n    """One."""\n'
        "    id: OrderId\n    group: str\n    rank: str\n"
    )
    ontology = read_ontology(make_domain({"entities.py": source}))
    python = ontology.object_type("order").python
    database: Any = SqliteDatabase(":memory:")
    if kind == "postgres":
        database = PostgresDatabase(request.getfixturevalue("postgres_url"))
    store = SqlStore(ontology, database, [Table(python, name='it\'s "so"', search=["group"])])
    await store.open()
    orders: Repository[Any] = store.repository(python)
    await orders.add(python(1, "first of all", "x"))
    await orders.save(python(1, "second to none", "x"))
    assert len(await orders.find(search="first")) == 0
    assert len(await orders.find(search="second")) == 1
    await store.close()
    with pytest.raises(InvalidInput, match="call it otherwise"):
        SqlStore(ontology, database, [Table(python, search=["rank"])])
