"""Calling actions from the terminal: the backend that a command works with, and who acts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from triptych.adapters.objects.sql import SqlStore
from triptych.cli.wiring import make_store
from triptych.domain.actor import read_actor
from triptych.infrastructure.configuration import Settings, read_settings
from triptych.infrastructure.logging import configure_logging
from triptych.services.actions import Backend, Limits
from triptych.services.actions.calling import Calls
from triptych.services.actions.calls import Caller
from triptych.services.events import Relay


def make_backend(store: SqlStore, settings: Settings) -> Backend:
    """Makes the backend of an application, as the settings say.

    Raises:
        Misconfigured: A service cannot be built.
    """
    keys = timedelta(hours=settings.key_hours)
    limits = Limits(deadline=settings.deadline, keys=keys)
    return Backend(store, limits, is_development=settings.is_development)


def acting[R](package: str, ask: Callable[[Backend], Awaitable[R]], *, delivers: bool = False) -> R:
    """Opens the backend of an application for one call; delivers what has happened by it."""
    settings = read_settings()
    configure_logging("warning", is_json=False)

    async def call() -> R:
        backend = make_backend(make_store(package, settings), settings)
        await backend.open()
        try:
            answer = await ask(backend)
            if delivers:
                await Relay(backend).deliver_all()
            return answer
        finally:
            await backend.close()

    return asyncio.run(call())


def caller(as_: str, key: str = "") -> Caller:
    """Says who acts: who is named, or else the one of the settings."""
    return Caller(read_actor(as_ or read_settings().actor), key or None)


def call[R](package: str, ask: Callable[[Calls], Awaitable[R]], as_: str = "") -> R:
    """Lets a command of an application's own call its services, and delivers what has happened.

    Args:
        package: The package that has the `domain`.
        ask: Calls, typed as the methods are.
        as_: Who calls; the one of the settings where nobody is named.

    Raises:
        Forbidden: They may not.
        MissingOrConflict: It is not possible as things stand.
    """
    by = caller(as_)
    return acting(package, lambda backend: ask(Calls(backend, by)), delivers=True)
