"""Lifecycles: the states of an object, and which may follow which."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from triptych.domain.actions.edits import Edit
from triptych.domain.errors import IllegalTransition, InvalidInput, Problem


@dataclass(frozen=True, slots=True, eq=False)
class Lifecycle:
    """The states of an object, and which may follow which.

    It is held by every write, whatever action makes it. A state that nothing is said of is an
    end; staying in a state is always allowed.

    Attributes:
        of: The class.
        state: The name of the property that holds it.
        transitions: By state, those that may follow.
        initial: In which states an object may be added; in any where nothing is said.

    Raises:
        InvalidInput: The class has no such property.

    Example:
        ```python
        from flights.domain.entities import Flight
        from flights.domain.value_objects import FlightStatus
        from triptych import Lifecycle

        cycle = Lifecycle(Flight, "status", {FlightStatus.SCHEDULED: {FlightStatus.CANCELLED}})
        assert cycle.following(FlightStatus.SCHEDULED) == (FlightStatus.CANCELLED,)
        assert cycle.following(FlightStatus.CANCELLED) == ()
        ```
    """

    of: type
    state: str
    transitions: Mapping[Any, Collection[Any]]
    initial: Collection[Any] = ()

    def __post_init__(self) -> None:
        if self.state not in getattr(self.of, "__dataclass_fields__", {}):
            found = f"{self.of.__name__} has no property {self.state!r}"
            raise InvalidInput([Problem("Lifecycle", found, "name the one that holds the state")])

    def following(self, state: Any) -> tuple[Any, ...]:
        """Returns the states that may follow one, in the order of their names."""
        return tuple(sorted(self.transitions.get(state, ()), key=_name))

    @property
    def states(self) -> tuple[Any, ...]:
        """Every state that is named, in the order in which it first is."""
        named = (
            each
            for state, following in self.transitions.items()
            for each in (state, *sorted(following, key=_name))
        )
        return tuple(dict.fromkeys((*self.initial, *named)))

    def check(self, edit: Edit) -> None:
        """Checks that an edit keeps to it.

        Raises:
            IllegalTransition: It does not; the states that may follow are named.
        """
        if edit.after is None:
            return
        new = getattr(edit.after, self.state)
        if edit.before is None:
            if self.initial and new not in self.initial:
                raise self._illegal(edit, None, new, tuple(self.initial))
            return
        old = getattr(edit.before, self.state)
        if new != old and new not in self.transitions.get(old, ()):
            raise self._illegal(edit, old, new, self.following(old))

    def _illegal(self, edit: Edit, old: Any, new: Any, legal: tuple[Any, ...]) -> IllegalTransition:
        before = None if old is None else _name(old)
        names = tuple(map(_name, legal))
        return IllegalTransition(edit.type_name, edit.key, (before, _name(new)), names)

    def diagram(self) -> str:
        """Draws it as a state diagram of Mermaid.

        Example:
            ```python
            from flights.domain.entities import Flight
            from flights.domain.value_objects import FlightStatus
            from triptych import Lifecycle

            cycle = Lifecycle(Flight, "status", {FlightStatus.SCHEDULED: {FlightStatus.CANCELLED}})
            assert "scheduled --> cancelled" in cycle.diagram()
            ```
        """
        return "\n".join(["stateDiagram-v2", *(f"    {line}" for line in self._arrows())])

    def _arrows(self) -> Iterator[str]:
        for state in self.initial:
            yield f"[*] --> {_name(state)}"
        for state in self.states:
            following = self.following(state)
            for each in following:
                yield f"{_name(state)} --> {_name(each)}"
            if not following:
                yield f"{_name(state)} --> [*]"


def _name(state: Any) -> str:
    """Names a state as it is stored."""
    return str(state.value if isinstance(state, Enum) else state)
