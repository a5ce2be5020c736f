"""Who may do what at the desk."""

from __future__ import annotations

from triptych import Actor


def is_dispatcher(actor: Actor) -> bool:
    """The actor is a dispatcher."""
    return actor.has_role("dispatcher")
