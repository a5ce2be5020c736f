"""What joins entities, with facts of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from flights.domain.value_objects import CrewMemberId, CrewRole, FlightId


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewAssignment:
    """A crew member works a flight."""

    member: Annotated[CrewMemberId, "assignments"]
    flight: Annotated[FlightId, "crew"]
    role: CrewRole
