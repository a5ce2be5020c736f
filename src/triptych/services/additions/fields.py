"""Fields, as they are written in classes and functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from triptych.adapters.projects.modules import ProjectSource
from triptych.domain.additions import FieldNotation
from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.ontology import article


@dataclass(slots=True)
class Typed:
    """A field as it is written in a class.

    Attributes:
        name: What it is called.
        annotation: Its type.
        default: What stands behind the sign, if anything.
        imports: Module and name of what is needed.
        is_object: Whether it is an object itself, as an action is given, not an id.
    """

    name: str
    annotation: str
    default: str = ""
    imports: list[tuple[str, str]] = field(default_factory=list)
    is_object: bool = False

    @property
    def line(self) -> str:
        """The line of it."""
        return f"{self.name}: {self.annotation}" + (f" = {self.default}" if self.default else "")


def check_unique(of: FieldNotation, source: ProjectSource, *, is_stored: bool) -> None:
    """Checks that something keeps a value unique that is to be.

    Args:
        of: The field.
        source: The project.
        is_stored: Whether it is one of a table of its own.

    Raises:
        InvalidInput: Nothing does.
    """
    if not of.is_unique:
        return
    if not is_stored:
        found = "only entities and relationships have a table that keeps values unique"
        raise InvalidInput([Problem(of.name, found, "leave the ! out")])
    held = source.class_of(of.type)
    if held and held.decorator_list and of.type not in source.entities():
        found = f"{article(of.type)} is several columns"
        mend = "leave the ! out, and name its parts in `unique` of its Table"
        raise InvalidInput([Problem(of.name, found, mend)])


def needed(fields: Sequence[Typed]) -> list[tuple[str, str]]:
    """Lists what fields need to be imported."""
    return [each for field_ in fields for each in field_.imports]
