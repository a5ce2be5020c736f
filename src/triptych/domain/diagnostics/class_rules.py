"""Rules on entities, value objects, relationships and events."""

from __future__ import annotations

from triptych.domain.diagnostics.diagnostic import DiagnosticRule
from triptych.domain.diagnostics.examples import domain

_CITY = '''
    CityId = NewType("CityId", str)


    @dataclass(frozen=True, slots=True, kw_only=True)
    class City:
        """Where people live."""

        id: CityId
    '''
_ROADS = '"""What joins things."""\nfrom __future__ import annotations\nfrom dataclasses import dataclass\n'
_PLAIN = _ROADS + "from .entities import CityId\n\n\n"

CLASS_RULES = (
    DiagnosticRule(
        code="ONT001",
        title="An object type is not frozen",
        reason=(
            "Objects are values: a change makes a new one. That is what lets an edit be shown "
            "before it happens, be undone, and be compared."
        ),
        mend="Write @dataclass(frozen=True, slots=True, kw_only=True).",
        example=domain('''
    CityId = NewType("CityId", str)


    @dataclass(slots=True, kw_only=True)
    class City:  # here
        """Where people live."""

        id: CityId
    '''),
        mended=domain(_CITY),
    ),
    DiagnosticRule(
        code="ONT002",
        title="A class is not a dataclass",
        reason=(
            "The layout is the declaration: a class in `entities`, `relationships` or `events` is "
            "one, and its fields are known only if it is a dataclass. Protocols, enums, exceptions "
            "and classes whose name begins with an underscore are left alone."
        ),
        mend="Make it a frozen dataclass, or move it to another module of the domain.",
        example=domain('''
    class City:  # here
        """Where people live."""
    '''),
        mended=domain(_CITY),
    ),
    DiagnosticRule(
        code="ONT003",
        title="An entity has no id",
        reason="An entity is what stays itself while its values change. The id is that self.",
        mend="Give it a field `id` of a NewType of its own; without identity it is a value object.",
        example=domain('''
    @dataclass(frozen=True, slots=True, kw_only=True)
    class City:  # here
        """Where people live."""

        name: str
    '''),
        mended=domain(_CITY),
    ),
    DiagnosticRule(
        code="ONT004",
        title="An id has a plain type",
        reason=(
            "Where an id is `str` or `UUID`, a city can be given for a customer and nobody notices. "
            "A NewType costs nothing at run time and makes each link typed from end to end."
        ),
        mend='Declare one for it: CityId = NewType("CityId", str).',
        example=domain('''
    @dataclass(frozen=True, slots=True, kw_only=True)
    class City:
        """Where people live."""

        id: str  # here
    '''),
        mended=domain(_CITY),
    ),
    DiagnosticRule(
        code="ONT005",
        title="Two entities share an id type",
        reason="The type of an id says what it identifies: a field of that type is a link to it.",
        mend="Declare a NewType for each of the two.",
        example=domain(_CITY + '''

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Village:
        """Where fewer people live."""

        id: CityId  # here
    '''),
        mended=domain(_CITY + '''

    VillageId = NewType("VillageId", str)


    @dataclass(frozen=True, slots=True, kw_only=True)
    class Village:
        """Where fewer people live."""

        id: VillageId
    '''),
    ),
    DiagnosticRule(
        code="ONT006",
        title="A relationship joins fewer than two objects",
        reason="A relationship says something about two or more entities together, by their ids.",
        mend="Give it the ids of what it joins; a fact about one entity is a field of that entity.",
        example=domain(_CITY)
        | {
            "relationships.py": _PLAIN
            + "@dataclass(frozen=True, slots=True, kw_only=True)\nclass Road:  # here\n"
            + '    """A way between two cities."""\n\n    start: CityId\n'
        },
        mended=domain(_CITY)
        | {
            "relationships.py": _PLAIN.replace(
                "from dataclasses", "from typing import Annotated\nfrom dataclasses"
            )
            + "@dataclass(frozen=True, slots=True, kw_only=True)\nclass Road:\n"
            + '    """A way between two cities."""\n\n'
            + '    start: Annotated[CityId, "roads_out"]\n    end: Annotated[CityId, "roads_in"]\n'
        },
    ),
    DiagnosticRule(
        code="ONT007",
        title="A way back has an ambiguous name",
        reason=(
            "A link is named at both ends. The way back is called after the objects it leads to, "
            "so two links between the same types need names of their own, and none may be called "
            "as a field is."
        ),
        mend='Name the way back: Annotated[CityId, "departures"].',
        example=domain(_CITY + '''

    TrainId = NewType("TrainId", UUID)


    @dataclass(frozen=True, slots=True, kw_only=True)
    class Train:
        """What runs between cities."""

        id: TrainId
        origin: CityId
        destination: CityId  # here
    '''),
        mended=domain(_CITY + '''

    TrainId = NewType("TrainId", UUID)


    @dataclass(frozen=True, slots=True, kw_only=True)
    class Train:
        """What runs between cities."""

        id: TrainId
        origin: Annotated[CityId, "departures"]
        destination: Annotated[CityId, "arrivals"]
    '''),
    ),
)
