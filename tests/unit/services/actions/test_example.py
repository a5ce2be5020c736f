"""What the documentation shows of the example is what the example declares."""

from __future__ import annotations

from flights.services.workflows.lifecycle import FLIGHT
from tests.unit.test_architecture import PROJECT


def test_the_life_of_a_flight_is_drawn_as_it_is_declared() -> None:
    assert FLIGHT.diagram() in (PROJECT / "docs/guides/actions.md").read_text()
