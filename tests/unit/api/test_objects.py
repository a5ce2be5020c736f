"""Objects over HTTP."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tests.laws.test_repository import CATULLUS, SAPPHO
from triptych import recorded_statements

Client = httpx2.AsyncClient


async def items(client: Client, path: str) -> list[Any]:
    """Returns what identifies each object of a list."""
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return [each.get("id") or each["book"] for each in answer.json()["items"]]


class TestGet:
    async def test_an_object_is_read_whole(self, client: Client) -> None:
        answer = await client.get("/api/books/b001")
        assert answer.status_code == 200
        document = answer.json()
        assert document["authors"] == [str(CATULLUS.id), str(SAPPHO.id)]
        assert document["shelf"] == {"room": "A", "number": 1}
        assert document["note"] is None
        assert document["age"] == "PT0S"

    async def test_fields_are_chosen(self, client: Client) -> None:
        answer = await client.get("/api/books/b001?fields=title,shelf")
        assert answer.json() == {
            "id": "b001",
            "title": "Book 1",
            "shelf": {"room": "A", "number": 1},
        }

    async def test_the_version_is_a_tag_and_spares_what_is_known(self, client: Client) -> None:
        tag = (await client.get("/api/books/b001")).headers["etag"]
        assert tag == '"1"'
        again = await client.get("/api/books/b001", headers={"if-none-match": f'"x", {tag}'})
        assert (again.status_code, again.content) == (304, b"")

    async def test_other_fields_have_another_tag(self, client: Client) -> None:
        whole = await client.get("/api/books/b001")
        part = await client.get("/api/books/b001?fields=title")
        assert whole.headers["etag"] != part.headers["etag"]

    async def test_a_relationship_is_found_by_its_ids(self, client: Client) -> None:
        answer = await client.get(f"/api/reviews/{SAPPHO.id},b001")
        assert answer.json()["stars"] == 5

    async def test_it_takes_one_statement(self, client: Client) -> None:
        with recorded_statements() as statements:
            await client.get("/api/books/b001")
        assert len(statements) == 1

    async def test_a_head_has_no_body(self, client: Client) -> None:
        answer = await client.head("/api/books/b001")
        assert (answer.status_code, answer.content) == (200, b"")
        assert int(answer.headers["content-length"]) > 100


class TestList:
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("", ["b001", "b002", "b003"]),
            ("order=-pages", ["b003", "b002", "b001"]),
            ("pages.gt=20", ["b003"]),
            ("pages.in=20,30", ["b002", "b003"]),
            ("home_id=7&order=-id", ["b002", "b001"]),
            ("home_id.missing=true", ["b003"]),
            ("shelf.room=A", ["b001"]),
            ("is_lent=false&genre=prose&wear.le=0", ["b001", "b002", "b003"]),
            ("title=%27%3B%20DROP%20TABLE%20volumes%3B--", []),
            ("age.ge=PT0S&take=2", ["b001", "b002"]),
        ],
    )
    async def test_a_query_picks_out_what_it_says(
        self, client: Client, query: str, expected: list[str]
    ) -> None:
        assert await items(client, f"/api/books?{query}") == expected

    async def test_pages_follow_each_other(self, client: Client) -> None:
        found: list[Any] = []
        cursor = ""
        while cursor is not None:
            after = f"&after={cursor}" if cursor else ""
            page = (await client.get(f"/api/books?take=1&order=-pages{after}&fields=id")).json()
            found += page["items"]
            cursor = page["next"]
        assert [each["id"] for each in found] == ["b003", "b002", "b001"]

    async def test_the_total_is_told_on_demand(self, client: Client) -> None:
        page = (await client.get("/api/books?take=1&total=true")).json()
        assert page["total"] == 3
        assert "total" not in (await client.get("/api/books")).json()

    async def test_links_are_included_one_query_a_level(self, client: Client) -> None:
        with recorded_statements() as statements:
            answer = await client.get("/api/books?include=home,home.books,reviews")
        included = answer.json()["included"]
        assert [each["name"] for each in included["home"]] == ["Main house"]
        assert sorted(each["id"] for each in included["home.books"]) == ["b001", "b002"]
        assert [each["stars"] for each in included["reviews"]] == [5]
        assert len(statements) == 4

    async def test_links_to_many_are_included_both_ways(self, client: Client) -> None:
        books = (await client.get("/api/books?include=authors")).json()["included"]
        authors = (await client.get("/api/authors?include=books,pupils")).json()["included"]
        assert {each["name"] for each in books["authors"]} == {"Sappho", "Catullus"}
        assert [each["id"] for each in authors["books"]] == ["b001"]
        assert [each["name"] for each in authors["pupils"]] == ["Catullus"]


class TestLinks:
    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("branches/7/books", ["b001", "b002"]),
            ("branches/7/books?pages.gt=1", ["b002"]),
            (f"authors/{SAPPHO.id}/books", ["b001"]),
            (f"authors/{SAPPHO.id}/pupils", [str(CATULLUS.id)]),
            (f"authors/{SAPPHO.id}/reviews", ["b001"]),
            ("books/b001/authors?order=name", [str(CATULLUS.id), str(SAPPHO.id)]),
            ("books/b003/authors", []),
        ],
    )
    async def test_a_link_to_many_is_a_list(
        self, client: Client, path: str, expected: list[str]
    ) -> None:
        assert await items(client, f"/api/{path}") == expected

    async def test_a_link_to_one_is_an_object(self, client: Client) -> None:
        answer = await client.get("/api/books/b001/home?fields=name")
        assert answer.json() == {"id": 7, "name": "Main house"}

    @pytest.mark.parametrize(
        "path", ["books/b003/home", "branches/9/books", "books/nope/home", "books/nope/authors"]
    )
    async def test_a_link_from_nowhere_or_to_nothing_is_missing(
        self, client: Client, path: str
    ) -> None:
        answer = await client.get(f"/api/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "missing")

    async def test_a_link_to_one_is_no_list(self, client: Client) -> None:
        answer = await client.get("/api/books/b001/home?name=x")
        assert "leads to one Branch" in answer.json()["detail"]


class TestGroups:
    @pytest.mark.parametrize(
        ("path", "groups"),
        [
            ("/api/books?measure=count", [{"count": 3}]),
            (
                "/api/books?by=home_id&measure=count,sum(pages)&order=-count",
                [
                    {"home_id": 7, "count": 2, "sum(pages)": 20},
                    {"home_id": None, "count": 1, "sum(pages)": 30},
                ],
            ),
            (
                "/api/books?by=bins(pages,%2025)&pages.ge=0",
                [{"bins(pages, 25)": 0, "count": 2}, {"bins(pages, 25)": 25, "count": 1}],
            ),
            ("/api/books?by=is_heavy&measure=max(age)", [{"is_heavy": False, "max(age)": "PT0S"}]),
            ("/api/branches/7/books?measure=mean(pages)", [{"mean(pages)": 10.0}]),
            (f"/api/authors/{SAPPHO.id}/books?measure=count", [{"count": 1}]),
        ],
    )
    async def test_objects_are_measured(self, client: Client, path: str, groups: Any) -> None:
        with recorded_statements() as statements:
            answer = await client.get(path)
        assert answer.json() == {"groups": groups, "is_complete": True}
        assert len(statements) == 1

    async def test_facets_stand_beside_a_list(self, client: Client) -> None:
        answer = await client.get("/api/books?facets=genre,home_id&take=1")
        assert len(answer.json()["items"]) == 1
        assert answer.json()["facets"] == {
            "genre": [{"value": "prose", "count": 3}],
            "home_id": [{"value": 7, "count": 2}, {"value": None, "count": 1}],
        }

    async def test_computed_properties_are_shown_when_asked_for(self, client: Client) -> None:
        listed = await client.get("/api/books?fields=is_heavy,pages&take=1")
        assert listed.json()["items"] == [{"id": "b001", "pages": 0, "is_heavy": False}]
        alone = await client.get("/api/books/b001?fields=is_heavy")
        assert alone.json() == {"id": "b001", "is_heavy": False}

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("by=colour", "there is no property of Book 'colour'"),
            ("by=genre&include=authors", "not asked together"),
            ("measure=count&after=x", "not asked together"),
            ("by=genre&take=0", "no size of a page"),
            ("measure=mean(title)", "which has no mean"),
            ("by=month(bought)&zone=Mars", "no time zone"),
            ("facets=", "none is named"),
            ("facets=tags", "holds several values"),
            ("by=genre&pages=x", "'x' is not a"),
            ("by=" + "(" * 500, "there is no property"),
        ],
    )
    async def test_what_makes_no_sense_is_told(
        self, client: Client, query: str, found: str
    ) -> None:
        answer = await client.get(f"/api/books?{query}")
        assert answer.status_code == 400
        assert found in answer.text

    async def test_a_link_to_one_has_no_groups(self, client: Client) -> None:
        answer = await client.get("/api/books/b001/home?measure=count")
        assert answer.status_code == 400


class TestRules:
    async def test_objects_are_asked_for_by_rule_and_along_links(self, client: Client) -> None:
        for query, count in (
            ("rule=is_overdue&limit=PT0S", None),
            ("rule=is_overdue&limit=P99999D", 0),
            ("home_id.missing=false", 2),
            ("home.name.contains=", 2),
            ('where={"eq":[{"get":"pages"},{"value":20}]}', 1),
        ):
            answer = await client.get(f"/api/books?{query}&total=true")
            assert answer.status_code == 200, answer.text
            assert count is None or answer.json()["total"] == count

    async def test_a_rule_is_explained(self, client: Client) -> None:
        answer = await client.get("/api/books/b001/why?rule=is_overdue&limit=PT1H")
        found = answer.json()
        assert (found["rule"], found["holds"]) == ("is_overdue", False)
        (clause,) = found["clauses"]
        assert clause["place"]["file"].endswith("rules.py")
        assert clause["seen"][0] == ["age", "PT0S"]

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ("", 400),
            ("rule=is_overdue", 400),
            ("rule=has_a_teacher", 400),
            ("rule=is_overdue&rule=is_overdue&limit=PT1H", 400),
            ("rule=is_overdue&limit=PT1H&more=1", 400),
        ],
    )
    async def test_why_needs_one_rule_and_what_it_is_given(
        self, client: Client, query: str, status: int
    ) -> None:
        answer = await client.get(f"/api/books/b001/why?{query}")
        assert answer.status_code == status
        missing = await client.get("/api/books/nope/why?rule=is_overdue&limit=PT1H")
        assert missing.status_code == 404

    async def test_hostile_conditions_are_refused(self, client: Client) -> None:
        for query in (
            "rule=__class__",
            "rule=is_overdue",
            "rule=is_overdue&limit=x",
            "rule=is_overdue&limit=PT1H&limit=PT2H",
            'where={"get":"__class__.__mro__"}',
            'where={"eq":[{"get":"pages"},{"value":{"a":1}}]}',
            "where=" + '{"not":' * 500,
            "where=" + '{"not":' * 90 + "1" + "}" * 90,
            "where=%00",
            "home.__init__.__globals__.contains=x",
        ):
            answer = await client.get(f"/api/books?{query}")
            assert answer.status_code == 400, query
            assert answer.json()["errors"]
