"""The outbox: events written in the transaction that made them happen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from triptych.adapters.database.database import Write
from triptych.adapters.database.dialect import Dialect
from triptych.adapters.ledger.ledger import inserting
from triptych.adapters.ledger.tables import LedgerTables
from triptych.adapters.objects.mapping import parse_property, plain_property
from triptych.domain.errors import UnknownName
from triptych.domain.ontology import EventType, Identifier, Ontology

WAITING, DEAD = "waiting", "dead"
# Who hears of every event, where there is one.
BROKER = "broker"
_EPOCH_BITS = 10


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event that was written.

    Attributes:
        entry: The entry of the ledger that it belongs to.
        place: Which of the entry's events it is, from 0.
        type_name: Its type.
        event: The event.
        correlation: The id by which the call is found in logs.

    Example:
        ```python
        from triptych.adapters.events.outbox import Recorded

        assert Recorded(7, 0, "Rained", None, "me-1").place == 0
        ```
    """

    entry: int
    place: int
    type_name: str
    event: Any
    correlation: str


class Outbox:
    """Writes events and who is to hear of them.

    Args:
        tables: The tables of the ledger.
        dialect: How the database says things.
        ontology: What events there are.
        handlers: Who handles which, by the event's name.
    """

    def __init__(
        self,
        tables: LedgerTables,
        dialect: Dialect,
        ontology: Ontology,
        handlers: Mapping[str, Sequence[str]],
    ) -> None:
        self._types = {each.python: each for each in ontology.events}
        self._names = {each.name: each for each in ontology.events}
        self._handlers = handlers
        self._event = inserting(tables.events, dialect)
        self._delivery = inserting(tables.deliveries, dialect)

    def write(self, entry: int, events: Sequence[Any], correlation: str) -> Iterator[Write]:
        """Makes the statements that write events."""
        for place, event in enumerate(events):
            of = self._types[type(event)]
            subject = subject_of(of, event) or f"entry {entry}"
            row = {
                "entry": entry,
                "place": place,
                "type": of.name,
                "subject": subject,
                "body": msgspec.json.encode(plain_event(of, event)).decode(),
                "correlation": correlation,
            }
            yield Write(self._event.text, self._event.arguments(row), rows=1)
            for handler in self._handlers.get(of.name, ()):
                yield self._deliver(handler, entry, place, subject)

    def _deliver(self, handler: str, entry: int, place: int, subject: str) -> Write:
        row = {
            "handler": handler,
            "entry": entry,
            "place": place,
            "subject": subject,
            "state": WAITING,
            "error": "",
            "worker": "",
            "tries": 0,
            "due": entry >> _EPOCH_BITS,
            "leased": 0,
        }
        return Write(self._delivery.text, self._delivery.arguments(row), rows=1)

    def read(self, row: Sequence[Any]) -> Recorded:
        """Reads an event: entry, place, type, body, correlation.

        Raises:
            UnknownName: There is no such event any more.
            Unfit: It is not as it was.
        """
        entry, place, name, body, correlation = row
        if name not in self._names:
            raise UnknownName("event", name, self._names)
        of = self._names[name]
        raw = msgspec.json.decode(body)
        values = {each.name: parse_property(each, raw.get(each.name)) for each in of.properties}
        return Recorded(entry, place, name, of.python(**values), correlation)


def plain_event(of: EventType, event: Any) -> dict[str, Any]:
    """Writes an event as plain JSON."""
    return {each.name: plain_property(each, getattr(event, each.name)) for each in of.properties}


def subject_of(of: EventType, event: Any) -> str:
    """Names the object that an event is about: that of the first id it holds; or nothing.

    Example:
        ```python
        from datetime import timedelta
        from uuid import UUID

        from flights.domain.events import FlightPostponed
        from flights.domain.value_objects import FlightId
        from triptych import read_ontology
        from triptych.adapters.events.outbox import subject_of

        postponed = next(
            each for each in read_ontology("flights").events if each.python is FlightPostponed
        )
        event = FlightPostponed(flight=FlightId(UUID(int=7)), by=timedelta(0), reason="fog")
        assert subject_of(postponed, event) == f"Flight {UUID(int=7)}"
        ```
    """
    for each in of.properties:
        if isinstance(each.type, Identifier) and not each.many:
            return f"{each.type.target} {getattr(event, each.name)}"
    return ""
