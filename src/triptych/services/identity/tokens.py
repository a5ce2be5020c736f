"""Tokens of a provider, shown by whoever calls."""

from __future__ import annotations

import time
from collections.abc import Callable

from triptych.adapters.identity.provider import Provider
from triptych.adapters.identity.tokens import BadToken, TokenRules, actor_in, key_id, verified
from triptych.domain.actor import Actor
from triptych.domain.errors import NotSignedIn
from triptych.infrastructure.configuration import Settings
from triptych.infrastructure.logging import get_logger

_log = get_logger("triptych.identity")


class Tokens:
    """Tells who calls by the tokens of a provider.

    Args:
        provider: Whose keys tokens are signed with.
        rules: What a token must say, and what of it is believed.
        clock: Tells seconds since 1970.
    """

    def __init__(
        self, provider: Provider, rules: TokenRules, clock: Callable[[], float] = time.time
    ) -> None:
        self.provider, self.rules, self._clock = provider, rules, clock

    async def actor_of(
        self, text: str, *, audience: str | None = None, nonce: str | None = None
    ) -> Actor:
        """Reads who a token is of.

        Args:
            text: The token.
            audience: Whom it must be for, where not for this application's interface.
            nonce: What it must repeat, where it answers a sign-in.

        Raises:
            NotSignedIn: It is not good; why is told to the log alone.
            ProviderUnavailable: The provider's keys cannot be had.
        """
        rules = self.rules if audience is None else for_audience(self.rules, audience)
        try:
            keys = await self.provider.keys(key_id(text))
            claims = verified(text, keys, rules, int(self._clock()), nonce)
            return actor_in(claims, rules)
        except BadToken as error:
            _log.warning("not signed in", token=str(error))
            raise NotSignedIn from None


def for_audience(rules: TokenRules, audience: str) -> TokenRules:
    """Returns the same rules for tokens that are for another audience."""
    return TokenRules(
        issuer=rules.issuer,
        audience=audience,
        name=rules.name,
        roles=rules.roles,
        claims=rules.claims,
        skew=rules.skew,
    )


def rules_of(settings: Settings) -> TokenRules:
    """Reads what tokens must say from the settings.

    Example:
        ```python
        from triptych.infrastructure.configuration import Settings
        from triptych.services.identity.tokens import rules_of

        said = Settings(issuer="https://id.example", audience="x", token_claims="carriers=airlines")
        assert rules_of(said).claims == {"carriers": "airlines"}
        ```
    """
    pairs = [each.strip().partition("=") for each in settings.token_claims.split(",") if each]
    return TokenRules(
        issuer=settings.issuer,
        audience=settings.audience,
        name=settings.token_name,
        roles=settings.token_roles,
        claims={own: there or own for own, _, there in pairs},
        skew=settings.clock_skew,
    )
