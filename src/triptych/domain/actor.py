"""Who acts: a person, a service, or an agent in their stead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, overload
from uuid import UUID

_READ: Mapping[Any, Callable[[str], Any]] = {
    UUID: UUID,
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody on whose behalf something is done.

    Attributes:
        id: How the audit names them.
        roles: What they are, such as `dispatcher`.
        claims: What else is known of them, by name: one value, or several.
        agent: Who acts in their stead, who may do only what both of them may.

    Example:
        ```python
        from triptych import Actor

        desk = Actor("ada", roles=frozenset({"dispatcher"}))
        assert desk.has_role("dispatcher") and str(desk) == "ada"
        helped = Actor("ada", desk.roles, agent=Actor("bot"))
        assert str(helped) == "ada by bot"
        ```
    """

    id: str
    roles: frozenset[str] = frozenset()
    claims: Mapping[str, Any] = field(default_factory=dict)
    agent: Actor | None = None

    def has_role(self, role: str) -> bool:
        """Tells whether they have a role."""
        return role in self.roles

    @overload
    def claim(self, name: str) -> tuple[str, ...]: ...

    @overload
    def claim[T](self, name: str, of: type[T] | Callable[[Any], T]) -> tuple[T, ...]: ...

    def claim(self, name: str, of: Any = str) -> tuple[Any, ...]:
        """Returns what is known of them by a name; nothing where nothing is known.

        Args:
            name: Of the claim.
            of: The type of each value, such as an id; what a token says as text is read so, and
                what cannot be read so is left out.

        Example:
            ```python
            from typing import NewType
            from uuid import UUID

            from triptych import Actor

            MemberId = NewType("MemberId", UUID)
            bob = Actor("bob", claims={"carriers": ["UA", "DL"], "member": str(UUID(int=7))})
            assert "UA" in bob.claim("carriers") and bob.claim("unions") == ()
            assert bob.claim("member", MemberId) == (UUID(int=7),)
            ```
        """
        said = self.claims.get(name, ())
        values = said if isinstance(said, tuple | list | set | frozenset) else (said,)
        while hasattr(of, "__supertype__"):
            of = of.__supertype__
        return tuple(_read(values, of))

    @property
    def actors(self) -> tuple[Actor, ...]:
        """All who must be allowed to: themselves, and whoever acts in their stead."""
        return (self,) if self.agent is None else (self, *self.agent.actors)

    @property
    def is_ours(self) -> bool:
        """Whether it is the application itself: a handler, a load, a script."""
        return self.id == SYSTEM.id or self.id.startswith(HANDLER)

    def __str__(self) -> str:
        return self.id if self.agent is None else f"{self.id} by {self.agent}"


def _read(values: Any, of: Any) -> Any:
    """Reads the values of a claim as of one type; those that cannot be are left out."""
    read = _READ.get(of, of)
    for each in values:
        if isinstance(each, of):
            yield each
            continue
        try:
            yield read(str(each))
        except (TypeError, ValueError):
            continue


def read_actor(text: str) -> Actor:
    """Reads an actor: a name, and after a colon roles between commas; nobody where it is empty.

    A word with `=` is a claim; several values of it stand between `+`.

    Example:
        ```python
        from triptych.domain.actor import read_actor

        assert read_actor("ada:dispatcher,admin").has_role("admin")
        assert read_actor("bob:staff,carriers=UA+DL").claim("carriers") == ("UA", "DL")
        assert read_actor("").id == "anonymous"
        ```
    """
    name, _, said = text.partition(":")
    words = [each for each in said.split(",") if each]
    claims = dict(each.split("=", 1) for each in words if "=" in each)
    roles = frozenset(each for each in words if "=" not in each)
    return Actor(
        name or ANONYMOUS.id, roles, {key: tuple(each.split("+")) for key, each in claims.items()}
    )


HANDLER, OUR_ROLES = "handler:", frozenset({"system", "handler"})
ANONYMOUS = Actor("anonymous")
SYSTEM = Actor("system", roles=frozenset({"system"}))
