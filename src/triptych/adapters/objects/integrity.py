"""Links that would lead nowhere: which, and from where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

from triptych.adapters.database.database import Constraint, ConstraintBroken, Executor
from triptych.adapters.objects.access import Access, Listing
from triptych.domain.actions import At, Edit
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


def held_ids(link: Link, of: Any) -> Iterator[Any]:
    """Yields the ids that an object holds of a forward link."""
    value = getattr(of, link.property)
    if link.cardinality is Cardinality.MANY:
        yield from value
    elif value is not None:
        yield value


async def explain_constraint(
    error: ConstraintBroken,
    ontology: Ontology,
    access: Mapping[str, Access],
    executor: Executor,
    edits: Sequence[Edit],
) -> TriptychError | None:
    """Says what a broken promise of a table means for edits, after all was rolled back.

    Nothing where it is about a table of no object.
    """
    if error.constraint is Constraint.FOREIGN_KEY:
        return await _broken_links(ontology, access, executor, edits)
    about = list(_written_to(error.table, access, edits))
    if not about:
        return None
    if error.constraint is not Constraint.UNIQUE:
        return InvalidInput([Problem(f"{about[0].type_name} {about[0].key}", error.detail)])
    edit = await _twin(error, access, executor, about)
    is_key = set(error.columns) == {each.name for each in access[edit.type_name].layout.key}
    return ObjectExists(edit.type_name, edit.key, () if is_key else error.columns)


def _written_to(table: str, access: Mapping[str, Access], edits: Sequence[Edit]) -> Iterator[Edit]:
    """Yields the edits that write to a table; all that write where the database names none."""
    for each in edits:
        if each.after is not None and table in ("", access[each.type_name].stored.table.name):
            yield each


async def _twin(
    error: ConstraintBroken, access: Mapping[str, Access], executor: Executor, about: Sequence[Edit]
) -> Edit:
    """Finds the edit that would have made a twin of what is there; the first among themselves."""
    for each in about if len(about) > 1 else ():
        if await _has_twin(access[each.type_name], error, each, executor):
            return each
    return about[0]


async def _has_twin(
    access: Access, error: ConstraintBroken, edit: Edit, executor: Executor
) -> bool:
    """Tells whether another object has the same values of a unique set."""
    columns = {each.name: each for each in access.layout.columns}
    paths = [".".join(columns[name].path) for name in error.columns]
    values = [attrgetter(path)(edit.after) for path in paths]
    statement, arguments = access.page(Listing(access.equal(paths, values), take=1))
    rows = await executor.fetch(statement.text, arguments)
    return any(access.key_of(access.mapping.make(row[2:])) != edit.key for row in rows)


async def _broken_links(
    ontology: Ontology, access: Mapping[str, Access], executor: Executor, edits: Sequence[Edit]
) -> MissingOrConflict | None:
    """Finds what a foreign key has refused."""
    after = {each.at: each.after for each in edits}
    for (name, key), of in after.items():
        held = [] if of is None else list(_ends(ontology, name, of))
        dangling = [at for at in held if await _is_lost(access, at, executor, after)]
        if dangling:
            return LinkDangling(name, key, dangling)
    removed = [at for at, of in after.items() if of is None]
    return await _still_linked(ontology, access, executor, removed)


def _ends(ontology: Ontology, name: str, of: Any) -> Iterator[At]:
    """Yields the objects that an object points to."""
    for link in ontology.links_from(name):
        if not link.is_reverse:
            yield from ((link.target, end) for end in held_ids(link, of))


async def _still_linked(
    ontology: Ontology, access: Mapping[str, Access], executor: Executor, removed: Sequence[At]
) -> ObjectLinked | None:
    for name, key in removed:
        back = [link for link in ontology.links_from(name) if link.is_reverse]
        links = [link.name for link in back if await _has(access[link.target], link, key, executor)]
        if links:
            return ObjectLinked(name, key, links)
    return None


async def _is_lost(
    access: Mapping[str, Access], at: At, executor: Executor, after: Mapping[At, Any]
) -> bool:
    if at in after:
        return after[at] is None
    return not await _is_there(access[at[0]], at[1], executor)


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
