"""Rules on the package and its modules."""

from __future__ import annotations

from triptych.domain.diagnostics.diagnostic import DiagnosticRule, Severity
from triptych.domain.diagnostics.examples import domain

_CITY = '''
    CityId = NewType("CityId", str)


    @dataclass(frozen=True, slots=True, kw_only=True)
    class City:
        """Where people live."""

        id: CityId
    '''

PACKAGE_RULES = (
    DiagnosticRule(
        code="ONT010",
        title="The domain imports something foreign",
        reason=(
            "The domain is the part of a program that lives longest. It imports the standard "
            "library and itself, so that it can be read, tested and moved without anything else."
        ),
        mend="Move what needs the import to adapters/ or services/, or say it with the standard library.",
        example={
            "entities.py": (
                '"""What there is."""\nfrom __future__ import annotations\nimport msgspec  # here\n'
            )
        },
        mended={
            "entities.py": '"""What there is."""\nfrom __future__ import annotations\nimport json\n'
        },
    ),
    DiagnosticRule(
        code="ONT011",
        title="A module of the domain cannot be imported",
        reason="What cannot be imported cannot be read. The error is shown where it was raised.",
        mend="Mend the module until `python -c 'import PACKAGE.domain'` is silent.",
        example=domain("BROKEN = 1 / 0  # here\n"),
        mended=domain("WHOLE = 1\n"),
    ),
    DiagnosticRule(
        code="ONT012",
        title="A name is reserved",
        reason=(
            "Names that begin with an underscore, hold a double one, or are longer than 50 letters "
            "cannot be columns beside our own; `health`, `ontology` and `openapi` are addresses of "
            "the server itself."
        ),
        mend="Choose another name.",
        example=domain(_CITY + "    _mayor: str  # here\n"),
        mended=domain(_CITY + "    mayor: str\n"),
    ),
    DiagnosticRule(
        code="ONT013",
        title="Two object types have the same name",
        reason=(
            "A name leads to one object type: in the address, in the shell, as a table. Names are "
            "compared in lower case, and so are their plurals."
        ),
        mend="Rename one of the two.",
        example=domain(_CITY + '''

    CITYId = NewType("CITYId", str)


    @dataclass(frozen=True, slots=True, kw_only=True)
    class CITY:  # here
        """A large city."""

        id: CITYId
    '''),
        mended=domain(_CITY + '''

    TownId = NewType("TownId", str)


    @dataclass(frozen=True, slots=True, kw_only=True)
    class Town:
        """A small city."""

        id: TownId
    '''),
    ),
    DiagnosticRule(
        code="ONT019",
        title="A docstring is missing",
        reason="Docstrings are what people read in the explorer, the API document and the shell.",
        mend="Write one sentence that says what it is.",
        severity=Severity.WARNING,
        example=domain("""
    CityId = NewType("CityId", str)


    @dataclass(frozen=True, slots=True, kw_only=True)
    class City:  # here
        id: CityId
    """),
        mended=domain(_CITY),
    ),
)
