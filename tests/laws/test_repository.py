"""What every repository keeps to, whatever keeps the objects."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tests.fixtures.library.domain.entities import Author, Book, Branch
from tests.fixtures.library.domain.relationships import Review
from tests.fixtures.library.domain.value_objects import AuthorId, BookId, BranchId, Shelf
from triptych import Store
from triptych.domain.errors import (
    InvalidCursor,
    InvalidInput,
    LinkDangling,
    ObjectExists,
    ObjectLinked,
    ObjectMissing,
    ObjectStale,
    UnknownName,
)

SAPPHO = Author(id=AuthorId(UUID(int=1)), name="Sappho")
CATULLUS = Author(id=AuthorId(UUID(int=2)), name="Catullus", teacher=SAPPHO.id)
HOUSE = Branch(id=BranchId(7), name="Main house")


def book(number: int, **values: Any) -> Book:
    """Builds a book that is like no other."""
    return Book(id=BookId(f"b{number:03}"), **{"title": f"Book {number}", **values})


async def shelve(store: Store, *books: Book) -> None:
    """Adds two authors, a house and some books."""
    authors = store.repository(Author)
    await authors.add(SAPPHO)
    await authors.add(CATULLUS)
    await store.repository(Branch).add(HOUSE)
    for each in books:
        await store.repository(Book).add(each)


async def ids(store: Store, where: dict[str, Any], order: str = "") -> list[str]:
    """Lists the ids of what a filter picks out."""
    return [each.id for each in await store.repository(Book).find(where, order=order)]


class TestGet:
    async def test_what_was_added_is_read_back(self, store: Store) -> None:
        await shelve(store)
        assert await store.repository(Author).get(CATULLUS.id) == CATULLUS

    async def test_a_missing_object_is_told_by_its_id(self, store: Store) -> None:
        with pytest.raises(ObjectMissing, match="there is no Branch 9"):
            await store.repository(Branch).get(BranchId(9))

    async def test_an_id_of_another_type_is_refused(self, store: Store) -> None:
        with pytest.raises(InvalidInput, match="id: is 'x', not a UUID"):
            await store.repository(Author).get("x")

    async def test_a_relationship_is_known_by_its_ids(self, store: Store) -> None:
        await shelve(store, book(1))
        review = Review(critic=SAPPHO.id, book=BookId("b001"), stars=5)
        await store.repository(Review).add(review)
        assert await store.repository(Review).get((SAPPHO.id, "b001")) == review

    async def test_half_the_ids_of_a_relationship_are_refused(self, store: Store) -> None:
        with pytest.raises(InvalidInput, match="critic, book"):
            await store.repository(Review).get((SAPPHO.id,))

    async def test_many_are_read_by_id_and_missing_ones_left_out(self, store: Store) -> None:
        await shelve(store, *(book(n) for n in range(5)))
        found = await store.repository(Book).get_many(["b003", "b001", "nope", "b001"])
        assert found == {"b003": book(3), "b001": book(1)}

    async def test_many_of_none_is_nothing(self, store: Store) -> None:
        assert await store.repository(Book).get_many([]) == {}

    async def test_many_relationships_are_read_by_their_ids(self, store: Store) -> None:
        await shelve(store, book(1), book(2))
        reviews = store.repository(Review)
        for n in (1, 2):
            await reviews.add(Review(critic=SAPPHO.id, book=BookId(f"b00{n}"), stars=n))
        found = await reviews.get_many([(SAPPHO.id, "b002"), (CATULLUS.id, "b002")])
        assert [each.stars for each in found.values()] == [2]

    async def test_a_class_of_no_ontology_has_no_repository(self, store: Store) -> None:
        with pytest.raises(UnknownName, match="no object type 'Shelf'"):
            store.repository(Shelf)


class TestFind:
    @pytest.mark.parametrize(
        ("where", "expected"),
        [
            ({"pages": 2}, ["b002"]),
            ({"pages.ne": 2}, ["b001", "b003"]),
            ({"pages.lt": 2}, ["b001"]),
            ({"pages.le": 2}, ["b001", "b002"]),
            ({"pages.gt": 2}, ["b003"]),
            ({"pages.ge": 2}, ["b002", "b003"]),
            ({"pages.in": [1, 3, 99]}, ["b001", "b003"]),
            ({"pages.in": []}, []),
            ({"pages.gt": 1, "pages.lt": 3}, ["b002"]),
            ({"shelf.room": "A"}, ["b001"]),
            ({"shelf.room.missing": True}, ["b003"]),
            ({"shelf.number": None}, ["b002", "b003"]),
            ({"shelf.number.ne": None}, ["b001"]),
            ({"shelf.room.ne": "A"}, ["b002", "b003"]),
            ({"shelf.room.gt": "A"}, ["b002"]),
            ({"title": "'; DROP TABLE volumes; --"}, []),
            ({"wear.gt": -500}, ["b001", "b002", "b003"]),
        ],
    )
    async def test_a_filter_picks_out_what_it_says(
        self, store: Store, where: dict[str, Any], expected: list[str]
    ) -> None:
        await shelve(
            store,
            book(1, pages=1, shelf=Shelf("A", 4)),
            book(2, pages=2, shelf=Shelf("B")),
            book(3, pages=3),
        )
        assert await ids(store, where) == expected

    async def test_without_a_filter_everything_is_found_in_order_of_the_key(
        self, store: Store
    ) -> None:
        await shelve(store, book(2), book(1))
        assert await ids(store, {}) == ["b001", "b002"]

    async def test_text_is_ordered_by_code_point(self, store: Store) -> None:
        titles = ["b", "B", "a", "é", "z", "😀", "\ufffd"]
        await shelve(store, *(book(n, title=title) for n, title in enumerate(titles)))
        found = await store.repository(Book).find(order="title")
        assert [each.title for each in found] == sorted(titles)

    async def test_decimals_are_ordered_by_value(self, store: Store) -> None:
        prices = [Decimal(text) for text in ("9.5", "10", "0.10", "100.01", "2E+1")]
        await shelve(store, *(book(n, price=price) for n, price in enumerate(prices)))
        found = await store.repository(Book).find({"price.gt": Decimal("9.50")}, order="price")
        assert [each.price for each in found] == [10, 20, Decimal("100.01")]

    async def test_equal_decimals_are_equal_however_they_are_written(self, store: Store) -> None:
        await shelve(store, book(1, price=Decimal("1.10")))
        assert await ids(store, {"price": Decimal("1.1")}) == ["b001"]

    @pytest.mark.parametrize(("order", "expected"), [("age", [1, 2, None]), ("-age", [2, 1, None])])
    async def test_what_has_no_value_comes_last_either_way(
        self, store: Store, order: str, expected: list[int | None]
    ) -> None:
        numbers = {1: 1, 2: None, 3: 2}
        await shelve(
            store, *(book(n, shelf=Shelf("A", m), title=f"{n}") for n, m in numbers.items())
        )
        found = await store.repository(Book).find(order=order.replace("age", "shelf.number"))
        assert [each.shelf.number if each.shelf else 0 for each in found] == expected

    @pytest.mark.parametrize(
        "order", ["", "pages", "-pages", "shelf.number", "-shelf.number,title"]
    )
    async def test_pages_put_together_are_the_whole_list(self, store: Store, order: str) -> None:
        await shelve(
            store,
            *(book(n, pages=n % 3, shelf=Shelf(str(n), n % 4 or None)) for n in range(13)),
        )
        books = store.repository(Book)
        whole = [each.id for each in await books.find(order=order)]
        paged: list[str] = []
        after = None
        while True:
            page = await books.find(order=order, take=4, after=after)
            paged += [each.id for each in page]
            after = page.next
            if after is None:
                break
        assert paged == whole
        assert len(whole) == 13

    @pytest.mark.parametrize("cursor", ["", "x", "bm9wZQ", "é", "W10", "x" * 9_000, "WyJhIl0="])
    async def test_a_forged_cursor_is_refused(self, store: Store, cursor: str) -> None:
        with pytest.raises(InvalidCursor, match="start again without one"):
            await store.repository(Book).find(after=cursor)

    async def test_a_cursor_of_another_list_is_refused(self, store: Store) -> None:
        await shelve(store, book(1), book(2))
        books = store.repository(Book)
        cursor = (await books.find(take=1)).next
        with pytest.raises(InvalidCursor, match="another list"):
            await books.find({"pages": 1}, after=cursor)

    @pytest.mark.parametrize("take", [0, -1, 1_001])
    async def test_a_page_has_a_size(self, store: Store, take: int) -> None:
        with pytest.raises(InvalidInput, match="ask for 1 to 1000"):
            await store.repository(Book).find(take=take)

    async def test_all_problems_of_a_filter_are_told_at_once(self, store: Store) -> None:
        with pytest.raises(InvalidInput) as caught:
            await store.repository(Book).find({"pags": 1, "authors": 2, "shelf": 3})
        assert [each.where for each in caught.value.problems] == ["pags", "authors", "shelf"]
        assert "did you mean 'pages'?" in str(caught.value)

    async def test_a_value_of_another_type_is_refused(self, store: Store) -> None:
        with pytest.raises(InvalidInput, match=r"pages\.gt: is 'many', not a int"):
            await store.repository(Book).find({"pages.gt": "many"})

    async def test_an_unknown_order_is_refused(self, store: Store) -> None:
        with pytest.raises(InvalidInput, match="order: there is no property of Book 'colour'"):
            await store.repository(Book).find(order="-colour")


class TestInclude:
    async def test_links_of_every_kind_are_read_with_a_page(self, store: Store) -> None:
        first = book(1, authors=(CATULLUS.id, SAPPHO.id), home_id=HOUSE.id)
        await shelve(store, first, book(2))
        page = await store.repository(Book).find(include=["authors", "home", "authors.teacher"])
        assert page.linked("b001", "authors") == (CATULLUS, SAPPHO)
        assert page.linked("b001", "home") == (HOUSE,)
        assert page.linked("b002", "home") == ()
        assert page.linked(CATULLUS.id, "authors.teacher") == (SAPPHO,)

    async def test_links_are_followed_back(self, store: Store) -> None:
        await shelve(store, book(1, authors=(SAPPHO.id,)), book(2, home_id=HOUSE.id))
        page = await store.repository(Author).find(order="name", include=["books", "pupils"])
        assert page.linked(SAPPHO.id, "books") == (book(1, authors=(SAPPHO.id,)),)
        assert page.linked(SAPPHO.id, "pupils") == (CATULLUS,)
        assert page.linked(CATULLUS.id, "books") == ()
        houses = await store.repository(Branch).find(include=["books"])
        assert [each.id for each in houses.linked(HOUSE.id, "books")] == ["b002"]

    async def test_an_unknown_link_is_refused(self, store: Store) -> None:
        with pytest.raises(UnknownName, match="no link of Book 'author'; did you mean 'authors'"):
            await store.repository(Book).find(include=["author"])

    async def test_a_link_that_was_not_read_is_not_there(self, store: Store) -> None:
        page = await store.repository(Book).find()
        with pytest.raises(UnknownName, match="included link"):
            page.linked("b001", "authors")

    async def test_a_deep_include_is_refused(self, store: Store) -> None:
        with pytest.raises(InvalidInput, match="go through 3 at the most"):
            await store.repository(Author).find(include=["pupils.pupils.pupils.pupils"])

    async def test_too_many_includes_are_refused(self, store: Store) -> None:
        ways = [
            f"{a}.{b}.{c}"
            for a in ("pupils", "teacher")
            for b in ("pupils", "teacher")
            for c in ("pupils", "teacher")
        ]
        with pytest.raises(InvalidInput, match="too many"):
            await store.repository(Author).find(include=ways)


class TestCountAndStream:
    async def test_a_filter_is_counted(self, store: Store) -> None:
        await shelve(store, *(book(n, pages=n) for n in range(4)))
        assert await store.repository(Book).count({"pages.gt": 1}) == 2

    async def test_a_stream_yields_everything_in_order(self, store: Store) -> None:
        await shelve(store, *(book(n, pages=-n) for n in range(1_100)))
        streamed = [each.pages async for each in store.repository(Book).stream(order="pages")]
        assert streamed == list(range(-1_099, 1))


class TestAdd:
    async def test_an_id_is_there_only_once(self, store: Store) -> None:
        await shelve(store)
        with pytest.raises(ObjectExists, match="Branch 7 is there already"):
            await store.repository(Branch).add(replace(HOUSE, name="Other"))

    async def test_a_unique_set_is_there_only_once(self, store: Store) -> None:
        await shelve(store)
        with pytest.raises(ObjectExists, match="another Branch has the same name"):
            await store.repository(Branch).add(replace(HOUSE, id=BranchId(8)))

    async def test_a_dangling_link_is_named(self, store: Store) -> None:
        with pytest.raises(LinkDangling, match="points to Branch 99, which is not there"):
            await store.repository(Book).add(book(1, home_id=BranchId(99)))
        assert await store.repository(Book).count() == 0

    async def test_a_dangling_link_among_many_is_named(self, store: Store) -> None:
        await shelve(store)
        lost = AuthorId(UUID(int=9))
        with pytest.raises(LinkDangling, match=str(lost)):
            await store.repository(Book).add(book(1, authors=(SAPPHO.id, lost)))
        assert await store.repository(Book).count() == 0

    async def test_all_values_that_do_not_fit_are_told(self, store: Store) -> None:
        bad = book(1, pages="x", wear=101, isbn="12", bought=datetime(2026, 1, 1), title="\0")
        with pytest.raises(InvalidInput) as caught:
            await store.repository(Book).add(bad)
        places = [each.where for each in caught.value.problems]
        assert places == ["title", "pages", "isbn", "bought", "wear"]

    async def test_an_object_of_another_class_is_refused(self, store: Store) -> None:
        with pytest.raises(InvalidInput, match="is not a Book"):
            await store.repository(Book).add(HOUSE)  # type: ignore[arg-type]  # what is tested

    async def test_an_object_may_point_to_itself(self, store: Store) -> None:
        own = AuthorId(UUID(int=3))
        await store.repository(Author).add(Author(id=own, name="Autodidact", teacher=own))
        assert (await store.repository(Author).get(own)).teacher == own


class TestSave:
    async def test_a_saved_object_is_read_back_at_the_next_version(self, store: Store) -> None:
        await shelve(store, book(1))
        books = store.repository(Book)
        found = await books.get(BookId("b001"))
        await books.save(replace(found, weight=9.0, authors=(SAPPHO.id,)))
        assert (await books.get(BookId("b001"))).authors == (SAPPHO.id,)
        assert books.version("b001") == 2

    async def test_an_object_that_others_changed_is_stale(self, store: Store) -> None:
        await shelve(store, book(1))
        mine, theirs = store.repository(Book), store.repository(Book)
        for books in (mine, theirs):
            await books.get(BookId("b001"))
        await theirs.save(book(1, pages=1))
        with pytest.raises(ObjectStale, match="no longer at version 1"):
            await mine.save(book(1, pages=2))

    async def test_an_object_that_was_never_read_has_no_version(self, store: Store) -> None:
        await shelve(store, book(1))
        with pytest.raises(InvalidInput, match="read it first, or say its version"):
            await store.repository(Book).save(book(1))

    async def test_a_version_may_be_said(self, store: Store) -> None:
        await shelve(store, book(1))
        await store.repository(Book).save(book(1, pages=4), version=1)
        assert await ids(store, {"pages": 4}) == ["b001"]

    async def test_a_missing_object_is_told(self, store: Store) -> None:
        with pytest.raises(ObjectMissing, match="there is no Book 'b001'"):
            await store.repository(Book).save(book(1), version=1)

    async def test_a_dangling_link_leaves_all_as_it_was(self, store: Store) -> None:
        await shelve(store, book(1, authors=(SAPPHO.id,)))
        lost = book(1, authors=(AuthorId(UUID(int=9)),), pages=7)
        with pytest.raises(LinkDangling):
            await store.repository(Book).save(lost, version=1)
        assert await store.repository(Book).get("b001") == book(1, authors=(SAPPHO.id,))

    async def test_what_a_stream_yields_must_be_read_before_it_is_saved(self, store: Store) -> None:
        await shelve(store, book(1))
        books = store.repository(Book)
        streamed = [each async for each in books.stream()]
        with pytest.raises(InvalidInput, match="has not read"):
            await books.save(streamed[0])


class TestRemove:
    async def test_a_removed_object_is_gone(self, store: Store) -> None:
        await shelve(store, book(1, authors=(SAPPHO.id,)))
        await store.repository(Book).remove("b001")
        assert await store.repository(Book).count() == 0

    async def test_a_missing_object_is_told(self, store: Store) -> None:
        with pytest.raises(ObjectMissing):
            await store.repository(Book).remove("b001")

    async def test_an_object_with_links_to_it_stays(self, store: Store) -> None:
        await shelve(store, book(1, home_id=HOUSE.id))
        with pytest.raises(ObjectLinked, match="Branch 7 still has books"):
            await store.repository(Branch).remove(HOUSE.id)
        assert await store.repository(Branch).get(HOUSE.id) == HOUSE

    async def test_one_of_many_with_links_to_it_stays(self, store: Store) -> None:
        await shelve(store, book(1, authors=(CATULLUS.id,)))
        with pytest.raises(ObjectLinked, match="still has books"):
            await store.repository(Author).remove(CATULLUS.id)

    async def test_an_object_that_others_changed_is_stale(self, store: Store) -> None:
        await shelve(store, book(1))
        books = store.repository(Book)
        await books.get("b001")
        await store.repository(Book).save(book(1, pages=1), version=1)
        with pytest.raises(ObjectStale):
            await books.remove("b001")


class TestTransaction:
    async def test_it_sees_its_own_writes_and_others_do_not(self, store: Store) -> None:
        async with store.transaction() as transaction:
            await transaction.repository(Branch).add(HOUSE)
            assert await transaction.repository(Branch).get(HOUSE.id) == HOUSE
        assert await store.repository(Branch).get(HOUSE.id) == HOUSE

    async def test_one_object_takes_the_place_of_another(self, store: Store) -> None:
        await shelve(store)
        async with store.transaction() as transaction:
            branches = transaction.repository(Branch)
            await branches.remove(HOUSE.id)
            await branches.add(replace(HOUSE, id=BranchId(8)))
        assert [each.id for each in await store.repository(Branch).find()] == [8]

    async def test_an_error_rolls_everything_back(self, store: Store) -> None:
        with pytest.raises(RuntimeError, match="enough"):
            async with store.transaction() as transaction:
                await transaction.repository(Branch).add(HOUSE)
                raise RuntimeError("enough")
        assert await store.repository(Branch).count() == 0

    async def test_links_may_lead_to_what_is_added_later(self, store: Store) -> None:
        async with store.transaction() as transaction:
            await transaction.repository(Book).add(book(1, home_id=HOUSE.id, authors=(SAPPHO.id,)))
            await transaction.repository(Branch).add(HOUSE)
            await transaction.repository(Author).add(SAPPHO)
        assert await ids(store, {"home_id": HOUSE.id}) == ["b001"]

    async def test_a_link_that_dangles_at_the_end_is_named(self, store: Store) -> None:
        with pytest.raises(LinkDangling, match="points to Branch 7"):
            async with store.transaction() as transaction:
                await transaction.repository(Author).add(SAPPHO)
                await transaction.repository(Book).add(book(1, home_id=HOUSE.id))
        assert await store.repository(Author).count() == 0

    async def test_a_removed_object_with_links_to_it_is_named(self, store: Store) -> None:
        await shelve(store, book(1, home_id=HOUSE.id))
        with pytest.raises(ObjectLinked, match="still has books"):
            async with store.transaction() as transaction:
                await transaction.repository(Branch).remove(HOUSE.id)
        assert await store.repository(Branch).count() == 1

    async def test_a_write_beside_it_waits_and_is_not_lost(self, store: Store) -> None:
        async def slowly() -> None:
            async with store.transaction() as transaction:
                await transaction.repository(Branch).add(HOUSE)
                await asyncio.sleep(0.02)

        await asyncio.gather(slowly(), store.repository(Author).add(SAPPHO))
        assert await store.repository(Author).get(SAPPHO.id) == SAPPHO
        assert await store.repository(Branch).get(HOUSE.id) == HOUSE

    async def test_both_ends_of_a_link_may_be_removed(self, store: Store) -> None:
        await shelve(store, book(1, home_id=HOUSE.id))
        async with store.transaction() as transaction:
            await transaction.repository(Branch).remove(HOUSE.id)
            await transaction.repository(Book).remove("b001")
        assert await store.repository(Branch).count() == 0

    async def test_a_duplicate_within_is_told_and_rolls_back(self, store: Store) -> None:
        with pytest.raises(ObjectExists):
            async with store.transaction() as transaction:
                await transaction.repository(Branch).add(HOUSE)
                await transaction.repository(Branch).add(HOUSE)
        assert await store.repository(Branch).count() == 0


class TestInstants:
    async def test_an_instant_is_the_same_in_every_zone(self, store: Store) -> None:
        moment = datetime(2026, 5, 1, 12, 30, 0, 7, tzinfo=UTC)
        await shelve(store, book(1, bought=moment, age=timedelta(days=-3)))
        assert await ids(store, {"bought": moment, "age.lt": timedelta(0)}) == ["b001"]
