"""The composition root: which concrete parts a command works with."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from triptych.adapters.objects.sql import SqlStore
from triptych.domain.actor import read_actor
from triptych.infrastructure.configuration import Settings, read_settings
from triptych.services.objects import Browser
from triptych.services.policies import Policies, find_policies
from triptych.services.stores import open_store


def find_package() -> None:
    """Lets packages of the working directory be imported, laid out with or without `src`."""
    for folder in (Path.cwd() / "src", Path.cwd()):
        if folder.is_dir() and str(folder) not in sys.path:
            sys.path.insert(0, str(folder))


def database_of(package: str, settings: Settings) -> str:
    """Returns the address of the database: what is set, or a file named for the package.

    Example:
        ```python
        from triptych.cli.wiring import database_of
        from triptych.infrastructure.configuration import Settings

        assert database_of("shop", Settings()) == "sqlite:///var/shop.db"
        ```
    """
    return settings.database or f"sqlite:///var/{package}.db"


def make_store(package: str, settings: Settings) -> SqlStore:
    """Makes the store of an application, as the settings say.

    Raises:
        InvalidOntology: The domain has mistakes.
        Misconfigured: There is no such package, a setting is wrong, or a driver is missing.
    """
    find_package()
    return open_store(
        package,
        database_of(package, settings),
        readers=settings.readers,
        connections=settings.connections,
        timeout=settings.statement_seconds,
    )


def browse[R](package: str, ask: Callable[[Browser], Awaitable[R]], as_: str = "") -> R:
    """Opens the store of an application for one question.

    Args:
        package: The application.
        ask: Asks it.
        as_: Who asks; the one of the settings where nobody is named.
    """
    settings = read_settings()
    actor = read_actor(as_ or settings.actor)

    async def asking() -> R:
        store = make_store(package, settings)
        policies = Policies(store, find_policies(package), is_open=settings.is_development)
        seen = policies.seen(actor)
        await store.open()
        try:
            return await ask(Browser(store, settings.largest_page, seen.view, seen.sights))
        finally:
            await store.close()

    return asyncio.run(asking())
