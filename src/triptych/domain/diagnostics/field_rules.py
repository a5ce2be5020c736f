"""Rules on fields and their types."""

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


def _city(line: str) -> dict[str, str]:
    """The domain of one city, with one more line in its class."""
    return domain(f"{_CITY}    {line}\n")


FIELD_RULES = (
    DiagnosticRule(
        code="ONT020",
        title="An annotation cannot be resolved",
        reason="Annotations are data here: each name in them must be importable at run time.",
        mend="Import or define the name outside of `if TYPE_CHECKING`.",
        example=_city("mayor: Mayor  # here"),
        mended=_city("mayor: str"),
    ),
    DiagnosticRule(
        code="ONT021",
        title="A datetime is naive",
        reason=(
            "A default without a zone is a different moment on every machine. Stored moments are "
            "instants; the zone to show them in is a fact of its own."
        ),
        mend="Give it a zone: datetime(2026, 1, 1, tzinfo=UTC).",
        example=_city("founded: datetime = datetime(1200, 1, 1)  # here"),
        mended=_city('founded: datetime = datetime.fromisoformat("1200-01-01T00:00:00Z")'),
    ),
    DiagnosticRule(
        code="ONT022",
        title="A field's type is mutable",
        reason="An object that can be changed from outside is not a value, frozen or not.",
        mend="Write tuple[X, ...] for list, frozenset[X] for set, a value object for dict.",
        example=_city("districts: list[str]  # here"),
        mended=_city("districts: tuple[str, ...]"),
    ),
    DiagnosticRule(
        code="ONT023",
        title="A default is mutable",
        reason="One default is shared by every object that does not say otherwise.",
        mend="Write an immutable one: () for [], frozenset() for set().",
        example=_city("districts: tuple[str, ...] = field(default_factory=list)  # here"),
        mended=_city("districts: tuple[str, ...] = field(default_factory=tuple)"),
    ),
    DiagnosticRule(
        code="ONT024",
        title="A reference leads nowhere",
        reason=(
            "An object points to another by that object's id, never by holding it; and a name for "
            "the way back makes sense only on the id of an entity."
        ),
        mend="Hold the id of an entity of this domain.",
        example=domain(_CITY + '''

    RoadId = NewType("RoadId", str)


    @dataclass(frozen=True, slots=True, kw_only=True)
    class Road:
        """A way out of a city."""

        id: RoadId
        start: City  # here
    '''),
        mended=domain(_CITY + '''

    RoadId = NewType("RoadId", str)


    @dataclass(frozen=True, slots=True, kw_only=True)
    class Road:
        """A way out of a city."""

        id: RoadId
        start: CityId
    '''),
    ),
    DiagnosticRule(
        code="ONT025",
        title="A type is not supported",
        reason=(
            "A field is a scalar (str, int, float, bool, Decimal, UUID, bytes, date, time, aware "
            "datetime, timedelta, an enum, a Literal, a NewType of these), a value object, optional "
            "either way, or a tuple[X, ...] or frozenset[X] of them. A value object holds no id and "
            "not itself."
        ),
        mend="Say it with one of the supported types, or with a value object.",
        example=_city("area: complex  # here"),
        mended=_city("area: float"),
    ),
    DiagnosticRule(
        code="ONT026",
        title="A bound makes no sense",
        reason=(
            "`Annotated[int, range(0, 10)]`, `Annotated[Decimal, slice(0, None)]` (both ends "
            "belong to it; lengths for text and bytes) and `Annotated[str, re.compile(...)]` "
            "constrain a value. A bound must be of the value's own kind."
        ),
        mend="Bound numbers by numbers, lengths by whole numbers, and only text by a pattern.",
        example=_city('area: Annotated[float, slice("small", "large")]  # here'),
        mended=_city("area: Annotated[float, slice(0, None)]"),
    ),
    DiagnosticRule(
        code="ONT027",
        title="A field is not set by the constructor",
        reason="What is stored is what the constructor takes: otherwise it cannot be read back.",
        mend="Make it a property, or let the constructor take it.",
        example=_city('label: str = field(init=False, default="")  # here'),
        mended=_city('label: str = ""'),
    ),
)
