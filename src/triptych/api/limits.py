"""How often somebody may ask: by actor, by address, by action, and after failing to sign in."""

from __future__ import annotations

import time
from typing import Any

from limits import parse
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import ConfigurationError
from limits.storage import storage_from_string

from triptych.domain.actor import ANONYMOUS, Actor
from triptych.domain.errors import InvalidSettings, Problem, TooMany
from triptych.infrastructure.configuration import Settings
from triptych.infrastructure.logging import get_logger

_log = get_logger("triptych.limits")
_ACTOR, _ACTION, _FAILED = "actor", "action", "failed"


class Limiter:
    """Counts who asks how often, in this process or in Redis for several.

    Where Redis cannot be reached nobody is held up: that is logged.

    Args:
        settings: How often what may be asked; nothing said is no limit.

    Raises:
        InvalidSettings: A limit, or where it is counted, cannot be read.

    Example:
        ```python
        import asyncio

        from triptych import Actor
        from triptych.api.limits import Limiter
        from triptych.domain.errors import TooMany
        from triptych.infrastructure.configuration import Settings

        async def main() -> bool:
            limiter = Limiter(Settings(rate_limit="2/minute"))
            for _ in range(2):
                await limiter.check(Actor("ada"), "127.0.0.1")
            try:
                await limiter.check(Actor("ada"), "127.0.0.1")
            except TooMany as error:
                return 0 < error.wait <= 60
            return False

        assert asyncio.run(main())
        ```
    """

    def __init__(self, settings: Settings) -> None:
        said = settings.limits_storage
        address = "async+memory://" if said == "memory" else f"async+{said}"
        options = {} if said == "memory" else {"implementation": "redispy"}
        try:
            storage: Any = storage_from_string(address, **options)
        except ConfigurationError as error:
            mend = "say memory, or redis://HOST:PORT/DB"
            raise InvalidSettings([Problem("limits_storage", str(error), mend)]) from None
        self._storage = storage
        self._limiter = MovingWindowRateLimiter(storage)
        self._rates = {
            _ACTOR: _rate("rate_limit", settings.rate_limit),
            _ACTION: _rate("action_limit", settings.action_limit),
            _FAILED: _rate("sign_in_limit", settings.sign_in_limit),
        }

    async def close(self) -> None:
        """Lets go of Redis; closing twice does nothing."""
        if isinstance(self._storage, RedisStorage):
            bridge: Any = self._storage.bridge
            await bridge.storage.aclose()

    async def check(self, actor: Actor, address: str, action: str = "") -> None:
        """Counts a request, of an actor or else of an address.

        Args:
            actor: Who asks.
            address: From where.
            action: What is done, where something is.

        Raises:
            TooMany: They ask more often than they may.
        """
        if self._rates[_ACTOR] is not None:
            await self._hit(_ACTOR, _who(actor, address))
        if action:
            await self.check_action(actor, address, action)

    async def check_action(self, actor: Actor, address: str, action: str) -> None:
        """Counts a call of an action.

        Raises:
            TooMany: It is called more often than it may.
        """
        await self._hit(_ACTION, _who(actor, address), action)

    async def check_failures(self, address: str) -> None:
        """Checks that an address has not failed too often to show who it is.

        Raises:
            TooMany: It has.
        """
        await self._asked(_FAILED, address, counts=False)

    async def note_failure(self, address: str) -> None:
        """Counts that an address has failed to show who it is."""
        rate = self._rates[_FAILED]
        if rate is not None:
            await self._try(self._limiter.hit(rate, _FAILED, address))

    async def _hit(self, kind: str, *key: str) -> None:
        await self._asked(kind, *key, counts=True)

    async def _asked(self, kind: str, *key: str, counts: bool) -> None:
        rate = self._rates[kind]
        if rate is None:
            return
        ask = self._limiter.hit if counts else self._limiter.test
        if await self._try(ask(rate, kind, *key)):
            return
        stats = await self._limiter.get_window_stats(rate, kind, *key)
        raise TooMany(key[0], max(stats.reset_time - time.time(), 0.0))

    async def _try(self, call: Any) -> bool:
        """Makes a call; where it cannot be counted, it is let through."""
        try:
            return bool(await call)
        except Exception as error:  # noqa: BLE001 - whatever the storage raises
            _log.error("limits cannot be counted", error=str(error))
            return True


def _who(actor: Actor, address: str) -> str:
    return str(actor) if actor.id != ANONYMOUS.id else address


def _rate(name: str, text: str) -> Any:
    if not text:
        return None
    try:
        return parse(text)
    except ValueError as error:
        raise InvalidSettings([Problem(name, str(error), "write it as 600/minute")]) from None
