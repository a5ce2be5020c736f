"""Identity: who calls, by what they show; and keys, made, rotated and revoked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol

from triptych.adapters.database.database import Collided, Write
from triptych.adapters.identity.keys import ApiKey, ApiKeys, Secret, read_secret
from triptych.adapters.objects.sql import SqlStore
from triptych.domain.actions import Decision, Entry
from triptych.domain.actor import OUR_ROLES, SYSTEM, Actor
from triptych.domain.errors import (
    DatabaseUnavailable,
    InvalidInput,
    NotSignedIn,
    ObjectMissing,
    Problem,
)
from triptych.infrastructure.clock import Clock, SystemClock
from triptych.infrastructure.logging import get_logger

_log = get_logger("triptych.identity")
_MICROSECOND = timedelta(microseconds=1)
_MINUTE = timedelta(minutes=1) // _MICROSECOND
_OURS = ("system", "anonymous", "handler:")
_BEHALF = b"on-behalf-of"


def _acting_for(user: Actor, agent: Actor) -> Actor:
    """Lets an agent act for somebody, after whoever acts in their stead already."""
    if user.agent is None:
        return replace(user, agent=agent)
    return replace(user, agent=_acting_for(user.agent, agent))


class Reader(Protocol):
    """Reads who a token of a provider is of: see `Tokens`."""

    async def actor_of(self, text: str) -> Actor:
        """Reads who a token is of."""
        ...


class Identity:
    """Tells who calls, and keeps the keys by which they show it.

    Args:
        store: Where the keys are.
        clock: Tells the time.
        tokens: Reads the tokens of a provider, where there is one.
    """

    def __init__(
        self, store: SqlStore, clock: Clock | None = None, tokens: Reader | None = None
    ) -> None:
        self._store, self._database, self._tokens = store, store.database, tokens
        self._keys: ApiKeys = store.api_keys
        self._clock = clock or SystemClock()

    def _now(self) -> int:
        return int(self._clock.now().timestamp() * 1_000_000)

    async def actor_of(self, headers: Mapping[bytes, bytes]) -> Actor | None:
        """Tells who calls, by the headers of a request; `None` where they show nothing.

        Who shows who they are, and in `On-Behalf-Of` another one's key or token, is an agent
        of that one: both must be allowed what they do.

        Raises:
            NotSignedIn: What they show is not good: unknown, over, revoked, or malformed.
            ProviderUnavailable: The keys of the provider cannot be had.
        """
        shown, behalf = headers.get(b"authorization"), headers.get(_BEHALF)
        if shown is None and behalf is None:
            return None
        scheme, _, text = (shown or b"").decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            _log.warning("not signed in", scheme=scheme[:20])
            raise NotSignedIn
        actor = await self._known_by(text.strip())
        if behalf is None:
            return actor
        user = await self._known_by(behalf.decode("latin-1").strip())
        return _acting_for(user, actor)

    async def _known_by(self, text: str) -> Actor:
        """Tells who shows a key or a token."""
        if self._tokens is not None and not text.startswith("tk_"):
            return await self._tokens.actor_of(text)
        secret = read_secret(text)
        key = None if secret is None else await self._keys.match(self._database, secret)
        now = self._now()
        if key is None or not key.is_good(now):
            # Why is told to nobody but the log: it would help who guesses.
            prefix = secret.prefix if secret else ""
            _log.warning("not signed in", key=prefix, is_known=key is not None)
            raise NotSignedIn
        if now - key.used > _MINUTE:
            await self._note_use(key, now)
        return key.actor

    async def _note_use(self, key: ApiKey, now: int) -> None:
        try:
            await self._keys.note_use(self._database, key.prefix, now)
        except DatabaseUnavailable as error:
            # Who only reads may do so while nothing can be written.
            _log.warning("use of a key is not noted", key=key.prefix, error=str(error))

    async def make(
        self, actor: Actor, lasts: timedelta | None = None, by: Actor = SYSTEM
    ) -> Secret:
        """Makes a key for an actor; it is known only now.

        Args:
            actor: Who acts by it, with their roles and claims.
            lasts: How long it is good; for ever where nothing is said.
            by: Who makes it, for the ledger.

        Raises:
            InvalidInput: The name is one of our own, or empty; or it would be over at once.
        """
        name = actor.id.strip()
        if not name or name.startswith(_OURS):
            found = f"{actor.id!r:.60} is nobody's name, or one of ours"
            raise InvalidInput([Problem("actor", found, "choose another name")])
        for role in actor.roles & OUR_ROLES:
            found = f"{role} is what the application itself is"
            raise InvalidInput([Problem("role", found, "choose another role")])
        if lasts is not None and lasts <= timedelta(0):
            raise InvalidInput([Problem("lasts", f"{lasts} is over at once", "let it last")])
        made, secret = self._made(actor, lasts)
        await self._write("keys.make", by, secret.prefix, [made], actor)
        return secret

    def _made(self, actor: Actor, lasts: timedelta | None) -> tuple[Write, Secret]:
        now, secret = self._now(), Secret.draw()
        expires = 0 if lasts is None else now + lasts // _MICROSECOND
        return self._keys.adding(ApiKey(secret.prefix, actor, now, expires), secret), secret

    async def _write(
        self, name: str, by: Actor, prefix: str, writes: Sequence[Write], of: Actor | None = None
    ) -> None:
        """Writes a change of keys, and its entry in the ledger, in one transaction."""
        said: dict[str, Any] = {"prefix": prefix}
        if of is not None:
            said |= {"actor": of.id, "roles": sorted(of.roles), "claims": sorted(of.claims)}
        entry = Entry(
            number=self._store.ticker.next(),
            actor=by.id,
            action=name,
            decision=Decision.DONE,
            parameters=said,
        )
        await self._database.write_all([*writes, self._store.ledger.write(entry)])

    async def list(self) -> list[ApiKey]:
        """Lists all keys, the latest first."""
        return await self._keys.list(self._database)

    async def holders(self) -> tuple[Actor, ...]:
        """Lists whom the keys are of that are good now."""
        now = self._now()
        return tuple(each.actor for each in await self.list() if each.is_good(now))

    async def rotate(
        self, prefix: str, grace: timedelta = timedelta(0), by: Actor = SYSTEM
    ) -> Secret:
        """Makes a new key for the actor of another, which is good for a while longer.

        Args:
            prefix: Of the old key.
            grace: How long the old one is still good.
            by: Who rotates it, for the ledger.

        Raises:
            ObjectMissing: There is no such key, or it is not good any more.
        """
        now = self._now()
        old = await self._keys.find(self._database, prefix)
        if old is None or not old.is_good(now):
            raise ObjectMissing("key", prefix)
        lasts = (old.expires - old.made) * _MICROSECOND if old.expires else None
        made, secret = self._made(old.actor, lasts)
        end = now + grace // _MICROSECOND
        ended = self._keys.limiting(prefix, min(end, old.expires or end))
        await self._write("keys.rotate", by, f"{prefix} → {secret.prefix}", [made, ended])
        return secret

    async def revoke(self, prefix: str, by: Actor = SYSTEM) -> None:
        """Revokes a key, at once and for ever.

        Args:
            prefix: Of the key.
            by: Who revokes it, for the ledger.

        Raises:
            ObjectMissing: There is none, or it was revoked before.
        """
        try:
            await self._write("keys.revoke", by, prefix, [self._keys.revoking(prefix, self._now())])
        except Collided:
            raise ObjectMissing("key", prefix) from None
