"""Declaring policies: marks on plain functions, which stay what they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

READ, CHANGE, AUDIT = "read", "change", "audit"
_MARK = "__triptych_policies__"


class Effect(StrEnum):
    """What a policy does where it holds.

    Example:
        ```python
        from triptych.domain.policies import Effect

        assert Effect("forbids") is Effect.FORBIDS
        ```
    """

    ALLOWS = "allows"
    FORBIDS = "forbids"


def decide(verdicts: Iterable[tuple[Effect, bool]]) -> bool:
    """Decides by which policies hold: one that allows is enough, and one that forbids wins.

    Example:
        ```python
        from triptych.domain.policies import Effect, decide

        assert decide([(Effect.ALLOWS, True), (Effect.ALLOWS, False), (Effect.FORBIDS, False)])
        assert not decide([]) and not decide([(Effect.ALLOWS, True), (Effect.FORBIDS, True)])
        ```
    """
    holding = {effect for effect, holds in verdicts if holds}
    return holding == {Effect.ALLOWS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Who may do something, or who may not.

    Attributes:
        effect: What it does where it holds; what is forbidden is not allowed by any other.
        what: `read`, `change`, `audit`, or the full name of an action, perhaps with `*`.
        about: The classes of the objects that it is about; none of an action.
        fields: The properties that it is about; none where it is about whole objects.
        mask: What stands in the place of a property that may not be read; nothing where empty.
        rule: The function.

    Example:
        ```python
        from triptych.domain.policies import policies_of

        assert policies_of(print) == ()
        ```
    """

    effect: Effect
    what: str
    about: tuple[type, ...] = ()
    fields: tuple[str, ...] = ()
    mask: Any = None
    rule: Callable[..., Any]

    @property
    def name(self) -> str:
        """The function's name."""
        return self.rule.__name__


def allows[F: Callable[..., Any]](
    what: str, /, *about: type, fields: Iterable[str] = (), mask: Any = None
) -> Callable[[F], F]:
    """Declares who may do something: whoever the function holds of.

    Nobody may what no policy allows. The function is a rule: of an `Actor`, and of the object
    where it is asked about one; for an action, of its parameters by their names.

    Args:
        what: `read` and `change` of objects; `audit` of plans and of the ledger, whoever made
            them; or the full name of an action or query, such as `operations.postpone` or
            `operations.*`.
        about: Which entities and relationships are read or changed.
        fields: Only these properties, which nobody else may read then.
        mask: What all others see in their place: a value, or a function that makes it of the
            property's own and is written like a rule; nothing where it is left out.

    Example:
        ```python
        from flights.domain.entities import Airport, Flight
        from triptych import Actor, allows

        @allows("read", Airport)
        def is_anybody(actor: Actor) -> bool:
            return True

        @allows("read", Flight)
        def is_of_their_carrier(actor: Actor, flight: Flight) -> bool:
            return flight.carrier in actor.claim("carriers")
        ```
    """
    declared: Callable[[F], F] = _declared(Effect.ALLOWS, what, about, fields, mask)
    return declared


def forbids[F: Callable[..., Any]](
    what: str, /, *about: type, fields: Iterable[str] = (), mask: Any = None
) -> Callable[[F], F]:
    """Declares who may not do something, whatever else allows it: whoever the function holds of.

    Args:
        what: As of `allows`.
        about: As of `allows`.
        fields: As of `allows`.
        mask: As of `allows`.

    Example:
        ```python
        from flights.domain.entities import Flight
        from triptych import Actor, forbids

        def in_hundreds(distance: int) -> int:
            return distance // 100 * 100

        @forbids("read", Flight, fields=["distance"], mask=in_hundreds)
        def is_of_the_public(actor: Actor) -> bool:
            return not actor.has_role("staff")
        ```
    """
    declared: Callable[[F], F] = _declared(Effect.FORBIDS, what, about, fields, mask)
    return declared


def _declared(
    effect: Effect, what: str, about: tuple[type, ...], fields: Iterable[str], mask: Any
) -> Any:
    def mark(rule: Any) -> Any:
        said = Policy(
            effect=effect, what=what, about=about, fields=tuple(fields), mask=mask, rule=rule
        )
        setattr(rule, _MARK, (said, *policies_of(rule)))
        return rule

    return mark


def policies_of(function: Any) -> tuple[Policy, ...]:
    """Returns the policies that a function was declared to be.

    Example:
        ```python
        from triptych.domain.policies import policies_of

        assert policies_of(print) == ()
        ```
    """
    found: tuple[Policy, ...] = getattr(function, _MARK, ())
    return found
