"""A migration tried on a copy, and every object read by the code afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from triptych.adapters.migrations.rehearsing import copied
from triptych.adapters.migrations.schema import schema_of
from triptych.adapters.objects.sql import SqlStore
from triptych.domain.errors import TriptychError
from triptych.domain.migrations import Step
from triptych.services.migrations import Migrations, Told


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How a migration went on a copy.

    Attributes:
        steps: What was done.
        copying: Seconds that the copy took.
        seconds: Seconds that the migration took.
        objects: How many objects the code has read afterwards.
        problems: What it could not read.
    """

    steps: tuple[Step, ...]
    copying: float
    seconds: float
    objects: int
    problems: tuple[str, ...]


async def rehearse(
    store: SqlStore,
    url: str,
    reopen: Callable[[str], SqlStore],
    tell: Told = lambda step, rows: None,
) -> Rehearsal:
    """Copies a database, migrates the copy, reads all of it, and lets go of it.

    Args:
        store: Whose database; it is only read.
        url: Its address.
        reopen: Makes the store of the application for the address of the copy.
        tell: Is told each step, and how many rows it has worked out.

    Raises:
        MigrationRefused: Rows are in the way.
    """
    async with Migrations(store).opened():
        schema, started = schema_of(store), perf_counter()
        found = await schema.found()
        known = {name for each in schema.wanted for name in (each.name, *each.before)}
        ours = [name for name, each in found.items() if each.is_ours or name in known]
        async with copied(store.database, url, ours) as address:
            copying, copy = perf_counter() - started, reopen(address)
            async with Migrations(copy).opened() as migrations:
                started = perf_counter()
                steps = await migrations.apply("", loses=True, tell=tell)
                seconds = perf_counter() - started
                objects, problems = await _read_all(copy)
    return Rehearsal(tuple(steps), copying, seconds, objects, tuple(problems))


async def _read_all(store: SqlStore) -> tuple[int, list[str]]:
    """Reads every object, and tells of which type one cannot be read."""
    count, problems = 0, []
    for each in store.ontology.object_types:
        try:
            async for _ in store.repository(each.python).stream():
                count += 1
        except (TriptychError, ValueError, TypeError, KeyError) as error:
            problems.append(f"{each.name}: {type(error).__name__}: {error}")
    return count, problems
