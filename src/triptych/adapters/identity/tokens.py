"""Tokens of a provider: signed JWTs, checked, and read as an actor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact

from triptych.domain.actor import OUR_ROLES, Actor

# A provider's key is public: whoever may verify by it must not be able to sign with it.
ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
)
_MOST_VALUES, _LONGEST_TOKEN = 1_000, 16_384


class BadToken(Exception):
    """A token that is not good; why is for the log alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRules:
    """What a token must say, and what of it is believed.

    Attributes:
        issuer: Who must have issued it.
        audience: Whom it must be for.
        name: The claim that names the actor.
        roles: The claim that lists their roles, dotted where it lies inside of others.
        claims: Other claims that are kept: by their name here, where they are in the token.
        skew: Seconds by which clocks may differ.

    Example:
        ```python
        from triptych.adapters.identity.tokens import TokenRules

        rules = TokenRules(issuer="https://id.example", audience="flights")
        assert rules.roles == "roles" and rules.skew == 60
        ```
    """

    issuer: str
    audience: str
    name: str = "sub"
    roles: str = "roles"
    claims: Mapping[str, str] = field(default_factory=dict)
    skew: int = 60


def key_id(text: str) -> str | None:
    """Returns the id of the key that a token says it is signed with; nothing of it is believed.

    Raises:
        BadToken: It is no token at all.
    """
    if len(text) > _LONGEST_TOKEN:
        raise BadToken("it is too long")
    try:
        header = extract_compact(text.encode()).headers()
    except (ValueError, JoseError) as error:
        raise BadToken(f"no token: {error}") from None
    found = header.get("kid")
    return found if isinstance(found, str) else None


def verified(
    text: str, keys: KeySet, rules: TokenRules, now: int, nonce: str | None = None
) -> dict[str, Any]:
    """Checks a token and returns its claims.

    Args:
        text: The token.
        keys: The provider's.
        rules: What it must say.
        now: In seconds since 1970.
        nonce: What it must repeat, where it answers a sign-in.

    Raises:
        BadToken: Its signature, issuer, audience or times are not good.
    """
    try:
        token = jwt.decode(text, keys, algorithms=list(ALGORITHMS))
        registry = jwt.JWTClaimsRegistry(
            now=now,
            leeway=rules.skew,
            iss={"essential": True, "value": rules.issuer},
            aud={"essential": True, "value": rules.audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        registry.validate(token.claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise BadToken(f"{type(error).__name__}: {error}") from None
    if nonce is not None and token.claims.get("nonce") != nonce:
        raise BadToken("it answers another sign-in")
    return dict(token.claims)


def actor_in(claims: Mapping[str, Any], rules: TokenRules) -> Actor:
    """Reads an actor out of the claims of a token; with `act`, an agent that acts for them.

    Raises:
        BadToken: It names nobody, or somebody that only the application itself is.

    Example:
        ```python
        from triptych.adapters.identity.tokens import TokenRules, actor_in

        rules = TokenRules(issuer="i", audience="a", claims={"carriers": "airline.codes"})
        claims = {"sub": "sue", "roles": ["staff", "system"], "airline": {"codes": "UA"}}
        sue = actor_in(claims, rules)
        assert sue.roles == {"staff"} and sue.claim("carriers") == ("UA",)
        ```
    """
    said = claims.get("act")
    agent = actor_in(said, rules) if isinstance(said, dict) else None
    name = _found(claims, rules.name)
    if not isinstance(name, str) or not name.strip() or Actor(name).is_ours or name == "anonymous":
        raise BadToken(f"{name!r:.60} is nobody's name")
    roles = frozenset(map(str, _several(_found(claims, rules.roles)))) - OUR_ROLES
    kept = {
        own: values
        for own, there in rules.claims.items()
        if (values := _several(_found(claims, there)))
    }
    return Actor(name, roles, kept, agent)


def _found(claims: Mapping[str, Any], path: str) -> Any:
    """Looks a claim up: by its whole name, or by dots inside of others."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _several(value: Any) -> tuple[Any, ...]:
    """Returns plain values: one, or those of a list; texts may have several between spaces.

    Raises:
        BadToken: There are too many.
    """
    values: Sequence[Any] = value if isinstance(value, list) else [value]
    plain = tuple(each for each in values if isinstance(each, str | int | float | bool))
    if len(plain) > _MOST_VALUES:
        raise BadToken(f"{len(plain)} values of a claim are too many")
    return plain
