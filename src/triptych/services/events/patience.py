"""How events are delivered, and what is done now and then."""

from __future__ import annotations

from dataclasses import dataclass

from triptych.domain.errors import Misconfigured
from triptych.infrastructure.configuration import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How deliveries are made.

    Attributes:
        tries: How often one is tried before it is a dead letter.
        first: Seconds until the second try; each pause is twice the one before.
        longest: Seconds of the longest pause.
        lease: Seconds for which deliveries are taken; others take them again afterwards.
        limit: Seconds that a handler may take; no more than two thirds of the lease.
        idle: Seconds after which is looked for what other processes have left.
        at_once: How many are made at the same time.
        bind: Seconds between two rounds of binding entries into the chain.
        settle: Seconds between two rounds of binding those that took long to commit.
        upkeep: Seconds between two rounds of sweeping keys.
        keep_days: For how many days it is kept what was; 0 for ever.
        forget: Seconds between two rounds of forgetting.

    Raises:
        Misconfigured: A handler may take longer than its delivery is taken for.

    Example:
        ```python
        from triptych.services.events import Patience

        assert Patience(tries=3).lease == 60
        ```
    """

    tries: int = 8
    first: float = 1.0
    longest: float = 3_600.0
    lease: float = 60.0
    limit: float = 30.0
    idle: float = 1.0
    at_once: int = 64
    bind: float = 0.25
    settle: float = 60.0
    upkeep: float = 600.0
    keep_days: int = 0
    forget: float = 86_400.0

    def __post_init__(self) -> None:
        if self.limit * 1.5 > self.lease:
            found = f"a handler may take {self.limit:g} seconds, the lease is {self.lease:g}"
            raise Misconfigured(f"{found}; make the lease half as long again, or more")


def patience_of(settings: Settings) -> Patience:
    """Says how events are delivered, as the settings say.

    Example:
        ```python
        from triptych.infrastructure.configuration import Settings
        from triptych.services.events import patience_of

        assert patience_of(Settings(handler_seconds=5)).lease == 10
        ```
    """
    return Patience(
        tries=settings.delivery_tries,
        limit=settings.handler_seconds,
        lease=settings.handler_seconds * 2,
        keep_days=settings.keep_days,
    )
