"""Aggregates and facets: in memory and on each database the same, and the same as by hand."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from tests.fixtures.ledger import world
from tests.fixtures.ledger.domain.entities import Account, Entry
from tests.laws.test_expression import Store, fill
from triptych import recorded_statements
from triptych.adapters.objects.memory import MemoryStore
from triptych.domain.errors import InvalidInput
from triptych.services.ontology import read_ontology

ENTRIES = 60
NUMBERS: tuple[str, ...] = ("count", "maybe_count", "rate", "maybe_rate", "amount", "maybe_amount")
NUMBERS = (*NUMBERS, "span", "maybe_span", "spot.page", "spot.line", "account.age", "other.age")
ORDERED = (*NUMBERS, "text", "maybe_text", "day", "maybe_day", "at", "maybe_at", "account.name")
SHARED = (*ORDERED, "account", "other", "other.nick", "side", "mood", "is_open", "is_large")
SCALES: tuple[str, ...] = (
    "bins(count, 2)",
    "bins(maybe_count, 4)",
    "bins(rate, 0.25)",
    "bins(amount, 1.5)",
    "bins(maybe_span, PT90M)",
    "bins(span, PT1H)",
    "bins(other.age, 3)",
)
UNITS = ("year", "quarter", "month", "week", "day")
PERIODS = tuple(f"{unit}({of})" for unit in UNITS for of in ("maybe_day", "at", "maybe_at"))
PERIODS += ("hour(maybe_at)", "at.month", "day.day")
ZONES = ("UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland")


def is_near(one: Any, other: Any) -> bool:
    """Floats are summed up in any order; all else is exact."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return bool(one == other)


def drawn_measures(random: Random) -> list[str]:
    """Draws what is asked of each group."""
    asked = ["count()"]
    for function, names in (
        ("count", SHARED),
        ("distinct", SHARED),
        ("sum", (*NUMBERS, "is_open", "is_large")),
        ("mean", (*NUMBERS, "is_open")),
        ("min", ORDERED),
        ("max", ORDERED),
        ("median", NUMBERS),
    ):
        asked += [f"{function}({random.choice(names)})"]
    return [*asked, f"percentile({random.choice(ORDERED)}, {random.choice((0, 0.1, 0.75, 1))})"]


@pytest.mark.parametrize("seed", range(25))
async def test_every_store_measures_the_same(stores: list[Store], seed: int) -> None:
    random = Random(seed)
    entries = [world.entry(random, key) for key in range(ENTRIES)]
    accounts = world.accounts(random)
    for store in stores:
        await fill(store, accounts, entries)
    for _ in range(8):
        measures = drawn_measures(random)
        kinds = (SHARED, SCALES, PERIODS)
        by = list({random.choice(random.choice(kinds)) for _ in range(random.randrange(3))})
        order = random.choice(["", "-count()", *(f"-{each}" for each in by)])
        asked: dict[str, Any] = {"by": by, "order": order, "zone": random.choice(ZONES)}
        where = {"count.ge": random.choice((-9, 0))}
        found = []
        for store in stores:
            groups = await store.repository(Entry).find(where).aggregate(*measures, **asked)
            found.append([value for row in groups.rows for value in row])
        memory, *others = found
        for other in others:
            which = f"seed {seed} {measures} {asked}\n{memory}\n{other}"
            assert len(other) == len(memory), which
            assert all(map(is_near, memory, other)), which


@pytest.mark.parametrize("seed", range(3))
async def test_every_store_finds_the_same_facets(stores: list[Store], seed: int) -> None:
    random = Random(seed)
    entries = [world.entry(random, key) for key in range(ENTRIES)]
    for store in stores:
        await fill(store, world.accounts(Random(1)), entries)
    by = {random.choice(names) for names in (SHARED, SCALES, PERIODS)} | {"mood", "is_large"}
    found = []
    for store in stores:
        with recorded_statements() as statements:
            found.append(await store.repository(Entry).find({"count.ge": 0}).facets(*by, take=4))
        assert len(statements) == (0 if isinstance(store, MemoryStore) else 1)
    assert found[0] == found[1] == found[2], by
    common = Counter(each.mood for each in entries if each.count >= 0).most_common(1)
    assert found[0]["mood"][0].count == common[0][1]


async def test_it_is_what_statistics_say(stores: list[Store]) -> None:
    random = Random(7)
    entries = [world.entry(random, key) for key in range(ENTRIES)]
    debits = [each for each in entries if each.side == "debit"]
    spans = [each.maybe_span for each in debits if each.maybe_span is not None]
    for store in stores:
        await fill(store, world.accounts(random), entries)
        groups = (
            await store.repository(Entry)
            .find({"side": debits[0].side})
            .aggregate(
                "count",
                "sum(amount)",
                "mean(count)",
                "median(count)",
                "distinct(text)",
                "sum(maybe_span)",
            )
        )
        (group,) = groups
        assert group["count"] == len(debits)
        assert group["sum(amount)"] == sum(each.amount for each in debits)
        assert group["mean(count)"] == statistics.mean(each.count for each in debits)
        assert group["median(count)"] == statistics.median(each.count for each in debits)
        assert group["distinct(text)"] == len({each.text for each in debits})
        assert group["sum(maybe_span)"] == sum(spans, timedelta(0))


async def test_of_nothing_there_is_a_count_and_no_mean(stores: list[Store]) -> None:
    for store in stores:
        nothing = store.repository(Entry).find({"id": -1})
        (group,) = await nothing.aggregate("count", "sum(span)", "mean(count)", "median(amount)")
        assert tuple(group.values()) == (0, timedelta(0), None, None)
        assert len(await nothing.aggregate(by=["side"])) == 0
        assert await nothing.facets("side") == {"side": ()}


async def test_sums_go_beyond_what_a_database_can_keep(stores: list[Store]) -> None:
    random = Random(1)
    entries = [world.entry(random, key) for key in range(4)]
    largest = 2**63 - 1
    for store in stores:
        await fill(store, world.accounts(random), [])
        async with store.transaction() as transaction:
            for each in entries:
                kept = {**{n: getattr(each, n) for n in Entry.__slots__}, "maybe_count": largest}
                await transaction.repository(Entry).add(Entry(**kept))
        (group,) = await store.repository(Entry).find().aggregate("sum(maybe_count)")
        assert group["sum(maybe_count)"] == 4 * largest


async def test_groups_are_taken_and_told_when_there_are_more(stores: list[Store]) -> None:
    random = Random(1)
    entries = [world.entry(random, key) for key in range(ENTRIES)]
    for store in stores:
        await fill(store, world.accounts(random), entries)
        found = store.repository(Entry).find()
        groups = await found.aggregate(by=["id"], order="-id", take=2)
        assert [each["id"] for each in groups] == [59, 58]
        assert not groups.is_complete
        assert (await found.aggregate(by=["account"])).is_complete
        assert list(await found.aggregate()) == [{"count": ENTRIES}]


async def test_a_day_is_a_day_where_its_clocks_are(stores: list[Store]) -> None:
    random = Random(1)
    entry = world.entry(random, 1)
    kept = {n: getattr(entry, n) for n in Entry.__slots__}
    # New York's clocks went back at two: the hour from one to two came twice.
    twice = [datetime(2024, 11, 3, hour, 30, tzinfo=UTC) for hour in (5, 6)]
    for store in stores:
        await fill(store, world.accounts(random), [])
        async with store.transaction() as transaction:
            for key, at in enumerate([*twice, datetime(2024, 11, 3, 3, tzinfo=UTC)]):
                await transaction.repository(Entry).add(Entry(**{**kept, "id": key, "at": at}))
        found, zone = store.repository(Entry).find(), "America/New_York"
        days = await found.aggregate(by=["day(at)"], zone=zone)
        assert [each["day(at)"] for each in days] == [date(2024, 11, 2), date(2024, 11, 3)]
        hours = await found.aggregate(by=["hour(at)"], zone=zone)
        assert [each["hour(at)"].hour for each in hours] == [3, 5, 6]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"by": ["colour"]}, "there is no property of Entry 'colour'"),
        ({"by": ["tags"]}, "tags holds several values"),
        ({"by": ["witnesses"]}, "holds several values"),
        ({"by": ["spot"]}, "single value of Entry 'spot'"),
        ({"by": ["hour(day)"]}, "lies in no hour"),
        ({"by": ["decade(day)"]}, "nothing is grouped so"),
        ({"by": ["bins(text, 2)"]}, "make steps of a number"),
        ({"by": ["bins(count, x)"]}, "give the width as an int"),
        ({"by": ["bins(count, 0)"]}, "give one above zero"),
        ({"by": ["bins(rate, -1)"]}, "give one above zero"),
        ({"by": ["bins(rate, nan)"]}, "not a finite number"),
        ({"by": ["count", "count"]}, "asked twice"),
        ({"by": ["month(at)"], "zone": "Mars/Olympus"}, "'Mars/Olympus' is no time zone"),
        ({"by": ["month(at)"], "zone": "../../etc/passwd"}, "is no time zone"),
        ({"by": ["side"], "order": "-size"}, "there is no value asked for 'size'"),
        ({"measures": ["average(count)"]}, "there is no 'average'"),
        ({"measures": ["sum(text)"]}, "which has no sum"),
        ({"measures": ["min(side)"]}, "which has no min"),
        ({"measures": ["percentile(count)"]}, "write percentile(x, 0.9)"),
        ({"measures": ["percentile(count, 2)"]}, "give one from 0 to 1"),
        ({"measures": ["percentile(count, much)"]}, "give one from 0 to 1"),
        ({"measures": [f"count(spot.{each})" for each in range(21)]}, "no property"),
        ({"measures": [f"percentile(count, 0.{each})" for each in range(21)]}, "too many"),
        ({"by": ["account.initials"]}, "nothing that a rule may say"),
        ({"measures": ["mean(__class__)"]}, "there is no property"),
        ({"take": 0}, "0 is no size"),
    ],
)
async def test_what_makes_no_sense_is_told(asked: dict[str, Any], found: str) -> None:
    store = MemoryStore(read_ontology("tests.fixtures.ledger"))
    measures = asked.pop("measures", ())
    with pytest.raises(InvalidInput) as caught:
        await store.repository(Entry).find().aggregate(*measures, **asked)
    assert found in str(caught.value)


async def test_facets_are_of_something() -> None:
    store = MemoryStore(read_ontology("tests.fixtures.ledger"))
    with pytest.raises(InvalidInput, match="no facet is asked for"):
        await store.repository(Account).find().facets()
