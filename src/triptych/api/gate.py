"""The gate: who comes in, how often, and what they show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from triptych.adapters.objects.sql import SqlStore
from triptych.api.callers import Callers
from triptych.api.messages import Handler
from triptych.domain.actor import ANONYMOUS, Actor
from triptych.domain.errors import InvalidSettings, NotSignedIn, Problem
from triptych.infrastructure.configuration import Settings
from triptych.infrastructure.optional import needs
from triptych.services.identity import Identity

if TYPE_CHECKING:
    from triptych.api.sessions import SessionAddresses

SIGN_OUT = ("auth", "sign-out")
_FREE = ("/health/live", "/health/ready")
_SIGNING_IN = ("/auth/sign-in", "/auth/callback", "/auth/sign-out")


class Gate:
    """Lets callers in: tells who they are, and that they do not ask too often.

    Args:
        settings: How callers show who they are, and how often they may ask.
        store: Where keys and sessions are.

    Raises:
        InvalidSettings: Some settings need others.
        MissingExtra: What tokens or limits need is not installed.
    """

    def __init__(self, settings: Settings, store: SqlStore) -> None:
        # Loaded here: most applications begin without a provider, and start faster so.
        tokens: Any = None
        if settings.issuer:
            tokens = _sessions().make_tokens(settings)
        elif settings.client_id:
            found = "browsers cannot sign in without a provider"
            raise InvalidSettings([Problem("client_id", found, "say its address as issuer")])
        self.callers = Callers(settings, Identity(store, tokens=tokens))
        self.sessions: SessionAddresses | None = None
        if settings.client_id:
            self.sessions = _sessions().SessionAddresses(store, settings, tokens, self.callers)
            self.callers.sessions = self.sessions
        limits = needs("triptych.api.limits", "http", "to limit how often is asked")
        self._limiter: Any = limits.Limiter(settings)

    @property
    def handlers(self) -> dict[tuple[str, ...], tuple[str, Handler]]:
        """Who answers the addresses at which browsers sign in."""
        return self.sessions.handlers if self.sessions else {}

    async def close(self) -> None:
        """Lets go of everything; closing twice does nothing."""
        await self._limiter.close()

    async def admit(
        self, scope: Mapping[str, Any], headers: Mapping[bytes, bytes], route: str, action: str
    ) -> tuple[Actor, str]:
        """Tells who calls and from where.

        Args:
            scope: Of the request.
            headers: By name, in small letters.
            route: The kind of address that is asked.
            action: What would be done; empty where nothing.

        Raises:
            NotSignedIn: What they show is not good.
            TooMany: They ask, or fail to show who they are, more often than they may.
        """
        address = self.callers.address(scope, headers)
        if route in _FREE:
            return ANONYMOUS, address
        actor = ANONYMOUS
        if route not in _SIGNING_IN:
            actor = await self._known(scope, headers, address)
        await self._limiter.check(actor, address, action)
        return actor, address

    async def count(self, actor: Actor, address: str, action: str) -> None:
        """Counts that somebody who was let in calls an action.

        Raises:
            TooMany: They call it more often than they may.
        """
        await self._limiter.check_action(actor, address, action)

    async def _known(
        self, scope: Mapping[str, Any], headers: Mapping[bytes, bytes], address: str
    ) -> Actor:
        """Tells who calls; whoever guesses has to wait."""
        is_shown = self.callers.is_shown(headers)
        if is_shown:
            await self._limiter.check_failures(address)
        try:
            return await self.callers.actor(scope, headers)
        except NotSignedIn:
            # A browser whose session is over keeps sending its ticket: that is no guess.
            if is_shown:
                await self._limiter.note_failure(address)
            raise


def _sessions() -> Any:
    return needs("triptych.api.sessions", "identity", "to take tokens of a provider")
