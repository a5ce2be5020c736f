"""336,776 flights under the example's policies: against none, SQL by hand, and Python."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from benchmarks.data import load_ours, our_url
from flights.domain.entities import Flight
from flights.domain.value_objects import FlightStatus
from flights.services.policies import reading
from triptych import Actor, open_store
from triptych.adapters.database.dialect import compile_statement
from triptych.adapters.objects.sql import SqlStore
from triptych.domain.actor import ANONYMOUS
from triptych.services.objects import Browser
from triptych.services.policies import Policies, find_policies

ROUNDS = 9
STAFF = Actor("sue", frozenset({"staff"}), {"carriers": ["UA", "DL"]})
CREW = Actor("cat", frozenset({"crew"}), {"member": "00000000-0000-0000-0000-0000000003e8"})
ACTORS = {"the public": ANONYMOUS, "staff of two carriers": STAFF, "crew": CREW}
PAGE = [("origin", "JFK"), ("order", "-departure,id"), ("take", "50")]


@dataclass(frozen=True, slots=True)
class Case:
    """One question, asked under policies, without, and by hand.

    Attributes:
        name: What is asked, and by whom.
        ask: Asks it of what somebody sees.
        by_hand: The statement that does the same, policies and all.
    """

    name: str
    ask: Callable[[Browser], Awaitable[Any]]
    by_hand: Any


def _allowed(store: SqlStore, actor: Actor) -> Any:
    """Writes by hand what the policies of the example say of rows."""
    flights, crew = (store.access[each].stored.table for each in ("Flight", "CrewAssignment"))
    clauses = [flights.c.status != FlightStatus.CANCELLED.value]
    if actor is STAFF:
        clauses.append(
            flights.c.carrier.in_([sa.literal_column("'UA'"), sa.literal_column("'DL'")])
        )
    if actor is CREW:
        encode = store.access["CrewAssignment"].encoders["member"]
        (member,) = actor.claim("member", reading.CrewMemberId)
        own = sa.select(sa.literal_column("1")).select_from(crew)
        own = own.where(crew.c.flight == flights.c.id, crew.c.member == encode(member))
        clauses.append(sa.exists(own.correlate(flights)))
    return sa.or_(*clauses)


def _cases(store: SqlStore, name: str, actor: Actor) -> list[Case]:
    flights = store.access["Flight"].stored.table
    allowed, count = _allowed(store, actor), sa.func.count()
    of = store.ontology.object_type("flight")

    async def page(browser: Browser) -> Any:
        return len((await browser.list(of, PAGE)).texts)

    async def counted(browser: Browser) -> Any:
        asked = await browser.list(of, [("origin", "JFK"), ("take", "1"), ("total", "true")])
        return asked.total

    async def carriers(browser: Browser) -> Any:
        return len((await browser.aggregate(of, [("by", "carrier"), ("measure", "count")])).rows)

    jfk = flights.c.origin == "JFK"
    dialect = store.database.dialect
    codecs = {each.name: dialect.codecs[each.type.kind] for each in store.access["Flight"].layout.columns}  # type: ignore[union-attr]
    columns = [
        (name, code.json(flights.c[name]) if code.json else flights.c[name])
        for name, code in codecs.items()
    ]
    listed = sa.select(sa.cast(dialect.json_object(columns), sa.Text)).where(jfk, allowed)
    listed = listed.order_by(flights.c.departure.desc(), flights.c.id).limit(50)
    grouped = sa.select(flights.c.carrier, count).where(allowed).group_by(flights.c.carrier)
    return [
        Case(f"50 of JFK, the latest first: {name}", page, listed),
        Case(f"how many of JFK: {name}", counted, sa.select(count).where(jfk, allowed)),
        Case(f"how many by carrier: {name}", carriers, grouped),
    ]


async def _timed(call: Callable[[], Awaitable[Any]]) -> tuple[float, Any]:
    started = time.perf_counter()
    found = await call()
    return (time.perf_counter() - started) * 1000, found


async def _measure(database: str) -> str:
    store = open_store("flights", our_url(database))
    await store.open()
    policies = Policies(store, find_policies("flights"))
    lines = [
        "| question | policies, ms | none, ms | by hand, ms | to none | to by hand |",
        "|---|---|---|---|---|---|",
    ]
    for name, actor in ACTORS.items():
        seen = Browser(store, view=policies.view(actor), sights=policies.sights(actor))
        for case in _cases(store, name, actor):
            lines.append(await _compared(store, case, seen))
    python = await _in_python(store)
    lines.append(f"\nThe public's flights of JFK, filtered in Python: {python:,.0f} ms.")
    await store.close()
    return "\n".join(lines)


async def _compared(store: SqlStore, case: Case, seen: Browser) -> str:
    """Asks in three ways in turn, and writes a line of the table."""
    statement, whole = compile_statement(case.by_hand, store.database.dialect), Browser(store)

    async def by_hand() -> Any:
        return await store.database.fetch(statement.text, statement.arguments({}))

    times: dict[str, list[float]] = {"seen": [], "whole": [], "hand": []}
    for _ in range(ROUNDS):
        for name, ask in (
            ("seen", lambda: case.ask(seen)),
            ("whole", lambda: case.ask(whole)),
            ("hand", by_hand),
        ):
            milliseconds, _ = await _timed(ask)
            times[name].append(milliseconds)
    ours, none, hand = (statistics.median(times[each]) for each in ("seen", "whole", "hand"))
    return (
        f"| {case.name} | {ours:.2f} | {none:.2f} | {hand:.2f} "
        f"| {ours / none:.2f} | {ours / hand:.2f} |"
    )


async def _in_python(store: SqlStore) -> float:
    started = time.perf_counter()
    flights = store.repository(Flight).stream({"origin": "JFK"})
    _ = [each async for each in flights if reading.is_on_the_board(ANONYMOUS, each)]
    return (time.perf_counter() - started) * 1000


def table(database: str, *, is_loaded: bool) -> str:
    """Measures and writes a table; loads the flights unless they are there."""
    if not is_loaded:
        asyncio.run(load_ours(database))
    return asyncio.run(_measure(database))
