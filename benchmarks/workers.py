"""What a second worker brings, and what one of them and the database spend on a request."""

from __future__ import annotations

import os
import statistics
from pathlib import Path

from benchmarks.actions import prepare
from benchmarks.reads import OURS, SECONDS, Server

KINDS = ("get", "action")
_TICK = 1e6 / os.sysconf("SC_CLK_TCK")


def table(database: str, rounds: int) -> str:
    """Measures one worker and two in interleaved rounds, with what they and the database spend."""
    prepare(database)
    servers = [
        Server(name, target, base, 8700 + n, database, {"RELAY": "no"}, workers)
        for n, (name, target, base, workers) in enumerate(
            [
                (
                    "FastAPI + async ORM + Pydantic",
                    "benchmarks.peers.fastapi_orm:app",
                    "/flights",
                    1,
                ),
                ("the same", "benchmarks.peers.fastapi_orm:app", "/flights", 2),
                ("**Triptych**", OURS, "/api/flights", 1),
                ("the same", OURS, "/api/flights", 2),
            ]
        )
    ]
    spent: dict[tuple[int, str], list[tuple[float, float]]] = {}
    try:
        for server in servers:
            server.start()
            for kind in KINDS:
                server.measure(kind, 1)
            server.rates.clear()
        for _ in range(rounds):
            for kind in KINDS:
                for server in servers:
                    spent.setdefault((server.port, kind), []).append(_measured(server, kind))
    finally:
        for server in servers:
            server.stop()
    lines = [
        "| | workers | get, a second | action, a second | a get: server, database, µs | an action |",
        "|---|---|---|---|---|---|",
    ]
    for at, server in enumerate(servers):
        one = servers[at - at % 2]
        cells = [server.name, str(server.workers)]
        for kind in KINDS:
            pairs = zip(server.rates[kind], one.rates[kind], strict=True)
            more = statistics.median(mine / theirs for mine, theirs in pairs)
            told = "" if server is one else f" ({more:.2f} times)"
            cells.append(f"{statistics.median(server.rates[kind]):,.0f}{told}")
        for kind in KINDS:
            costs = zip(*spent[server.port, kind], strict=True)
            cells.append(" + ".join(f"{statistics.median(each):.0f}" for each in costs))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _measured(server: Server, kind: str) -> tuple[float, float]:
    """Measures a round, and returns the microseconds of a request in the server and the database."""
    before = _spent(server.processes), _spent(_database())
    server.measure(kind, SECONDS)
    after = _spent(server.processes), _spent(_database())
    count = server.rates[kind][-1] * SECONDS
    own, other = ((now - then) / count for then, now in zip(before, after, strict=True))
    return own, other


def _database() -> list[str]:
    """Lists the processes of PostgreSQL on this machine."""
    found = (each.parent.name for each in Path("/proc").glob("[0-9]*/comm") if _is_postgres(each))
    return list(found)


def _is_postgres(name: Path) -> bool:
    try:
        return name.read_text().strip() == "postgres"
    except OSError:
        return False


def _spent(processes: list[str]) -> float:
    """Sums up what processes have computed, in microseconds."""
    total = 0.0
    for each in processes:
        try:
            said = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += (int(said[11]) + int(said[12])) * _TICK
    return total
