"""Actions over HTTP: throughput, tails, and how much an action leaves behind."""

from __future__ import annotations

import asyncio
import statistics

import sqlalchemy as sa

from benchmarks.data import our_url
from benchmarks.peers.models import Base, sync_engine
from benchmarks.reads import SECONDS, Server

PEERS = {
    "FastAPI + async ORM + Pydantic, the same writes": "benchmarks.peers.fastapi_orm:app",
    "**Triptych**, all of it": "benchmarks.peers.triptych_server:app",
    "bare ASGI + driver, the same writes (floor)": "benchmarks.peers.floor:app",
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
        Server(name, target, "/api" if "triptych" in target else "", 8500 + n, database)
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
    first, ours, floor = (each.rates["action"] for each in servers)
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
    written = asyncio.run(_written(database))
    return "\n".join([*lines, f"\nShare of the floor: {share:.0%}. {written}"])


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
