"""Links that would lead nowhere: which, and from where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from triptych.adapters.database.database import Constraint, ConstraintBroken, Executor
from triptych.adapters.objects.access import Access
from triptych.domain.errors import (
    InvalidInput,
    LinkDangling,
    MissingOrConflict,
    ObjectExists,
    ObjectLinked,
    Problem,
    TriptychError,
)
from triptych.domain.ontology import Cardinality, Link, Ontology


@dataclass(slots=True)
class Journal:
    """What one piece of work has written, so that a broken link can be named.

    Attributes:
        written: Objects by object type and id.
        removed: Object types and ids.
    """

    written: dict[tuple[str, Any], Any] = field(default_factory=dict)
    removed: dict[tuple[str, Any], None] = field(default_factory=dict)

    def write(self, name: str, key: Any, of: Any) -> None:
        """Notes that an object was added or saved."""
        self.written[name, key] = of
        self.removed.pop((name, key), None)

    def remove(self, name: str, key: Any) -> None:
        """Notes that an object was removed."""
        self.removed[name, key] = None
        self.written.pop((name, key), None)


def held_ids(link: Link, of: Any) -> Iterator[Any]:
    """Yields the ids that an object holds of a forward link."""
    value = getattr(of, link.property)
    if link.cardinality is Cardinality.MANY:
        yield from value
    elif value is not None:
        yield value


async def broken_links(
    ontology: Ontology, access: Mapping[str, Access], executor: Executor, journal: Journal
) -> MissingOrConflict | None:
    """Finds what a foreign key has refused, after everything was rolled back."""
    for (name, key), of in journal.written.items():
        held = [
            (link.target, end)
            for link in ontology.links_from(name)
            if not link.is_reverse
            for end in held_ids(link, of)
        ]
        dangling = [at for at in held if await _is_lost(access, at, executor, journal)]
        if dangling:
            return LinkDangling(name, key, dangling)
    return await _still_linked(ontology, access, executor, journal)


async def _still_linked(
    ontology: Ontology, access: Mapping[str, Access], executor: Executor, journal: Journal
) -> ObjectLinked | None:
    for name, key in journal.removed:
        back = [link for link in ontology.links_from(name) if link.is_reverse]
        links = [link.name for link in back if await _has(access[link.target], link, key, executor)]
        if links:
            return ObjectLinked(name, key, links)
    return None


async def _is_lost(
    access: Mapping[str, Access], at: tuple[str, Any], executor: Executor, journal: Journal
) -> bool:
    if at in journal.written:
        return False
    return at in journal.removed or not await _is_there(access[at[0]], at[1], executor)


async def _is_there(access: Access, key: Any, executor: Executor) -> bool:
    statement = access.one_statement()
    arguments = statement.arguments(access.one_arguments(key))
    return bool(await executor.fetch(statement.text, arguments))


async def _has(access: Access, link: Link, key: Any, executor: Executor) -> bool:
    if link.holder is Cardinality.MANY:
        statement = access.statements.pairs_of(link.property, 1, "target")
        values = {"w0_0": access.target_cell(link.property, key), "take": 1}
        return bool(await executor.fetch(statement.text, statement.arguments(values)))
    statement, arguments = access.count(access.equal([link.property], [key]))
    rows = await executor.fetch(statement.text, arguments)
    return bool(rows[0][0])


def explained(
    error: ConstraintBroken, access: Access, key: Any, links: MissingOrConflict | None
) -> TriptychError:
    """Says what a broken promise of a table means for one object."""
    name = access.object_type.name
    if error.constraint is Constraint.UNIQUE:
        is_key = set(error.columns) == {each.name for each in access.layout.key}
        return ObjectExists(name, key, () if is_key else error.columns)
    if error.constraint is Constraint.FOREIGN_KEY and links is not None:
        return links
    return InvalidInput([Problem(f"{name} {key}", error.detail)])
