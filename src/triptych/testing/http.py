"""Asking an application over HTTP, within a test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from triptych.api.application import Application
from triptych.infrastructure.configuration import Settings
from triptych.services.actions import Backend
from triptych.services.objects import Browser


@asynccontextmanager
async def client_of(backend: Backend, actor: str = "") -> AsyncIterator[httpx.AsyncClient]:
    """Speaks to a backend as a program of this machine would; nothing is listened to.

    Args:
        backend: An open one.
        actor: Who asks, such as `ada:lead`; nobody known where none is named.

    Example:
        ```python
        import asyncio

        from triptych import open_backend
        from triptych.testing import client_of


        async def is_live() -> bool:
            async with (
                open_backend("flights", "sqlite:///:memory:") as backend,
                client_of(backend) as client,
            ):
                return (await client.get("/health/live")).is_success


        assert asyncio.run(is_live())
        ```
    """
    app = Application(Browser(backend.store), Settings(actor=actor), backend)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        try:
            yield client
        finally:
            await app.agents.close()
