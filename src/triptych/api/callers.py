"""Who calls: by what they show, and from where."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

from triptych.domain.actor import ANONYMOUS, Actor, read_actor
from triptych.domain.errors import CrossOrigin, InvalidSettings, Problem
from triptych.infrastructure.configuration import Settings, is_loopback
from triptych.services.identity import Identity

_FORWARDED = frozenset({b"x-forwarded-for", b"forwarded"})
_SAFE, _SITE = ("GET", "HEAD", "OPTIONS"), b"sec-fetch-site"


class Sessions(Protocol):
    """Knows the sessions of browsers."""

    def ticket(self, headers: Mapping[bytes, bytes]) -> str | None:
        """Returns the ticket that a browser holds; nothing where it holds none."""
        ...

    async def actor_of(self, ticket: str) -> Actor:
        """Tells whose session a ticket is of."""
        ...


class Callers:
    """Tells who calls.

    Args:
        settings: Who acts where nobody signs in, and which proxies are believed.
        identity: Knows what callers show.

    Raises:
        InvalidSettings: A proxy is no address.
    """

    def __init__(self, settings: Settings, identity: Identity) -> None:
        self._identity = identity
        self.sessions: Sessions | None = None
        seen = urlsplit(settings.base_url)
        self._origin = f"{seen.scheme}://{seen.netloc}".encode()
        is_said = bool(settings.actor) and settings.is_development
        self._actor = read_actor(settings.actor) if is_said else ANONYMOUS
        self._proxies = tuple(map(_network, filter(None, settings.trusted_proxies.split(","))))

    async def actor(self, scope: Mapping[str, Any], headers: Mapping[bytes, bytes]) -> Actor:
        """Tells who calls: who shows it; on this machine, who develops; or nobody.

        Raises:
            NotSignedIn: What they show is not good.
            CrossOrigin: A page of another origin would do something in a browser's session.
        """
        shown = await self.shown(headers, scope["method"])
        if shown is not None:
            return shown
        if self._actor is ANONYMOUS or not _FORWARDED.isdisjoint(headers):
            return ANONYMOUS
        return self._actor if is_loopback(_client(scope)) else ANONYMOUS

    async def shown(self, headers: Mapping[bytes, bytes], method: str) -> Actor | None:
        """Tells who calls, by a key, a token, or the session of a browser.

        Raises:
            NotSignedIn: What they show is not good.
            CrossOrigin: A page of another origin would do something in a browser's session.
        """
        if self.is_shown(headers):
            return await self._identity.actor_of(headers)
        sessions = self.sessions
        ticket = sessions.ticket(headers) if sessions else None
        if sessions is None or ticket is None:
            return None
        if method not in _SAFE:
            self.check_origin(headers)
        return await sessions.actor_of(ticket)

    def is_shown(self, headers: Mapping[bytes, bytes]) -> bool:
        """Tells whether a caller shows anything at all."""
        return b"authorization" in headers or b"on-behalf-of" in headers

    def check_origin(self, headers: Mapping[bytes, bytes]) -> None:
        """Checks that a browser acts for a page of this server, as browsers themselves say.

        Raises:
            CrossOrigin: It does not, or does not say so.
        """
        origin = headers.get(b"origin")
        is_ours = origin == self._origin if origin else headers.get(_SITE) == b"same-origin"
        if not is_ours:
            raise CrossOrigin

    def address(self, scope: Mapping[str, Any], headers: Mapping[bytes, bytes]) -> str:
        """Tells from where they call: of what proxies say, only what trusted ones have seen."""
        address = _client(scope)
        if not self._proxies:
            return address
        said = headers.get(b"x-forwarded-for", b"").decode("latin-1")
        for each in reversed([part.strip() for part in said.split(",") if part.strip()]):
            if not self._is_trusted(address):
                break
            address = each
        return address

    def _is_trusted(self, address: str) -> bool:
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found in each for each in self._proxies)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text.strip())
    except ValueError as error:
        mend = "write addresses or networks such as 10.0.0.0/8, between commas"
        raise InvalidSettings([Problem("trusted_proxies", str(error), mend)]) from None


def _client(scope: Mapping[str, Any]) -> str:
    return str((scope.get("client") or ("",))[0])
