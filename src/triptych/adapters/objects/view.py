"""A view: the objects of a store as somebody sees them, or as they once were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from triptych.adapters.database.database import Fetcher
from triptych.adapters.expression.reader import RuleReader
from triptych.adapters.objects.access import Access
from triptych.adapters.objects.objectset import ReadingRepository
from triptych.adapters.objects.sql_reading import SqlReader
from triptych.adapters.objects.statements import Statements
from triptych.adapters.objects.tables import StoredType
from triptych.domain.errors import PropertyHidden
from triptych.domain.ontology import Ontology


@dataclass(frozen=True, slots=True)
class View:
    """Objects that are read, and how.

    Attributes:
        ontology: What they are.
        rules: Reads rules and names.
        access: The statements that ask for them.
        database: Where they are kept.
        hidden: By object type, the properties that may be missing although they never are.
    """

    ontology: Ontology
    rules: RuleReader
    access: Mapping[str, Access]
    database: Fetcher
    hidden: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def repository[T](self, of: type[T]) -> ReadingRepository[T]:
        """Makes a repository that reads what is seen.

        Raises:
            PropertyHidden: A property that an object always has may not be seen; such objects
                are read as documents.
        """
        name = self.ontology.object_type(of).name
        self.check_whole(name)
        return ReadingRepository(SqlReader(self.rules, self.access, name, self.database))

    def check_whole(self, type_name: str) -> None:
        """Checks that objects can be made of what is seen.

        Raises:
            PropertyHidden: They cannot.
        """
        hidden = self.hidden.get(type_name)
        if hidden:
            raise PropertyHidden(type_name, sorted(hidden))


def derived(access: Mapping[str, Access], types: Mapping[str, StoredType]) -> dict[str, Access]:
    """Derives how the same object types are read from other rows.

    Args:
        access: How they are read.
        types: What stands in the place of their tables.
    """
    return {
        name: Access(
            types[name],
            each.mapping,
            Statements(types[name], each.statements.dialect, types, each.statements.names),
            each.encoders,
        )
        for name, each in access.items()
    }


def given(access: Mapping[str, Access], values: Mapping[str, Any]) -> dict[str, Access]:
    """Gives all statements some values; what was compiled once is kept."""
    return {
        name: replace(each, statements=replace(each.statements, given=values), ones={})
        for name, each in access.items()
    }
