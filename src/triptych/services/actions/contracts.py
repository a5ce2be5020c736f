"""What services may ask for, beside repositories and the application's own protocols."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from triptych.domain.actions import Outcome


class Events(Protocol):
    """Where an action says what has happened.

    A service names it in its constructor.

    Example:
        ```python
        from flights.domain.events import FlightPostponed
        from triptych import Events

        class Desk:
            def __init__(self, events: Events) -> None:
                self.events = events

            def tell(self, event: FlightPostponed) -> None:
                self.events.record(event)
        ```
    """

    def record(self, event: Any) -> None:
        """Notes an event of `domain/events`; handlers hear of it once all is written.

        Raises:
            UnknownName: It is no event of the domain.
        """
        ...


class Actions(Protocol):
    """Runs actions: what handlers change things by.

    Each call of one handler about one event has an idempotency key of its own, so that what a
    handler has done is not done again when the event comes again.

    Example:
        ```python
        from flights.domain.events import FlightCancelled
        from flights.services.business_logic.operations import Operations
        from triptych import Actions, on

        class Replanning:
            def __init__(self, actions: Actions) -> None:
                self.actions = actions

            @on(FlightCancelled)
            async def release_crew(self, event: FlightCancelled) -> None:
                await self.actions.run(Operations.release_crew, event.flight)
        ```
    """

    async def run(
        self, action: Callable[..., Awaitable[Any]], /, *arguments: Any, **named: Any
    ) -> Outcome[Any]:
        """Runs an action on behalf of the handler.

        Args:
            action: The method of a service, as `Operations.postpone`.
            arguments: What it is given, entities by their ids or as they are.
            named: The same, by name.
        """
        ...
