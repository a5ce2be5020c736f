"""What must hold of every flight, and of those who work it."""

from __future__ import annotations

from flights.domain.rules import fits_its_crew, is_of_the_carrier, leads_elsewhere
from triptych import Invariant

ELSEWHERE = Invariant(leads_elsewhere)
CREW = Invariant(fits_its_crew)
CARRIER = Invariant(is_of_the_carrier)
