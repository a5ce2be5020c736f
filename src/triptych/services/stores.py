"""Opening what an application keeps and does: its store, and its backend."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from triptych.adapters.events.broker import Broker
from triptych.adapters.migrations.schema import schema_of
from triptych.adapters.objects.guard import Repositories
from triptych.adapters.objects.sql import SqlStore
from triptych.adapters.objects.tables import Table
from triptych.adapters.objects.work import Work
from triptych.domain.errors import InvalidSettings, MissingExtra, Problem
from triptych.infrastructure.memory import collected_later
from triptych.infrastructure.optional import find_module
from triptych.services.actions.backend import Backend
from triptych.services.actions.guards import Guards
from triptych.services.actions.path import Limits
from triptych.services.actions.registry import find_declared
from triptych.services.ontology import read_ontology

if TYPE_CHECKING:
    from dishka import Provider

_POSTGRES = ("postgresql://", "postgres://")
_SQLITE = "sqlite:///"


@collected_later()
def open_store(
    package: str, url: str, *, readers: int = 1, connections: int = 10, timeout: float = 30.0
) -> SqlStore:
    """Makes the store of an application; `await store.open()` connects it.

    Args:
        package: The name of an importable package, such as `flights`.
        url: `sqlite:///PATH`, `sqlite:///:memory:` or `postgresql://…`.
        readers: How many threads read, on SQLite.
        connections: The most connections, on PostgreSQL.
        timeout: Seconds that a statement may take.

    Raises:
        InvalidOntology: The domain has mistakes.
        InvalidSettings: The address is of no known kind of database.
        MissingExtra: The driver is not installed.

    Example:
        ```python
        from triptych import open_store

        store = open_store("flights", "sqlite:///var/flights.db")
        assert store.database.name == "SQLite var/flights.db"
        ```
    """
    ontology = read_ontology(package)
    if url.startswith(_SQLITE):
        sqlite = importlib.import_module("triptych.adapters.database.sqlite")
        database = sqlite.SqliteDatabase(
            url.removeprefix(_SQLITE), readers=readers, timeout=timeout
        )
    elif url.startswith(_POSTGRES):
        try:
            postgres = importlib.import_module("triptych.adapters.database.postgres")
        except ModuleNotFoundError as error:
            raise MissingExtra("postgres", "to use PostgreSQL") from error
        database = postgres.PostgresDatabase(url, connections=connections, timeout=timeout)
    else:
        found = f"{url.partition(':')[0]!r} is no kind of database"
        raise InvalidSettings(
            [Problem("database", found, "write sqlite:///PATH or postgresql://HOST/NAME")]
        )
    store = SqlStore(ontology, database, find_tables(package))
    store.guard = PackageGuard(store)
    store.excuse = lambda: schema_of(store).is_expanded()
    return store


class PackageGuard:
    """Holds what is written to what the services of an application declare.

    They are looked up when something is written for the first time: who only reads needs none.

    Args:
        store: What it guards.
    """

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    @cached_property
    def _guards(self) -> Guards:
        ontology = self._store.ontology
        declared = find_declared(ontology.package, ontology)
        return Guards(self._store.rules, declared.lifecycles, declared.invariants)

    async def check(self, work: Work) -> None:
        """Checks what a piece of work would change; see `Guards`."""
        await self._guards.check(work)

    async def check_all(self, names: Collection[str], objects: Repositories) -> None:
        """Checks all objects there are; see `Guards`."""
        await self._guards.check_all(names, objects)


def find_tables(package: str) -> tuple[Table, ...]:
    """Finds what an application says about its tables, in `adapters/database`.

    Example:
        ```python
        from triptych.services.stores import find_tables

        assert "WeatherReport" in [each.of.__name__ for each in find_tables("flights")]
        ```
    """
    module = find_module(f"{package}.adapters.database")
    known = vars(module).values() if module else ()
    return tuple(each for each in known if isinstance(each, Table))


@asynccontextmanager
async def open_backend(
    package: str,
    url: str,
    limits: Limits | None = None,
    *,
    providers: Iterable[Provider] = (),
    broker: Broker | None = None,
) -> AsyncIterator[Backend]:
    """Opens the backend of an application, for as long as the block.

    Args:
        package: The name of an importable package, such as `flights`.
        url: `sqlite:///PATH`, `sqlite:///:memory:` or `postgresql://…`.
        limits: How far an action may go.
        providers: Parts that stand in for the application's own, as in tests.
        broker: What every event is published to, besides reaching its handlers.

    Raises:
        InvalidOntology: The domain has mistakes.
        Misconfigured: A service cannot be built, or the database cannot be used.

    Example:
        ```python
        import asyncio

        from triptych import open_backend

        async def main() -> bool:
            async with open_backend("flights", "sqlite:///:memory:") as backend:
                return "operations.postpone" in backend.declared.operations

        assert asyncio.run(main())
        ```
    """
    backend = Backend(open_store(package, url), limits, providers=providers, broker=broker)
    await backend.open()
    try:
        yield backend
    finally:
        await backend.close()
