"""Addresses at which browsers sign in and out, and ask who they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from http.cookies import CookieError, SimpleCookie

import msgspec

from triptych.adapters.identity.provider import CodeFlow, Provider
from triptych.adapters.objects.sql import SqlStore
from triptych.api.callers import Callers
from triptych.api.messages import Answer, Handler, Request
from triptych.domain.actor import Actor
from triptych.domain.errors import InvalidSettings, NotSignedIn, Problem
from triptych.infrastructure.configuration import Settings, secret_of
from triptych.services.identity.sessions import Sessions
from triptych.services.identity.tokens import Tokens, rules_of

_SIGN_IN, _CALLBACK = ("auth", "sign-in"), ("auth", "callback")
_SIGN_OUT, _WHO = ("auth", "sign-out"), ("auth", "session")
_MINUTES = 600


def make_tokens(settings: Settings) -> Tokens:
    """Makes what reads the tokens of the provider that the settings name.

    Raises:
        InvalidSettings: Nothing says whom tokens must be for.
    """
    if not settings.audience:
        found = "nothing says whom tokens must be for"
        raise InvalidSettings([Problem("audience", found, "say what the provider calls this")])
    return Tokens(Provider(settings.issuer), rules_of(settings))


class SessionAddresses:
    """Answers `/auth/sign-in`, `/auth/callback`, `/auth/sign-out` and `/auth/session`.

    Args:
        store: Where sessions are kept.
        settings: How browsers sign in.
        tokens: Reads who signed in.
        callers: Tells who calls.

    Raises:
        InvalidSettings: Nothing says what address browsers see.
    """

    def __init__(
        self, store: SqlStore, settings: Settings, tokens: Tokens, callers: Callers
    ) -> None:
        if not settings.base_url:
            found = "nothing says what address browsers see"
            raise InvalidSettings([Problem("base_url", found, "say https://HOST")])
        self._tokens, self._callers = tokens, callers
        self._client_id = settings.client_id
        secret = secret_of("client_secret", settings.client_secret)
        self._flow = CodeFlow(tokens.provider, settings.client_id, secret)
        self._redirect = settings.base_url.rstrip("/") + "/auth/callback"
        self.sessions = Sessions(store, timedelta(hours=settings.session_hours))
        self._is_encrypted = settings.base_url.startswith("https://")
        self._sign_in_cookie = f"{self._prefix}triptych-sign-in"

    @property
    def _prefix(self) -> str:
        """With it, a browser takes a cookie from this host alone, encrypted."""
        return "__Host-" if self._is_encrypted else ""

    @property
    def cookie(self) -> str:
        """The name of the cookie that holds a session's ticket."""
        return f"{self._prefix}triptych"

    def ticket(self, headers: Mapping[bytes, bytes]) -> str | None:
        """Returns the ticket that a browser holds; nothing where it holds none."""
        return cookies_of(headers).get(self.cookie) if b"cookie" in headers else None

    async def actor_of(self, ticket: str) -> Actor:
        """Tells whose session a ticket is of.

        Raises:
            NotSignedIn: It is unknown, over, or was ended.
        """
        return await self.sessions.actor_of(ticket)

    @property
    def handlers(self) -> dict[tuple[str, ...], tuple[str, Handler]]:
        """Who answers which address."""
        return {
            _SIGN_IN: ("/auth/sign-in", self._sign_in),
            _CALLBACK: ("/auth/callback", self._callback),
            _SIGN_OUT: ("/auth/sign-out", self._sign_out),
            _WHO: ("/auth/session", self._who),
        }

    async def _sign_in(self, request: Request) -> Answer:
        """Sends a browser to the provider."""
        wanted = dict(request.pairs()).get("to", "/")
        begun = await self.sessions.begin(self._flow, self._redirect, wanted)
        cookie = self._set(self._sign_in_cookie, begun.ticket, _MINUTES)
        return _redirect(begun.address, cookie)

    async def _callback(self, request: Request) -> Answer:
        """Takes a browser back from the provider, and starts its session."""
        ticket = cookies_of(request.headers).get(self._sign_in_cookie, "")
        signed_in = await self.sessions.complete(
            self._flow,
            self._tokens,
            self._redirect,
            dict(request.pairs()),
            ticket,
            self._client_id,
        )
        session = self._set(self.cookie, signed_in.ticket, signed_in.seconds)
        return _redirect(signed_in.return_to, session, self._set(self._sign_in_cookie, "", 0))

    async def _sign_out(self, request: Request) -> Answer:
        """Ends the session of a browser."""
        self._callers.check_origin(request.headers)
        ticket = self.ticket(request.headers)
        if ticket:
            await self.sessions.end(ticket)
        return Answer(b"{}", headers=(self.ended,))

    async def _who(self, request: Request) -> Answer:
        """Says who calls.

        Raises:
            NotSignedIn: Nobody has signed in.
        """
        actor = await self._callers.shown(request.headers, "GET")
        if actor is None:
            raise NotSignedIn
        said = {"actor": str(actor), "roles": sorted(actor.roles)}
        return Answer(msgspec.json.encode(said))

    @property
    def ended(self) -> tuple[bytes, bytes]:
        """The header that takes the cookie of a session away."""
        return self._set(self.cookie, "", 0)

    def _set(self, name: str, value: str, seconds: int) -> tuple[bytes, bytes]:
        secure = "; Secure" if self._is_encrypted else ""
        said = f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
        return b"set-cookie", said.encode()


def _redirect(address: str, *cookies: tuple[bytes, bytes]) -> Answer:
    return Answer(b"", 303, headers=((b"location", address.encode()), *cookies))


def cookies_of(headers: Mapping[bytes, bytes]) -> dict[str, str]:
    """Reads the cookies of a request; malformed ones are none.

    Example:
        ```python
        from triptych.api.sessions import cookies_of

        assert cookies_of({b"cookie": b"a=1; b=2"}) == {"a": "1", "b": "2"}
        ```
    """
    read: SimpleCookie = SimpleCookie()
    try:
        read.load(headers.get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        return {}
    return {name: each.value for name, each in read.items()}
