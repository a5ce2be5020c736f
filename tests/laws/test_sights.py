"""What is hidden or masked, of every kind of property, on each database."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tests.fixtures.library.domain.entities import Author, Book, Branch
from tests.fixtures.library.domain.value_objects import (
    AuthorId,
    BookId,
    BranchId,
    Genre,
    Note,
    Shelf,
)
from triptych import Actor
from triptych.adapters.objects.sql import SqlStore
from triptych.domain.errors import PropertyHidden
from triptych.domain.policies import Effect, Policy
from triptych.services.objects import Browser
from triptych.services.policies import Policies

BOB = Actor("bob")


def is_cheap(actor: Actor, book: Book) -> bool:
    """Everybody may see cheap books."""
    return book.price < 10


def is_there(actor: Actor, book: Book) -> bool:
    """Of a book that is lent, not everything is told."""
    return not book.is_lent


def is_anybody(actor: Actor) -> bool:
    return True


def policies(store: SqlStore, **masks: Any) -> Policies:
    said = [
        Policy(effect=Effect.ALLOWS, what="read", about=(Book,), rule=is_cheap),
        Policy(effect=Effect.ALLOWS, what="read", about=(Author, Branch), rule=is_anybody),
    ]
    for name, mask in masks.items():
        said.append(
            Policy(
                effect=Effect.ALLOWS,
                what="read",
                about=(Book,),
                fields=(name,),
                mask=mask,
                rule=is_there,
            )
        )
    return Policies(store, said)


def browser(store: SqlStore, of: Policies) -> Browser:
    return Browser(store, view=of.view(BOB), sights=of.sights(BOB))


def book_id(number: int) -> BookId:
    return BookId(f"b{number}")


def author_id(number: int) -> AuthorId:
    return AuthorId(UUID(int=100 + number))


def book(number: int, **more: Any) -> Book:
    given: dict[str, Any] = {
        "id": book_id(number),
        "title": f"Book {number}",
        "authors": (author_id(0), author_id(1)),
        "price": Decimal("5.50"),
        "pages": 321,
        "weight": 2.5,
        "code": UUID(int=9),
        "cover": b"x",
        "printed": date(2020, 2, 3),
        "bought": datetime(2021, 5, 6, 7, 8, 9, tzinfo=UTC),
        "age": timedelta(hours=30),
        "genre": Genre.PROSE,
        "tags": frozenset({"old"}),
        "home_id": BranchId(1),
    }
    return Book(**(given | more))


@pytest.fixture
async def filled(sql_store: SqlStore) -> SqlStore:
    """Gives three books: one plain, one lent, one that is too dear to be seen."""
    async with sql_store.transaction() as t:
        await t.repository(Branch).add(Branch(id=BranchId(1), name="Main"))
        for n in range(2):
            await t.repository(Author).add(Author(id=author_id(n), name=f"Author {n}"))
        await t.repository(Book).add(book(0))
        await t.repository(Book).add(book(1, is_lent=True))
        await t.repository(Book).add(book(2, price=Decimal(99)))
    return sql_store


async def seen(store: SqlStore, of: Policies, *pairs: tuple[str, str]) -> list[dict[str, Any]]:
    view = browser(store, of)
    page = await view.list(view.ontology.object_type("book"), [*pairs, ("order", "id")])
    return [json.loads(each) for each in page.texts]


MASKS: list[tuple[str, Any, Any]] = [
    ("price", Decimal("1.5"), "1.5"),
    ("pages", 0, 0),
    ("weight", 0.0, 0.0),
    ("genre", list(Genre)[-1], list(Genre)[-1].value),
    ("bought", datetime(2000, 1, 1, tzinfo=UTC), "2000-01-01T00:00:00.000000Z"),
    ("printed", date(2000, 1, 1), "2000-01-01"),
    ("age", timedelta(0), "PT0S"),
    ("is_lent", False, False),
]


def in_hundreds(pages: int) -> int:
    return pages // 100 * 100


def doubled(weight: float) -> float:
    return weight * 2


class TestMasks:
    @pytest.mark.parametrize(("name", "mask", "shown"), MASKS)
    async def test_values_of_every_kind_stand_in(
        self, filled: SqlStore, name: str, mask: Any, shown: Any
    ) -> None:
        of = policies(filled, **{name: mask})
        plain, lent = await seen(filled, of)
        whole = json.loads(
            (await Browser(filled).get(filled.ontology.object_type("book"), [str(book_id(0))])).text
        )
        assert plain == whole
        assert lent[name] == shown
        kept = of.view(BOB).repository(Book)
        assert getattr(await kept.get(book_id(1)), name) == mask
        shown_one = await of.showing(BOB).document("Book", book(1, is_lent=True))
        assert shown_one == lent

    @pytest.mark.parametrize(
        ("name", "mask", "shown"), [("pages", in_hundreds, 300), ("weight", doubled, 5.0)]
    )
    async def test_they_may_be_made_of_the_value(
        self, filled: SqlStore, name: str, mask: Callable[..., Any], shown: Any
    ) -> None:
        of = policies(filled, **{name: mask})
        plain, lent = await seen(filled, of)
        assert lent[name] == shown
        assert plain[name] != shown
        assert [each["id"] for each in await seen(filled, of, (name, str(shown)))] == [lent["id"]]


class TestHidden:
    @pytest.mark.parametrize("name", ["code", "printed", "home_id", "shelf", "note", "isbn"])
    async def test_what_may_be_missing_is(self, filled: SqlStore, name: str) -> None:
        async with filled.transaction() as t:
            books = t.repository(Book)
            await books.get(book_id(1))
            await books.save(book(1, is_lent=True, shelf=Shelf("A", 3), note=Note("x", 2)))
        of = policies(filled, **{name: None})
        plain, lent = await seen(filled, of)
        assert lent[name] is None
        assert getattr(await of.view(BOB).repository(Book).get(book_id(1)), name) is None
        part = {"shelf": "shelf.room", "note": "note.text"}.get(name, name)
        missing = await seen(filled, of, (f"{part}.missing", "true"))
        assert lent["id"] in [each["id"] for each in missing]
        assert plain["id"]

    @pytest.mark.parametrize("name", ["tags", "editions", "authors"])
    async def test_several_values_are_none(self, filled: SqlStore, name: str) -> None:
        of = policies(filled, **{name: None})
        plain, lent = await seen(filled, of)
        assert lent[name] == []
        assert plain[name] == (["old"] if name == "tags" else plain[name])
        assert len(getattr(await of.view(BOB).repository(Book).get(book_id(1)), name)) == 0

    @pytest.mark.parametrize("name", ["pages", "price", "genre", "cover"])
    async def test_what_is_never_missing_is_for_documents_only(
        self, filled: SqlStore, name: str
    ) -> None:
        of = policies(filled, **{name: None})
        _, lent = await seen(filled, of)
        assert lent[name] is None
        with pytest.raises(PropertyHidden, match=name):
            of.view(BOB).repository(Book)


class TestLinksToMany:
    async def test_they_lead_to_and_from_what_is_seen(self, filled: SqlStore) -> None:
        of = policies(filled)
        view = browser(filled, of)
        author = view.ontology.object_type("author")
        link = next(
            each.name for each in view.ontology.links_from("Author") if each.target == "Book"
        )
        page = await view.list(author, [("include", link), ("order", "id")])
        (ends,) = page.included.values()
        assert {json.loads(each)["id"] for each in ends} == {str(book_id(0)), str(book_id(1))}
        led: Any = await view.follow(author, [str(author_id(0))], link, [("total", "true")])
        assert led.total == 2
        assert await of.view(BOB).repository(Author).find({}).around(link).count() == 2

    async def test_a_hidden_link_leads_nowhere_either_way(self, filled: SqlStore) -> None:
        of = policies(filled, authors=None)
        view = browser(filled, of)
        author, books = (view.ontology.object_type(each) for each in ("author", "book"))
        link = next(
            each.name for each in view.ontology.links_from("Author") if each.target == "Book"
        )
        led: Any = await view.follow(author, [str(author_id(0))], link, [("total", "true")])
        assert led.total == 1
        found: Any = await view.follow(books, [str(book_id(1))], "authors", [])
        assert found.texts == []
        page = await view.list(books, [("include", "authors"), ("order", "id")])
        assert len(page.included["authors"]) == 2
        held = [("authors.contains", str(author_id(0)))]
        assert len((await view.list(books, held)).texts) == 1
