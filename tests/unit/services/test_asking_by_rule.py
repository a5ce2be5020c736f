"""Lists asked for by rules and along links, as text."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import pytest

from tests.fixtures.ledger.domain.entities import Account, Entry
from tests.unit.services.test_expression import ADA, BOB, ENTRY
from triptych.adapters.database.sqlite import SqliteDatabase
from triptych.adapters.objects.sql import SqlStore
from triptych.domain.errors import InvalidInput
from triptych.services.objects import Browser
from triptych.services.ontology import read_ontology


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    store = SqlStore(read_ontology("tests.fixtures.ledger"), SqliteDatabase(":memory:"))
    await store.open()
    async with store.transaction() as transaction:
        for account in (ADA, BOB):
            await transaction.repository(Account).add(account)
        await transaction.repository(Entry).add(ENTRY)
    yield Browser(store)
    await store.close()


async def ids(browser: Browser, query: str, type_name: str = "entry") -> list[int]:
    pairs = [(name, value) for each in query.split("&") for name, _, value in [each.partition("=")]]
    page = await browser.list(browser.ontology.object_type(type_name), pairs)
    return [each["id"] for each in msgspec.json.decode(page.json())["items"]]


class TestAsking:
    @pytest.mark.parametrize(
        ("query", "is_found"),
        [
            ("rule=is_witnessed", True),
            ("rule=is_of_age&least=7", True),
            ("rule=is_of_age&least=8", False),
            ("rule=is_witnessed&rule=is_of_age&least=7&count=3&total=true", True),
            ("rule=is_witnessed&count.lt=3", False),
            ("rule=has_count&wanted=1,3", True),
            ("rule=has_count&wanted=", False),
            ("account.name=Ada", True),
            ("account.name.eq=Bob", False),
            ("account.name.ne=Bob", True),
            ("account.name.contains=d", True),
            ("account.name.startswith=d", False),
            ("account.name.in=Bob,Ada", True),
            ("account.age.ge=7", True),
            ("account.age.gt=7", False),
            ("account.nick.missing=true", True),
            ("account.nick.missing=false", False),
            ("account.nick.ne=x", True),
            ("other.name.missing=true", True),
            ("other.age.lt=7", False),
            ("is_large=true", False),
            ("is_large.ne=true", True),
            ("account.is_old=true", True),
            ("due.month=2", True),
            ("due.lt=2024-01-01T00:00:00Z", False),
            ("at.year=2024", True),
            ("day.month.in=2,3", False),
            ("sizes.contains=2", True),
            ("sizes.contains=3", False),
            ("text.endswith=c", True),
            ("spot.page.in=1,2", True),
            ("maybe_text.contains=a", False),
            ('where={"gt":[{"get":"account.age"},{"value":5}]}', True),
            ('where={"gt":[{"get":"account.age"},{"value":7}]}&rule=is_witnessed', False),
        ],
    )
    async def test_by_rules_and_along_links(
        self, browser: Browser, query: str, is_found: bool
    ) -> None:
        assert await ids(browser, query) == ([1] if is_found else [])

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("rule=nothing", "rule 'nothing'"),
            ("rule=is_of_age", "is_of_age needs it"),
            ("rule=is_of_age&least=x", "'x'"),
            ("rule=is_of_age&least=1&least=2", "is said twice"),
            ("rule=asks_somebody", "cannot be asked by name"),
            ("account.nothing=1", "account.nothing"),
            ("nothing.name=1", "nothing.name"),
            ("witnesses.name=x", "leads to many Account"),
            ("account.age=x", "'x'"),
            ("account.age.contains=1", "not a text"),
            ("account.nick.missing=perhaps", "neither true nor false"),
            ("side.contains=d", "not a text"),
            ("side.contains=debit", "not a text"),
            ("least=1", "least"),
            ("other.is_old=true", "may be missing"),
            ("account.initials=A", "nothing that a rule may say"),
            ("due.weekday=2", "no property of Entry 'due.weekday'"),
            ("maybe_at.month=2", "maybe_at may be missing"),
            ("account.entries.count=2", "leads to many Entry"),
            ("where=nonsense", "is no JSON"),
            ('where={"import":"os"}', "'import' is unknown"),
            ("where=" + "[" * 5000, "where"),
        ],
    )
    async def test_what_makes_no_sense_is_told(
        self, browser: Browser, query: str, found: str
    ) -> None:
        with pytest.raises(InvalidInput) as caught:
            await ids(browser, query)
        assert found in str(caught.value)

    async def test_a_page_goes_on_where_it_ended_and_only_there(self, browser: Browser) -> None:
        of = browser.ontology.object_type("account")
        page = await browser.list(of, [("name.contains", ""), ("take", "1")])
        assert page.next is not None
        more = await browser.list(of, [("name.contains", ""), ("take", "1"), ("after", page.next)])
        assert len(page.texts) == len(more.texts) == 1
        with pytest.raises(Exception, match="belongs to another list"):
            await browser.list(of, [("name.contains", "a"), ("after", page.next)])


class TestWhy:
    async def test_a_rule_is_explained_by_its_name(self, browser: Browser) -> None:
        of = browser.ontology.object_type("entry")
        found = await browser.why(of, ["1"], "is_of_age", [("least", "8")])
        assert not found.holds
        assert found.clauses[0].seen == (("account's age", 7), ("least", 8))

    @pytest.mark.parametrize(
        ("rule", "least"), [("nothing", "1"), ("is_of_age", "x"), ("asks_somebody", "1")]
    )
    async def test_what_makes_no_sense_is_told(
        self, browser: Browser, rule: str, least: str
    ) -> None:
        of = browser.ontology.object_type("entry")
        with pytest.raises(InvalidInput):
            await browser.why(of, ["1"], rule, [("least", least)])
