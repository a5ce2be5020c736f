"""Declaring actions: marks on plain methods, which stay what they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, overload

type Rules = Callable[..., bool] | Iterable[Callable[..., bool]]

_MARK, _HANDLES = "__triptych_operation__", "__triptych_events__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What is declared of a method.

    Attributes:
        is_action: Whether it may change things; a query only reads.
        allow: Rules about the actor, all of which must hold.
        require: Rules about the state of things, all of which must hold.
        is_approved: Whether somebody else must commit its plan.
        is_pure: Whether it may simply be run again where others were faster.

    Example:
        ```python
        from triptych import action
        from triptych.domain.actions.declaration import mark_of

        @action
        async def close() -> None: ...

        assert mark_of(close).is_action
        ```
    """

    is_action: bool
    allow: tuple[Callable[..., bool], ...] = ()
    require: tuple[Callable[..., bool], ...] = ()
    is_approved: bool = False
    is_pure: bool = True


class Secret:
    """Marks a parameter whose value is never written down: `Annotated[str, Secret]`.

    Example:
        ```python
        from typing import Annotated

        from triptych import Secret

        type Code = Annotated[str, Secret]
        ```
    """


@overload
def action[F: Callable[..., Any]](function: F, /) -> F: ...


@overload
def action[F: Callable[..., Any]](
    *, allow: Rules = ..., require: Rules = ..., approval: bool = ..., pure: bool = ...
) -> Callable[[F], F]: ...


def action(
    function: Any = None,
    /,
    *,
    allow: Rules = (),
    require: Rules = (),
    approval: bool = False,
    pure: bool = True,
) -> Any:
    """Declares that a method of a service is an action: the one way in which things change.

    The method stays a plain method. Its parameters are what the action is given: an entity by
    its id, which arrives loaded; everything else by its value.

    Args:
        function: The method, where nothing else is said.
        allow: Rules about the actor; any of its parameters that is an `Actor` is the one who
            asks, others are parameters of the action by their names.
        require: Rules about the state of things: of every parameter that is of the rule's
            entity; a rule's own parameters are those of the action by their names.
        approval: Whether somebody else than the one who plans it must commit it.
        pure: Whether it may simply be run again where others were faster.

    Example:
        ```python
        from triptych import Actor, action

        def is_dispatcher(actor: Actor) -> bool:
            return actor.has_role("dispatcher")

        class Desk:
            @action(allow=is_dispatcher)
            async def close(self) -> None:
                ...
        ```
    """

    def mark(marked: Any) -> Any:
        said = Mark(
            is_action=True,
            allow=_several(allow),
            require=_several(require),
            is_approved=approval,
            is_pure=pure,
        )
        setattr(marked, _MARK, said)
        return marked

    return mark if function is None else mark(function)


@overload
def query[F: Callable[..., Any]](function: F, /) -> F: ...


@overload
def query[F: Callable[..., Any]](*, allow: Rules = ...) -> Callable[[F], F]: ...


def query(function: Any = None, /, *, allow: Rules = ()) -> Any:
    """Declares that a method of a service is a query: it reads, and changes nothing.

    Args:
        function: The method, where nothing else is said.
        allow: Rules about the actor, as of `action`.

    Example:
        ```python
        from triptych import query

        class Desk:
            @query
            async def waiting(self) -> int:
                return 0
        ```
    """

    def mark(marked: Any) -> Any:
        setattr(marked, _MARK, Mark(is_action=False, allow=_several(allow)))
        return marked

    return mark if function is None else mark(function)


def on[F: Callable[..., Any]](*events: type) -> Callable[[F], F]:
    """Declares that a method handles events: it is called after what has happened is written.

    It is called at least once for each event, in order for each object; where it fails it is
    called again, later and later, and at last the event is put aside as a dead letter.

    Args:
        events: Classes of `domain/events`.

    Example:
        ```python
        from flights.domain.events import FlightPostponed
        from triptych import on

        class Notices:
            @on(FlightPostponed)
            async def tell(self, event: FlightPostponed) -> None:
                ...
        ```
    """

    def mark(marked: Any) -> Any:
        setattr(marked, _HANDLES, (*getattr(marked, _HANDLES, ()), *events))
        return marked

    return mark


def mark_of(function: Any) -> Mark | None:
    """Returns what is declared of a method, if it is an action or a query.

    Example:
        ```python
        from triptych.domain.actions.declaration import mark_of

        assert mark_of(print) is None
        ```
    """
    found: Mark | None = getattr(function, _MARK, None)
    return found


def events_of(function: Any) -> tuple[type, ...]:
    """Returns the events that a method handles.

    Example:
        ```python
        from triptych.domain.actions.declaration import events_of

        assert events_of(print) == ()
        ```
    """
    found: tuple[type, ...] = getattr(function, _HANDLES, ())
    return found


def _several(rules: Rules) -> tuple[Callable[..., bool], ...]:
    return (rules,) if callable(rules) else tuple(rules)


@dataclass(frozen=True, slots=True)
class Invariant:
    """A rule that must hold of every object, before and after whatever is done.

    It is checked of each object that an action has changed, and of those whose links the rule
    follows to something that was changed.

    Attributes:
        rule: A rule of the domain, that needs no arguments.

    Example:
        ```python
        from flights.domain.entities import Flight
        from triptych import Invariant

        def leads_elsewhere(flight: Flight) -> bool:
            return flight.origin != flight.destination

        ELSEWHERE = Invariant(leads_elsewhere)
        assert ELSEWHERE.rule is leads_elsewhere
        ```
    """

    rule: Callable[..., bool]
