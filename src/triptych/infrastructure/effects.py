"""Effects: what reaches out into the world, and where that is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from triptych.domain.errors import EffectRefused

_acting: ContextVar[str] = ContextVar("triptych_acting", default="")


@contextmanager
def acting(action: str) -> Iterator[None]:
    """Says that an action runs, which may have to be run again."""
    token = _acting.set(action)
    try:
        yield
    finally:
        _acting.reset(token)


def effect(what: str) -> None:
    """Says that the caller is about to reach out into the world.

    Adapters say so before they do; within an action it is refused, since that may be run again
    or be a mere preview.

    Args:
        what: In a few words, such as `send mail`.

    Raises:
        EffectRefused: An action runs.

    Example:
        ```python
        from triptych import effect

        effect("send mail")
        ```
    """
    action = _acting.get()
    if action:
        raise EffectRefused(what, action)
