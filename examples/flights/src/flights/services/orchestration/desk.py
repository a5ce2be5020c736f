"""What follows from what the desk decides."""

from __future__ import annotations

from flights.adapters.external_apis.notifier import Notifier
from flights.domain.events import FlightCancelled, FlightPostponed
from flights.services.business_logic.operations import Operations
from triptych import Actions, on


class Notices:
    """Tells people what they should know."""

    def __init__(self, notifier: Notifier) -> None:
        self.notifier = notifier

    @on(FlightPostponed)
    async def tell_of_delay(self, event: FlightPostponed) -> None:
        """Tells passengers that their flight leaves later."""
        minutes = event.by.total_seconds() / 60
        await self.notifier.send(f"{event.flight} leaves {minutes:g} minutes later: {event.reason}")

    @on(FlightCancelled)
    async def tell_of_cancellation(self, event: FlightCancelled) -> None:
        """Tells passengers that their flight will not take place."""
        await self.notifier.send(f"{event.flight} is cancelled: {event.reason}")


class Replanning:
    """Makes the best of what has changed."""

    def __init__(self, actions: Actions) -> None:
        self.actions = actions

    @on(FlightCancelled)
    async def release_crew(self, event: FlightCancelled) -> None:
        """Frees the crew of a cancelled flight for others."""
        await self.actions.run(Operations.release_crew, event.flight)
