"""Who acts: a person, a service, or an agent in their stead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody on whose behalf something is done.

    Attributes:
        id: How the audit names them.
        roles: What they are, such as `dispatcher`.
        claims: What else is known of them, by name.

    Example:
        ```python
        from triptych import Actor

        desk = Actor("ada", roles=frozenset({"dispatcher"}))
        assert desk.has_role("dispatcher") and str(desk) == "ada"
        ```
    """

    id: str
    roles: frozenset[str] = frozenset()
    claims: Mapping[str, Any] = field(default_factory=dict)

    def has_role(self, role: str) -> bool:
        """Tells whether they have a role."""
        return role in self.roles

    def claim(self, name: str) -> Any:
        """Returns what is known of them by a name; nothing known is an empty tuple."""
        return self.claims.get(name, ())

    def __str__(self) -> str:
        return self.id


def read_actor(text: str) -> Actor:
    """Reads an actor: a name, and after a colon roles between commas; nobody where it is empty.

    Example:
        ```python
        from triptych.domain.actor import read_actor

        assert read_actor("ada:dispatcher,admin").has_role("admin")
        assert read_actor("").id == "anonymous"
        ```
    """
    name, _, roles = text.partition(":")
    return Actor(name or ANONYMOUS.id, frozenset(filter(None, roles.split(","))))


ANONYMOUS = Actor("anonymous")
SYSTEM = Actor("system", roles=frozenset({"system"}))
