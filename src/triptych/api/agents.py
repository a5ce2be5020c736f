"""The address of agents: their protocol is spoken as soon as the first one asks."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from triptych.api.backend_tools import BackendTools
from triptych.api.gate import Gate
from triptych.api.messages import Answer, Request
from triptych.api.tools import Asker
from triptych.infrastructure.configuration import Settings
from triptych.infrastructure.optional import needs
from triptych.services.actions import Backend

AGENTS = ("mcp",)


class AgentAddress:
    """Answers `/mcp`. Its protocol is loaded by the first request, beside all others.

    Args:
        backend: What is asked.
        gate: Counts how often actions are called, and knows our own pages.
        settings: What agents are granted, and how much they may send.
    """

    def __init__(self, backend: Backend, gate: Gate, settings: Settings) -> None:
        self._backend, self._gate, self._settings = backend, gate, settings
        self._handle: asyncio.Future[Any] | None = None
        self._running: asyncio.Task[None] | None = None
        self._ending = asyncio.Event()

    async def __call__(self, request: Request) -> Answer:
        """Answers one message of the protocol.

        Raises:
            CrossOrigin: A page of another origin asks.
            MissingExtra: The protocol is not installed.
        """
        if b"origin" in request.headers:
            self._gate.callers.check_origin(request.headers)
        exchange = _Exchange(request, self._asker(request))
        handle = await self._spoken()
        await handle(exchange.scope, exchange.receive, exchange.send)
        return exchange.answer

    def _asker(self, request: Request) -> Asker:
        async def count(action: str) -> None:
            await self._gate.count(request.actor, request.client, action)

        return Asker(request.actor, request.correlation, count)

    async def _spoken(self) -> Any:
        """Loads the protocol, once; whoever asks meanwhile waits for it."""
        if self._handle is None:
            self._handle = asyncio.get_running_loop().create_future()
            self._running = asyncio.create_task(self._speak(self._handle))
            self._running.add_done_callback(partial(_pass_on, self._handle))
        return await asyncio.shield(self._handle)

    async def _speak(self, handle: asyncio.Future[Any]) -> None:
        settings = self._settings
        can_write, largest = settings.agents == "write", settings.largest_page
        toolbox = BackendTools(self._backend, can_write=can_write, largest_page=largest)
        protocol = await asyncio.to_thread(
            needs, "triptych.api.mcp", "agents", "to speak with agents"
        )
        async with protocol.answering(
            self._backend.ontology.package, toolbox, settings.largest_body
        ) as found:
            handle.set_result(found)
            await self._ending.wait()

    async def close(self) -> None:
        """Ends; closing twice does nothing."""
        self._ending.set()
        if self._running is not None:
            await asyncio.wait([self._running])


def _pass_on(handle: asyncio.Future[Any], task: asyncio.Task[None]) -> None:
    """Tells whoever waits why the protocol is not spoken."""
    if not handle.done():
        handle.set_exception(task.exception() or asyncio.CancelledError())


class _Exchange:
    """One request as the protocol is given it, and what it answers."""

    def __init__(self, request: Request, asker: Asker) -> None:
        self.scope = {
            "type": "http",
            "method": "POST",
            "path": "/mcp",
            "query_string": b"",
            "headers": list(request.headers.items()),
            "state": {"asker": asker},
        }
        self._messages = [{"type": "http.request", "body": request.body, "more_body": False}]
        self._status, self._headers, self._body = 500, dict[bytes, bytes](), b""

    async def receive(self) -> Any:
        """Gives the request, and after it nothing: who asks waits."""
        if not self._messages:
            await asyncio.Event().wait()
        return self._messages.pop()

    async def send(self, message: Any) -> None:
        """Takes a part of the answer."""
        self._status = message.get("status", self._status)
        self._headers |= dict(message.get("headers", ()))
        self._body += message.get("body", b"")

    @property
    def answer(self) -> Answer:
        """What is answered, once all parts of it were taken."""
        kind = self._headers.get(b"content-type", b"application/json")
        return Answer(self._body, self._status, kind)
