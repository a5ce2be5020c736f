"""Values in code: what a test gives where any value of a type would do."""

from __future__ import annotations

from triptych.adapters.projects.modules import STANDARD, ProjectSource
from triptych.services.additions.semantic import Domain

SAMPLES = {
    "str": '"x"',
    "int": "1",
    "float": "1.0",
    "bool": "True",
    "bytes": 'b"x"',
    "Decimal": "Decimal(1)",
    "date": "date(2026, 11, 25)",
    "datetime": "datetime(2026, 11, 25).astimezone()",
    "time": "time(10)",
    "timedelta": "timedelta(hours=1)",
    "UUID": "UUID(int=1)",
}


class Samples:
    """Writes values of the types of a project.

    Args:
        source: The project.
    """

    def __init__(self, source: ProjectSource) -> None:
        self._source, self._domain = source, Domain(source)

    def value(self, annotation: str) -> str:
        """Writes a value of a type, as it stands in code."""
        return self._written(annotation)[0]

    def imports(self, annotation: str) -> list[tuple[str, str]]:
        """Lists the module and the name of all that its value names."""
        return [
            (self._source.source_of(each), each) for each in sorted(self._written(annotation)[1])
        ]

    def _written(self, annotation: str) -> tuple[str, set[str]]:
        """Writes a value, and tells which names it is written with."""
        if annotation.endswith(" | None"):
            return "None", set()
        if annotation.startswith("tuple["):
            return "()", set()
        plain = annotation.removeprefix("Annotated[").partition(",")[0]
        if plain in SAMPLES:
            return SAMPLES[plain], {plain} & STANDARD.keys()
        if base := self._source.base_of(plain):
            return f"{plain}({SAMPLES[base]})", {plain} | ({base} & STANDARD.keys())
        if members := self._domain.members(plain):
            return f"{plain}.{next(iter(members.values()))}", {plain}
        return self._made(plain)

    def _made(self, name: str) -> tuple[str, set[str]]:
        """Writes a value object by what it holds, but for what it holds when nobody says."""
        names, given = {name}, list[str]()
        for field, annotation in self._source.fields_of(name).items():
            if field not in self._source.defaults_of(name):
                value, more = self._written(annotation)
                given.append(f"{field}={value}")
                names |= more
        return f"{name}({', '.join(given)})", names
