"""The server: one ASGI application for objects, documents, health and metrics."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from time import perf_counter
from typing import Any

import msgspec
import uuid_utils

from triptych.api.actions import PLANS, RECEIPTS, SCENARIOS, ActionAddresses
from triptych.api.agents import AGENTS, AgentAddress
from triptych.api.documentation import make_documentation
from triptych.api.gate import SIGN_OUT, Gate
from triptych.api.messages import (
    PROBLEM,
    SAFE_HEADERS,
    Answer,
    App,
    Handler,
    Receive,
    Request,
    Scope,
    Send,
    path_parts,
    send_answer,
    shared,
)
from triptych.api.objects import ObjectAddresses, address
from triptych.api.policies import policy_addresses
from triptych.api.problems import problem, problem_of
from triptych.api.routes import add_routes
from triptych.domain.errors import InvalidInput, NotSignedIn, Problem, TooMany, TriptychError
from triptych.infrastructure.configuration import Settings
from triptych.infrastructure.logging import RequestLog, get_logger
from triptych.infrastructure.memory import settle
from triptych.infrastructure.monitoring import (
    DELIVERIES_KEPT,
    REQUESTS,
    prometheus_exposition,
)
from triptych.infrastructure.tracing import is_traced, span
from triptych.services.actions import Backend
from triptych.services.events import Relay, patience_of
from triptych.services.objects import Browser
from triptych.services.policies import seen_document

_READ = ("GET", "HEAD")
_CORRELATION = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")
_DIGITS = 15
_SIGN_IN = ((b"www-authenticate", b"Bearer"),)
_PAGE_HEADERS = [each for each in SAFE_HEADERS if each[0] != b"content-security-policy"]
_log = get_logger("triptych.http")
_requests = RequestLog()


class Application:
    """Serves an ontology's objects over HTTP.

    Addresses are looked up in a dictionary; what is not found there is asked of a FastAPI
    application, which holds the API document, its page, and the user's own routes.

    Args:
        browser: The service that is asked; its store is opened at start and closed at the end.
        settings: Limits.
        backend: What is called to change things; made of the browser's store where none is given.

    Example:
        ```python
        from triptych import open_store
        from triptych.api.application import Application
        from triptych.services.objects import Browser

        app = Application(Browser(open_store("flights", "sqlite:///:memory:")))
        assert app.documentation.title == "flights"
        ```
    """

    def __init__(
        self, browser: Browser, settings: Settings | None = None, backend: Backend | None = None
    ) -> None:
        self._browser = browser
        self._settings = settings or Settings()
        self._exposition: Callable[[], bytes] = prometheus_exposition()
        self.backend = backend or Backend(browser.store)
        self.documentation = make_documentation(
            browser.ontology, self._settings, self.backend.declared.operations.values()
        )
        self._fallback: App = self.documentation
        self.relay = Relay(self.backend, patience_of(self._settings))
        self._gate = Gate(self._settings, browser.store)
        self._actions = ActionAddresses(self.backend)
        self._handlers: dict[tuple[str, ...], tuple[str, Handler]] = {
            ("health", "live"): ("/health/live", self._live),
            ("health", "ready"): ("/health/ready", self._ready),
            ("metrics",): ("/metrics", self._metrics),
            ("api", "ontology"): ("/api/ontology", self._ontology),
            **policy_addresses(self.backend),
            **self._gate.handlers,
        }
        self.agents = AgentAddress(self.backend, self._gate, self._settings)
        if self._settings.agents != "off":
            self._handlers[AGENTS] = ("/mcp", self.agents)
        self._shared = shared(self._http, self._settings.cors_origins)
        self._addresses: dict[str, ObjectAddresses] = {
            address(each): ObjectAddresses(browser, each, self.backend)
            for each in browser.ontology.object_types
        }
        add_routes(self.documentation, self.backend, lambda parts: self._handler(parts)[1])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, or follows the server through its life."""
        if scope["type"] == "lifespan":
            await self._live_through(receive, send)
        elif scope["type"] == "http":
            await self._shared(scope, receive, send)
        else:
            await self._fallback(scope, receive, send)

    async def _live_through(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await self.backend.open()
                except TriptychError as error:
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    return
                if self._settings.relay:
                    self.relay.start()
                settle()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.relay.stop()
                await self.agents.close()
                await self._gate.close()
                await self.backend.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        correlation = _correlation(scope)
        if is_traced():
            about = {"url.path": scope["path"], "triptych.correlation_id": correlation}
            with span(scope["method"], about):
                route, status = await self._respond(scope, receive, send, correlation)
        else:
            route, status = await self._respond(scope, receive, send, correlation)
        REQUESTS.record(started, route, str(status))
        _requests.write(
            method=scope["method"],
            path=scope["path"],
            status=status,
            milliseconds=round((perf_counter() - started) * 1000, 2),
            correlation_id=correlation,
        )

    async def _respond(
        self, scope: Scope, receive: Receive, send: Send, correlation: str
    ) -> tuple[str, int]:
        """Sends an answer and returns the kind of address and the status."""
        headers = dict(scope["headers"])
        route, answer = "refused", self._refused(scope, headers, correlation)
        if answer is None:
            route, answer = await self._answered(scope, headers, correlation, receive)
        if answer is not None:
            is_head = scope["method"] == "HEAD"
            await send_answer(send, answer, correlation.encode(), is_head=is_head)
            return route, answer.status
        sending = CorrelatedSend(send, correlation.encode())
        await self._fallback(scope, _limited(receive, self._settings.largest_body), sending)
        return route, sending.status

    def _refused(
        self, scope: Scope, headers: dict[bytes, bytes], correlation: str
    ) -> Answer | None:
        """Refuses what is too large, before anything is done about it."""
        settings = self._settings
        size = sum([len(name) + len(value) for name, value in scope["headers"]])
        length = headers.get(b"content-length", b"0")
        is_too_long = (
            len(length) > _DIGITS or not length.isdigit() or int(length) > settings.largest_body
        )
        address = len(scope["query_string"]) + len(scope["path"])
        is_within = size <= settings.largest_headers and address <= settings.largest_address
        if is_within and not is_too_long:
            return None
        status, limit = 413, settings.largest_body
        if address > settings.largest_address:
            status, limit = 414, settings.largest_address
        if size > settings.largest_headers:
            status, limit = 431, settings.largest_headers
        detail = f"at most {limit} bytes are taken"
        return Answer(problem(status, "too-large", detail, correlation), status, PROBLEM)

    async def _answered(
        self, scope: Scope, headers: dict[bytes, bytes], correlation: str, receive: Receive
    ) -> tuple[str, Answer | None]:
        """Finds who answers, and lets them; errors become problems."""
        route, request = "other", None
        try:
            parts = path_parts(scope)
            handler, route = self._handler(parts)
            is_action = handler is self._actions and scope["method"] == "POST"
            admitted = await self._gate.admit(scope, headers, route, route if is_action else "")
            if handler is None:
                # The application's own routes find who calls in `request.state.actor`.
                known = {"actor": admitted[0], "correlation": correlation}
                scope.setdefault("state", {}).update(known)
                return route, None
            request = Request(
                parts,
                scope["query_string"],
                headers.get(b"if-none-match", b""),
                correlation,
                headers,
                admitted[1],
                actor=admitted[0],
            )
            allowed = self._methods(handler, request)
            if scope["method"] not in allowed:
                return route, _not_allowed(allowed, correlation)
            if scope["method"] == "POST":
                request = msgspec.structs.replace(request, body=await self._body(receive))
            return route, await handler(request)
        except TriptychError as raised:
            error = self.backend.policies.concealed(raised, request.actor) if request else raised
            status, body = problem_of(error, correlation)
            if status >= 500:
                _log.error("failed", code=error.code, detail=str(error), correlation_id=correlation)
            return route, Answer(body, status, PROBLEM, self._advice(error))
        except Exception:  # noqa: BLE001 - the last line: it is logged, and the caller is told
            _log.exception("failed", correlation_id=correlation)
            detail = "an unexpected error; look for the correlation id in the logs"
            return route, Answer(problem(500, "unexpected", detail, correlation), 500, PROBLEM)

    def _methods(self, handler: Handler, request: Request) -> tuple[str, ...]:
        """Returns how an address may be asked."""
        if handler is self._actions:
            return self._actions.methods(request)
        return ("POST",) if request.parts in (SIGN_OUT, AGENTS) else _READ

    def _advice(self, error: TriptychError) -> tuple[tuple[bytes, bytes], ...]:
        """Returns the headers that tell a caller what to do about an error."""
        if isinstance(error, TooMany):
            return ((b"retry-after", b"%d" % math.ceil(error.wait)),)
        if not isinstance(error, NotSignedIn):
            return ()
        ended = (self._gate.sessions.ended,) if self._gate.sessions else ()
        return (*_SIGN_IN, *ended)

    def _handler(self, parts: tuple[str, ...]) -> tuple[Handler | None, str]:
        """Finds who answers an address, and the kind of address it is."""
        if parts in self._handlers:
            route, known = self._handlers[parts]
            return known, route
        if len(parts) < 2 or parts[0] != "api":
            return None, "other"
        if parts[1] in self._actions.services and len(parts) == 3:
            return self._actions, "/".join(("", *parts))
        if parts[1:] == (SCENARIOS,):
            return self._actions, "/api/scenarios"
        if parts[1] in (PLANS, RECEIPTS):
            return self._actions, "/".join(("", *parts[:2], "ID", *parts[3:4]))
        shape = ("", "/ID", "/ID/LINK")[min(len(parts), 4) - 2]
        found = self._addresses.get(parts[1])
        return found, "other" if found is None else f"/api/{parts[1]}{shape}"

    async def _body(self, receive: Receive) -> bytes:
        """Reads the body of a request.

        Raises:
            InvalidInput: It is larger than it may be, or the caller has hung up.
        """
        body, limited = b"", _limited(receive, self._settings.largest_body)
        while True:
            message = await limited()
            if message["type"] != "http.request":
                raise InvalidInput([Problem("body", "does not end", "send less")])
            body += bytes(message.get("body", b""))
            if not message.get("more_body"):
                return body

    async def _live(self, _: Request) -> Answer:
        return Answer(b'{"status":"live"}')

    async def _ready(self, _: Request) -> Answer:
        await self._browser.is_ready()
        return Answer(b'{"status":"ready"}')

    async def _ontology(self, request: Request) -> Answer:
        sights = self.backend.policies.sights(request.actor)
        document = seen_document(self._browser.ontology, sights)
        return Answer(msgspec.json.encode(document))

    async def _metrics(self, _: Request) -> Answer:
        counts = await self.relay.deliveries.counts(self.backend.store.database)
        DELIVERIES_KEPT.set(counts)
        return Answer(self._exposition(), media_type=b"text/plain; version=0.0.4; charset=utf-8")


def _not_allowed(allowed: tuple[str, ...], correlation: str) -> Answer:
    """Says how an address may be asked."""
    body = problem(405, "method", f"ask with {' or '.join(allowed)}", correlation)
    return Answer(body, 405, PROBLEM, ((b"allow", ", ".join(allowed).encode()),))


def _correlation(scope: Scope) -> str:
    """Returns the caller's id of a request where it is a plain one, else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-correlation-id" and _CORRELATION.fullmatch(value):
            return str(value.decode())
    return str(uuid_utils.uuid7())


class CorrelatedSend:
    """Adds the correlation id to an answer that somebody else makes, and notes its status."""

    def __init__(self, send: Send, correlation: bytes) -> None:
        self._send, self._correlation = send, correlation
        self.status = 500

    async def __call__(self, message: Any) -> None:
        """Sends one message on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            header = (b"x-correlation-id", self._correlation)
            message["headers"] = [*message["headers"], header, *_PAGE_HEADERS]
        await self._send(message)


def _limited(receive: Receive, most: int) -> Receive:
    """Ends a body that turns out larger than it may be, as if the caller had hung up."""
    taken = 0

    async def receiving() -> Any:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        return message if taken <= most else {"type": "http.disconnect"}

    return receiving
