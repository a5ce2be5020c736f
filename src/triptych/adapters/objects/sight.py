"""What somebody sees: the rows and cells that they may, in the place of every table.

A policy is no filter beside a question but part of what is asked: where a table stood, there
stands a selection of it. So whatever is asked, be it a page, a count, a link, a group or a rule
that follows links, is answered as if nothing else were there; databases see through such a
selection and use the same indexes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import sqlalchemy as sa

from triptych.adapters.database.dialect import Dialect
from triptych.adapters.objects.access import Access
from triptych.adapters.objects.conditions import make_writer
from triptych.adapters.objects.givens import Binder
from triptych.adapters.objects.layout import Column
from triptych.adapters.objects.tables import ENTRY, VERSION, StoredType
from triptych.adapters.objects.view import derived
from triptych.adapters.objects.writer import Writer
from triptych.domain.expression import Expression
from triptych.domain.expression.building import ALWAYS, both
from triptych.domain.expression.spelling import spell


@dataclass(frozen=True, slots=True)
class Screen:
    """What is seen of one property.

    Attributes:
        shown: Where it is seen as it is.
        mask: What is seen elsewhere; nothing where it is `None`.
    """

    shown: Expression
    mask: Expression | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody sees of one object type.

    Attributes:
        rows: Which objects.
        screens: By property, of those that are not simply seen.
        given: What the expressions are given, numbered together.

    Example:
        ```python
        from triptych.adapters.objects.sight import Sight

        assert Sight().is_whole
        ```
    """

    rows: Expression = ALWAYS
    screens: Mapping[str, Screen] = field(default_factory=dict)
    given: tuple[Any, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether everything is seen as it is."""
        return self.rows == ALWAYS and not self.screens

    @property
    def spelling(self) -> str:
        """Its shape as text: the same for all whose statements are the same."""
        screens = (
            f"{name} {spell(each.shown)} {spell(each.mask)}" for name, each in self.screens.items()
        )
        return "; ".join((spell(self.rows), *screens))


def narrowed(access: Mapping[str, Access], sights: Mapping[str, Sight]) -> dict[str, Access]:
    """Derives how what somebody sees is asked.

    Args:
        access: How everything is asked.
        sights: What they see of each object type.
    """
    types = {name: each.stored for name, each in access.items()}
    seen = {
        name: _Seer(types, each.statements.dialect, each.stored, sights[name]).seen
        for name, each in access.items()
    }
    return derived(access, seen)


def sight_values(access: Mapping[str, Access], sights: Mapping[str, Sight]) -> dict[str, Any]:
    """Returns what the statements of `narrowed` are given.

    Raises:
        InvalidInput: A value does not fit what it is compared with.
    """
    values: dict[str, Any] = {}
    for name, sight in sights.items():
        parts = [sight.rows]
        for each in sight.screens.values():
            parts += [each.shown, *([each.mask] if each.mask is not None else [])]
        for part in parts:
            binder = Binder(part, access[name].statements.dialect, _prefix(name))
            values |= binder.values(sight.given)
    return values


def hidden_of(access: Access, sight: Sight) -> frozenset[str]:
    """Names the properties that may be missing in a sight although an object always has them."""
    of = access.object_type
    unmasked = (name for name, each in sight.screens.items() if each.mask is None)
    return frozenset(
        name
        for name in unmasked
        if not of.property(name).is_optional and not of.property(name).many
    )


def _prefix(type_name: str) -> str:
    return f"seen_{type_name}_"


@dataclass(frozen=True, slots=True)
class _Seer:
    """Puts what is seen of one object type in the place of its tables."""

    types: Mapping[str, StoredType]
    dialect: Dialect
    stored: StoredType
    sight: Sight

    @property
    def seen(self) -> StoredType:
        stored, sight = self.stored, self.sight
        if sight.is_whole:
            return stored
        return replace(
            stored,
            table=cast(sa.Table, self._rows()),
            joined={name: self._joined(name) for name in stored.joined},
            screened=frozenset(sight.screens),
        )

    def _writer(self) -> Writer:
        prefix = _prefix(self.stored.name)
        return make_writer(self.types, self.dialect, self.stored.table, prefix)

    def _rows(self) -> Any:
        """Selects the rows that are seen, and of each what is seen."""
        stored, writer = self.stored, self._writer()
        table = stored.table
        cells: list[Any] = [table.c[VERSION], table.c[ENTRY]]
        columns = [each for each in stored.layout.columns if not each.is_joined]
        cells += [self._cell(writer, each) for each in columns]
        address = self.dialect.address(table) if stored.origin is not None else None
        cells += [] if address is None else [address]
        clause = writer.clause(self.sight.rows)
        rows = sa.select(*cells).select_from(writer.rows).where(clause)
        named: Any = rows.subquery(f"{stored.layout.object_type.collection}__seen")
        for each in columns:
            if each.path[0] in self.sight.screens:
                named.c[each.name].nullable = True
        return named

    def _cell(self, writer: Writer, column: Column) -> Any:
        cell = self.stored.table.c[column.name]
        screen = self.sight.screens.get(column.path[0])
        if screen is None:
            return cell
        seen = [(writer.clause(screen.shown), cell)]
        if screen.mask is not None:
            # What is not there is not masked either.
            seen.append((cell.is_not(None), writer.value(screen.mask)))
        # Of several values none are seen, where there are always some: an empty list of them.
        is_list = column.many is not None and not column.is_nullable
        rest = sa.cast(sa.literal("[]", sa.Text()), cell.type) if is_list else sa.null()
        return sa.case(*seen, else_=rest).label(column.name)

    def _joined(self, name: str) -> Any:
        """Selects what those objects are linked to by a link to many that are seen to be."""
        joined = self.stored.joined[name]
        screen = self.sight.screens.get(name)
        writer = self._writer()
        shown = self.sight.rows if screen is None else both([self.sight.rows, screen.shown])
        clause = writer.clause(shown)
        keys = [each.name for each in self.stored.layout.key]
        table = self.stored.table
        owned = [joined.c[f"owner_{key}"] == table.c[key] for key in keys]
        owner: Any = sa.select(sa.literal_column("1")).select_from(writer.rows)
        owner = owner.where(*owned, clause).correlate(joined)
        return sa.select(*joined.columns).where(sa.exists(owner)).subquery(f"{joined.name}__seen")
