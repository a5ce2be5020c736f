"""Effects: what reaches out into the world, and where that is refused."""

from __future__ import annotations

from contextvars import ContextVar

from triptych.domain.errors import EffectRefused

_acting: ContextVar[str] = ContextVar("triptych_acting", default="")


class acting:  # noqa: N801 - it reads as what it says
    """Says that an action runs within the block, which may have to be run again.

    Args:
        action: Its name.
    """

    __slots__ = ("_action", "_token")

    def __init__(self, action: str) -> None:
        self._action = action

    def __enter__(self) -> None:
        self._token = _acting.set(self._action)

    def __exit__(self, *_: object) -> None:
        _acting.reset(self._token)


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
