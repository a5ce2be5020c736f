"""Wiring: which parts a service is made of, checked at start."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterable
from typing import Any, get_args, get_origin

from dishka import AsyncContainer, Provider, Scope, make_async_container
from dishka.exceptions import InvalidGraphError

from triptych.adapters.objects.repository import Repository
from triptych.adapters.objects.work import Work
from triptych.domain.actor import Actor
from triptych.domain.errors import Misconfigured, UnknownName
from triptych.domain.ontology import Ontology
from triptych.infrastructure.clock import Clock
from triptych.infrastructure.optional import find_module
from triptych.services.actions.contracts import Actions, Events


class WorkEvents:
    """Notes events in a piece of work.

    Args:
        work: The work.
    """

    def __init__(self, work: Work) -> None:
        self._work = work

    def record(self, event: Any) -> None:
        """Notes an event.

        Raises:
            UnknownName: It is no event of the domain.
        """
        known = self._work.kept.ontology.events
        if type(event) not in [each.python for each in known]:
            raise UnknownName("event", type(event).__name__, [each.name for each in known])
        self._work.events.append(event)


def find_providers(package: str) -> tuple[Provider, ...]:
    """Finds what an application says about its own parts, in `adapters/wiring`.

    Example:
        ```python
        from triptych.services.actions.wiring import find_providers

        assert len(find_providers("flights")) == 1
        ```
    """
    module = find_module(f"{package}.adapters.wiring")
    known = vars(module).values() if module else ()
    return tuple(each for each in known if isinstance(each, Provider))


def make_container(
    owners: Iterable[type], ontology: Ontology, clock: Clock, providers: Iterable[Provider] = ()
) -> AsyncContainer:
    """Makes what builds services, each anew for each call.

    Args:
        owners: The classes of services and handlers.
        ontology: What there may be repositories of.
        clock: Tells the time.
        providers: The application's own parts.

    Raises:
        Misconfigured: A part is missing, or parts need each other in a circle.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.infrastructure.clock import SystemClock
        from triptych.services.actions.wiring import make_container

        assert make_container([], read_ontology("flights"), SystemClock())
        ```
    """
    owners = list(owners)
    own = Provider(scope=Scope.REQUEST)
    own.from_context(provides=Work)
    own.from_context(provides=Actor)
    own.from_context(provides=Actions)
    own.provide(lambda: clock, provides=Clock, scope=Scope.APP)
    own.provide(_events, provides=Events)
    known = [Repository[each.python] for each in ontology.object_types]  # type: ignore[name-defined]  # made at run time
    for each in dict.fromkeys([*_repositories(owners), *known]):
        own.provide(_repository_of(get_args(each)[0], ontology), provides=each)
    for owner in owners:
        own.provide(owner)
    try:
        return make_async_container(own, *providers)
    except InvalidGraphError as error:
        raise Misconfigured(f"the services cannot be built: {error}") from error


def _events(work: Work) -> Any:
    return WorkEvents(work)


def _repository_of(of: type, ontology: Ontology) -> Callable[[Work], Any]:
    ontology.object_type(of)

    def make(work: Work) -> Any:
        return work.repository(of)

    return make


def _repositories(owners: Iterable[type]) -> list[Any]:
    """Lists the repositories that the constructors ask for."""
    asked: dict[Any, None] = {}
    for owner in owners:
        if not inspect.isfunction(vars(owner).get("__init__")):
            continue
        try:
            hints = typing.get_type_hints(owner.__init__)  # type: ignore[misc]  # of a class, on purpose
        except NameError as error:
            raise Misconfigured(f"{owner.__module__}.{owner.__name__}: {error}") from error
        asked |= dict.fromkeys(each for each in hints.values() if get_origin(each) is Repository)
    return list(asked)
