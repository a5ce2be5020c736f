"""A provider of identities (OpenID Connect): what it says of itself, its keys, its sign-in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from triptych.domain.errors import InvalidSettings, Problem, ProviderUnavailable
from triptych.infrastructure.configuration import is_loopback
from triptych.infrastructure.logging import get_logger

_log = get_logger("triptych.identity")
_KNOWN_FOR, _ASKED_AGAIN = 3_600.0, 30.0
_SECONDS, _LARGEST = 5.0, 1_048_576
_WELL_KNOWN = "/.well-known/openid-configuration"

type Fetch = Callable[[str], Awaitable[bytes]]


async def fetch(url: str) -> bytes:
    """Reads an address, within five seconds, a megabyte, and without being led elsewhere.

    Raises:
        ProviderUnavailable: It cannot be read.
    """
    try:
        async with httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False) as client:
            answer = await client.get(url)
    except httpx.HTTPError as error:
        raise ProviderUnavailable(url, type(error).__name__) from error
    if answer.status_code != httpx.codes.OK or len(answer.content) > _LARGEST:
        raise ProviderUnavailable(url, f"status {answer.status_code}")
    return answer.content


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a provider says of itself.

    Attributes:
        issuer: Its name, which is its address.
        keys: Where its keys are.
        authorization: Where people sign in.
        token: Where codes are exchanged.
        sign_out: Where people sign out; empty where nowhere.
    """

    issuer: str
    keys: str
    authorization: str = ""
    token: str = ""
    sign_out: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    keys: KeySet
    ids: frozenset[str]
    at: float


class Provider:
    """Knows a provider: asks it once, again each hour, and when a key is unknown.

    Args:
        issuer: Its address.
        fetch: Reads an address.
        clock: Tells seconds that never go back.

    Raises:
        InvalidSettings: The address is not encrypted, and not this machine's.
    """

    def __init__(
        self,
        issuer: str,
        fetch: Fetch = fetch,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not _is_safe(issuer):
            found = f"{issuer!r} is no address that begins with https://"
            raise InvalidSettings([Problem("issuer", found, "give the provider's own address")])
        self.issuer, self._fetch, self._clock = issuer, fetch, clock
        self._metadata: Metadata | None = None
        self._known: _Known | None = None
        self._turn = asyncio.Lock()

    async def metadata(self) -> Metadata:
        """Returns what the provider says of itself.

        Raises:
            ProviderUnavailable: It cannot be asked, or says that it is another one.
        """
        if self._metadata is None:
            url = self.issuer.rstrip("/") + _WELL_KNOWN
            raw = _decoded(await self._fetch(url), url)
            found = Metadata(
                str(raw.get("issuer", "")),
                str(raw.get("jwks_uri", "")),
                str(raw.get("authorization_endpoint", "")),
                str(raw.get("token_endpoint", "")),
                str(raw.get("end_session_endpoint", "")),
            )
            if found.issuer.rstrip("/") != self.issuer.rstrip("/") or not _is_safe(found.keys):
                raise ProviderUnavailable(url, f"it says that it is {found.issuer!r:.80}")
            self._metadata = found
        return self._metadata

    async def keys(self, key_id: str | None) -> KeySet:
        """Returns the provider's keys; asks for them again where one is unknown, not too often.

        Raises:
            ProviderUnavailable: It cannot be asked, and there are none from before.
        """
        async with self._turn:
            known, now = self._known, self._clock()
            if known is None or self._is_outdated(known, key_id, now):
                try:
                    known = await self._asked(now)
                except ProviderUnavailable as error:
                    if known is None:
                        raise
                    _log.warning("keys of the provider are those of before", error=str(error))
                    known = _Known(known.keys, known.ids, now)
                self._known = known
            return known.keys

    def _is_outdated(self, known: _Known, key_id: str | None, now: float) -> bool:
        is_unknown = key_id is not None and key_id not in known.ids
        return now - known.at > (_ASKED_AGAIN if is_unknown else _KNOWN_FOR)

    async def _asked(self, now: float) -> _Known:
        url = (await self.metadata()).keys
        raw: Any = _decoded(await self._fetch(url), url)
        try:
            keys = KeySet.import_key_set(raw)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise ProviderUnavailable(url, f"its keys cannot be read: {error}") from None
        ids = frozenset(str(each.kid) for each in keys.keys if each.kid)
        return _Known(keys, ids, now)


def _decoded(body: bytes, url: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise ProviderUnavailable(url, f"it answers no JSON: {error}") from None


def _is_safe(url: str) -> bool:
    """Tells whether what is read there is what its owner says: encrypted, or of this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return bool(parts.hostname)
    if parts.scheme != "http":
        return False
    return parts.hostname == "localhost" or is_loopback(parts.hostname or "")


@dataclass(frozen=True, slots=True)
class CodeFlow:
    """Signs people in at a provider: the authorization code flow with PKCE.

    Attributes:
        provider: Where.
        client_id: What the provider calls this application.
        secret: What the application shows the provider; empty for a public client.
        scope: What is asked of the provider.
    """

    provider: Provider
    client_id: str
    secret: str = ""
    scope: str = "openid profile"

    def _client(self, redirect: str) -> Any:
        return AsyncOAuth2Client(
            self.client_id,
            self.secret or None,
            scope=self.scope,
            redirect_uri=redirect,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if self.secret else "none",
            timeout=_SECONDS,
        )

    async def begin(self, redirect: str, state: str, verifier: str, nonce: str) -> str:
        """Returns the address at which somebody signs in.

        Raises:
            ProviderUnavailable: The provider cannot be asked.
        """
        at = (await self.provider.metadata()).authorization
        async with self._client(redirect) as client:
            url, _ = client.create_authorization_url(
                at, state=state, code_verifier=verifier, nonce=nonce
            )
        return str(url)

    async def complete(self, redirect: str, code: str, verifier: str) -> str:
        """Exchanges a code and returns the token that tells who signed in.

        Raises:
            ProviderUnavailable: The provider cannot be asked, or does not take the code.
        """
        at = (await self.provider.metadata()).token
        try:
            async with self._client(redirect) as client:
                token = await client.fetch_token(
                    at, grant_type="authorization_code", code=code, code_verifier=verifier
                )
        except (httpx.HTTPError, OAuthError, ValueError) as error:
            raise ProviderUnavailable(at, f"no code taken: {type(error).__name__}") from error
        return str(token.get("id_token", ""))
