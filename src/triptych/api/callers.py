"""Who calls: by what they show, and from where."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from triptych.domain.actor import ANONYMOUS, Actor, read_actor
from triptych.domain.errors import InvalidSettings, Problem
from triptych.infrastructure.configuration import Settings
from triptych.services.identity import Identity

_FORWARDED = (b"x-forwarded-for", b"forwarded")


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
        is_said = bool(settings.actor) and settings.is_development
        self._actor = read_actor(settings.actor) if is_said else ANONYMOUS
        self._proxies = tuple(map(_network, filter(None, settings.trusted_proxies.split(","))))

    async def actor(self, scope: Mapping[str, Any], headers: Mapping[bytes, bytes]) -> Actor:
        """Tells who calls: who shows it; on this machine, who develops; or nobody.

        Raises:
            NotSignedIn: What they show is not good.
        """
        shown = await self._identity.actor_of(headers)
        if shown is not None:
            return shown
        if self._actor is ANONYMOUS or any(name in headers for name in _FORWARDED):
            return ANONYMOUS
        return self._actor if _is_loopback(_client(scope)) else ANONYMOUS

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


@lru_cache(maxsize=1_024)
def _is_loopback(client: str) -> bool:
    try:
        return ipaddress.ip_address(client).is_loopback
    except ValueError:
        return False
