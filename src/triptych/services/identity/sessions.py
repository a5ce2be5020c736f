"""Sessions of browsers: begun by signing in at a provider, ended at once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import msgspec

from triptych.adapters.database.database import Collided
from triptych.adapters.identity.tickets import SESSION, SIGN_IN, Tickets, draw
from triptych.adapters.objects.sql import SqlStore
from triptych.domain.actions import Decision, Entry
from triptych.domain.actor import SYSTEM, Actor
from triptych.domain.errors import NotSignedIn
from triptych.infrastructure.clock import Clock, SystemClock

_MICROSECOND = timedelta(microseconds=1)
_MINUTES = timedelta(minutes=10)


class Flow(Protocol):
    """Signs people in elsewhere: see `CodeFlow`."""

    async def begin(self, redirect: str, state: str, verifier: str, nonce: str) -> str:
        """Returns the address at which somebody signs in."""
        ...

    async def complete(self, redirect: str, code: str, verifier: str) -> str:
        """Exchanges a code and returns the token that tells who signed in."""
        ...


class Reader(Protocol):
    """Reads who a token is of: see `Tokens`."""

    async def actor_of(
        self, text: str, *, audience: str | None = None, nonce: str | None = None
    ) -> Actor:
        """Reads who a token is of."""
        ...


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that has begun.

    Attributes:
        address: Where the browser goes.
        ticket: What it must bring back.
    """

    address: str
    ticket: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in that has ended well.

    Attributes:
        ticket: By which the session is found.
        return_to: Where the browser wanted to go.
        seconds: How long the session lasts.
    """

    ticket: str
    return_to: str
    seconds: int


class Sessions:
    """Keeps sessions on the server: a browser holds nothing but a ticket.

    Args:
        store: Where they are kept.
        lasts: How long one lasts, whatever is done in it.
        clock: Tells the time.
    """

    def __init__(
        self, store: SqlStore, lasts: timedelta = timedelta(hours=8), clock: Clock | None = None
    ) -> None:
        self._store, self._database = store, store.database
        self._tickets: Tickets = store.tickets
        self._lasts, self._clock = lasts, clock or SystemClock()

    def _now(self) -> int:
        return int(self._clock.now().timestamp() * 1_000_000)

    async def begin(self, flow: Flow, redirect: str, return_to: str) -> Begun:
        """Begins to sign somebody in.

        Args:
            flow: Where they sign in.
            redirect: Where they are sent back to.
            return_to: Where they want to go; only a path of this server is taken.
        """
        state, verifier, nonce = draw(), secrets.token_urlsafe(48), draw()
        address = await flow.begin(redirect, state, verifier, nonce)
        ticket, now = draw(), self._now()
        body = {"state": state, "verifier": verifier, "nonce": nonce, "to": local(return_to)}
        span = now, now + _MINUTES // _MICROSECOND
        added = self._tickets.adding(SIGN_IN, ticket, "", _json(body), span)
        await self._database.write_all([self._tickets.dropping_old(now), added])
        return Begun(address, ticket)

    async def complete(
        self,
        flow: Flow,
        reader: Reader,
        redirect: str,
        brought: Mapping[str, str],
        ticket: str,
        client_id: str,
    ) -> SignedIn:
        """Ends a sign-in: once, in the browser that began it, by the provider's token.

        Args:
            flow: Where they signed in.
            reader: Reads the token.
            redirect: Where they were sent back to.
            brought: What the provider sent with them: `state` and `code`.
            ticket: What the browser brings back.
            client_id: Whom the token must be for.

        Raises:
            NotSignedIn: Any of it is not good.
            ProviderUnavailable: The provider cannot be asked, or does not take the code.
        """
        kept = await self._tickets.find(self._database, SIGN_IN, ticket, self._now())
        body: dict[str, str] = {} if kept is None else msgspec.json.decode(kept)
        is_same = secrets.compare_digest(
            body.get("state", "?").encode(), brought.get("state", "").encode()
        )
        if not body or not is_same or "code" not in brought:
            raise NotSignedIn
        try:
            await self._database.write_all([self._tickets.dropping(SIGN_IN, ticket)])
        except Collided:
            raise NotSignedIn from None
        token = await flow.complete(redirect, brought["code"], body["verifier"])
        actor = await reader.actor_of(token, audience=client_id, nonce=body["nonce"])
        return SignedIn(await self.start(actor), body["to"], int(self._lasts.total_seconds()))

    async def start(self, actor: Actor) -> str:
        """Starts a session, and returns its ticket; it is known only now."""
        ticket, now = draw(), self._now()
        body = {
            "roles": sorted(actor.roles),
            "claims": {name: list(actor.claim(name)) for name in actor.claims},
        }
        span = now, now + self._lasts // _MICROSECOND
        added = self._tickets.adding(SESSION, ticket, actor.id, _body(actor, body), span)
        await self._database.write_all([added, self._entry("sessions.start", actor, actor)])
        return ticket

    async def actor_of(self, ticket: str) -> Actor:
        """Tells whose session a ticket is of.

        Raises:
            NotSignedIn: It is unknown, over, or was ended.
        """
        kept = await self._tickets.find(self._database, SESSION, ticket, self._now())
        if kept is None:
            raise NotSignedIn
        body = msgspec.json.decode(kept)
        claims = {name: tuple(values) for name, values in body["claims"].items()}
        return Actor(body["id"], frozenset(body["roles"]), claims)

    async def end(self, ticket: str) -> None:
        """Ends a session, at once; nothing happens where there is none."""
        try:
            await self._database.write_all([self._tickets.dropping(SESSION, ticket)])
        except Collided:
            return

    async def end_all_of(self, name: str, by: Actor = SYSTEM) -> None:
        """Ends all sessions of somebody, at once."""
        dropped = self._tickets.dropping_all_of(SESSION, name)
        await self._database.write_all([dropped, self._entry("sessions.end", by, Actor(name))])

    async def list(self) -> list[tuple[str, int, int]]:
        """Lists sessions: whose, and from when until when, in microseconds since 1970."""
        return await self._tickets.list(self._database, SESSION)

    def _entry(self, name: str, by: Actor, of: Actor) -> Any:
        entry = Entry(
            number=self._store.ticker.next(),
            actor=str(by),
            action=name,
            decision=Decision.DONE,
            parameters={"actor": of.id, "roles": sorted(of.roles)},
        )
        return self._store.ledger.write(entry)


def _json(body: Any) -> str:
    return msgspec.json.encode(body).decode()


def _body(actor: Actor, body: dict[str, Any]) -> str:
    return _json({"id": actor.id, **body})


def local(path: str) -> str:
    """Returns a path of this server; its root where it would lead elsewhere.

    Example:
        ```python
        from triptych.services.identity.sessions import local

        assert local("/flights?take=5") == "/flights?take=5"
        assert local("//evil.example") == local("https://evil.example") == "/"
        ```
    """
    is_plain = path.isprintable() and "\\" not in path
    return path if is_plain and path.startswith("/") and not path.startswith("//") else "/"
