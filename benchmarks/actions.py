"""Actions over HTTP: throughput, tails, and how much an action leaves behind."""

from __future__ import annotations

import asyncio
import statistics
from datetime import timedelta
from time import perf_counter

import sqlalchemy as sa

from benchmarks.data import our_url
from benchmarks.peers.models import Base, sync_engine
from benchmarks.reads import FLOOR, SECONDS, Server

PEERS = {
    "FastAPI + async ORM + Pydantic, the same writes": "benchmarks.peers.fastapi_orm:app",
    "**Triptych**, the same writes": "benchmarks.peers.triptych_server:app",
    "**Triptych**, events delivered and the chain bound meanwhile": "benchmarks.peers.triptych_server:app",
    "bare ASGI + driver, the same writes (floor)": FLOOR,
}


def prepare(database: str) -> None:
    """Lets every flight be one that has not left."""
    engine = sync_engine(database)
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE flights SET status = 'scheduled'"))
    engine.dispose()
    asyncio.run(_prepare_ours(database))


async def _prepare_ours(database: str) -> None:
    from triptych import open_store

    store = open_store("flights", our_url(database))
    await store.open()
    await store.database.execute("UPDATE flights SET status = 'scheduled'")
    for table in ("entries", "chain", "events", "deliveries"):
        await store.database.execute(f"DELETE FROM triptych_{table}")
    await store.close()


def table(database: str, rounds: int) -> str:
    """Measures every peer in interleaved rounds, and writes medians of ratios."""
    prepare(database)
    servers = [
        Server(
            name,
            target,
            "/api" if "triptych" in target else "",
            8500 + n,
            database,
            {"RELAY": "no"} if name.endswith("**, the same writes") else {},
        )
        for n, (name, target) in enumerate(PEERS.items())
    ]
    try:
        for server in servers:
            server.start()
            server.measure("action", 1)
            server.rates.clear()
            server.tails.clear()
        for _ in range(rounds):
            for server in servers:
                server.measure("action", SECONDS)
    finally:
        for server in servers:
            server.stop()
    first, ours, _, floor = (each.rates["action"] for each in servers)
    lines = ["| | actions, a second | ratio | p99, ms | memory, MB |", "|---|---|---|---|---|"]
    for server in servers:
        rates, tails = server.rates["action"], server.tails["action"]
        ratios = [mine / theirs for mine, theirs in zip(rates, first, strict=True)]
        cells = [
            server.name,
            f"{statistics.median(rates):,.0f}",
            f"{statistics.median(ratios):.1f} ({min(ratios):.1f}-{max(ratios):.1f})",
            f"{statistics.median(tails):.1f}",
            f"{server.memory:.0f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    share = statistics.median(mine / theirs for mine, theirs in zip(ours, floor, strict=True))
    written = f"{asyncio.run(_written(database))} {asyncio.run(_delivered(database))}"
    return "\n".join([*lines, f"\nShare of the floor: {share:.0%}. {written}"])


async def _delivered(database: str) -> str:
    """Says what it costs to bring an event to its handler."""
    from flights.domain.entities import Flight
    from flights.services.business_logic.operations import Operations
    from triptych import Actor, open_backend
    from triptych.infrastructure.logging import configure_logging
    from triptych.services.events import Relay

    configure_logging("warning", is_json=True)
    async with open_backend("flights", our_url(database)) as backend:
        desk = backend.caller(Actor("bench", frozenset({"dispatcher"})))
        relay = Relay(backend)
        await relay.deliver_all()
        for flight in await backend.store.repository(Flight).find(take=500):
            await desk.run(Operations.postpone, flight, timedelta(minutes=1), "fog")
        started = perf_counter()
        count = await relay.deliver_all()
        spent = (perf_counter() - started) / count * 1e6
    return f"An event is brought to its handler in {spent:.0f} µs, with {count} of them waiting."


async def _written(database: str) -> str:
    """Says how much an action leaves behind."""
    from triptych import open_store

    store = open_store("flights", our_url(database))
    await store.open()
    count = "SELECT count(*) FROM triptych_"
    try:
        ((size,),) = await store.database.fetch("SELECT avg(length(content)) FROM triptych_entries")
        counts = {
            name: (await store.database.fetch(count + name))[0][0]
            for name in ("entries", "chain", "deliveries")
        }
    finally:
        await store.close()
    return (
        f"{counts['entries']:,} entries with {float(size):.0f} bytes of content each; at the end "
        f"{counts['deliveries']:,} deliveries waited, and {counts['chain']:,} entries were bound."
    )
