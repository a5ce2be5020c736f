"""Reading objects as JSON documents, straight from the database to the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from triptych.adapters.expression.filtering import read_filter
from triptych.adapters.objects.access import Access, Listing
from triptych.adapters.objects.inclusion import MOST_INCLUDED, check_includes
from triptych.adapters.objects.mapping import decoder
from triptych.adapters.objects.objectset import USUAL_FACETS
from triptych.adapters.objects.paging import plain_cursor, write_cursor
from triptych.adapters.objects.questions import GroupQuestion, Question
from triptych.adapters.objects.sql import SqlStore
from triptych.adapters.objects.sql_reading import SqlReader
from triptych.adapters.objects.statements import Shape, order_shape
from triptych.adapters.objects.values import parse, plain_measure
from triptych.adapters.objects.view import View
from triptych.domain.errors import InvalidInput, ObjectMissing, Problem
from triptych.domain.expression import Condition, join_conditions
from triptych.domain.expression.building import both
from triptych.domain.expression.filters import ask
from triptych.domain.expression.moving import around
from triptych.domain.expression.paths import BY_RANK
from triptych.domain.ontology import Cardinality, Link

_DOCUMENT = 1
_EXTRA = 2


@dataclass(frozen=True, slots=True)
class Document:
    """One object as JSON.

    Attributes:
        version: The object's version.
        text: The JSON.

    Example:
        ```python
        from triptych.adapters.objects.reading import Document

        assert Document(2, "{}").version == 2
        ```
    """

    version: int
    text: str


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """Some objects of a list as JSON, and what they are linked to.

    Attributes:
        texts: The JSON of each.
        next: A cursor for the page after this one, or `None` at the end.
        total: How many the filter picks out, where that was asked for.
        included: By link, the JSON of each object it leads to.
        facets: By name, what was counted, as plain JSON.
    """

    texts: Sequence[str]
    next: str | None = None
    total: int | None = None
    included: Mapping[str, Sequence[str]] = field(default_factory=dict)
    facets: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def json(self) -> bytes:
        """Writes the page as one JSON document.

        Example:
            ```python
            from triptych.adapters.objects.reading import DocumentPage

            assert DocumentPage(['{"id":1}']).json() == b'{"items":[{"id":1}],"next":null}'
            ```
        """
        ending = "null" if self.next is None else f'"{self.next}"'
        parts = [f'{{"items":[{",".join(self.texts)}],"next":{ending}']
        if self.total is not None:
            parts.append(f',"total":{self.total}')
        if self.included:
            lists = (f'"{way}":[{",".join(texts)}]' for way, texts in self.included.items())
            parts.append(f',"included":{{{",".join(lists)}}}')
        if self.facets:
            parts.append(f',"facets":{msgspec.json.encode(self.facets).decode()}')
        parts.append("}")
        return "".join(parts).encode()


@dataclass(frozen=True, slots=True)
class GroupPage:
    """Groups of objects and their measures.

    Attributes:
        names: What the values of a group are called.
        rows: The values of each group, as plain JSON.
        is_complete: Whether there are no more groups.
    """

    names: tuple[str, ...]
    rows: Sequence[Sequence[Any]]
    is_complete: bool

    def json(self) -> bytes:
        """Writes the groups as one JSON document.

        Example:
            ```python
            from triptych.adapters.objects.reading import GroupPage

            assert GroupPage(("count",), [[3]], True).json().startswith(b'{"groups":[{"count":3}]')
            ```
        """
        groups = [dict(zip(self.names, row, strict=True)) for row in self.rows]
        return msgspec.json.encode({"groups": groups, "is_complete": self.is_complete})


@dataclass(frozen=True, slots=True)
class _Reached:
    """Rows that a link leads to: version, document, and the cells that `columns` name."""

    type_name: str
    rows: Sequence[Sequence[Any]]
    columns: tuple[str, ...]

    def cells(self, column: str) -> list[Any]:
        place = _EXTRA + self.columns.index(column)
        return list(dict.fromkeys(row[place] for row in self.rows if row[place] is not None))


class DocumentReader:
    """Reads the objects of a store as JSON.

    Args:
        store: Where they are kept.
    """

    def __init__(self, store: SqlStore | View) -> None:
        self._store = store
        self._ontology = store.ontology
        self._fetch = store.database.fetch

    async def get(self, type_name: str, key: Any, fields: tuple[str, ...] = ()) -> Document:
        """Reads one object.

        Raises:
            ObjectMissing: There is none of that id.
            InvalidInput: The id is of another type.
        """
        access = self._store.access[type_name]
        statement = access.one_statement(fields)
        rows = await self._fetch(statement.text, statement.arguments(access.one_arguments(key)))
        if not rows:
            raise ObjectMissing(type_name, key)
        return Document(rows[0][0], rows[0][_DOCUMENT])

    async def page(self, type_name: str, question: Question) -> DocumentPage:
        """Reads one page of a list.

        Raises:
            InvalidInput: A value of the filter does not fit, or links lead to too much.
            InvalidCursor: The cursor is forged, or of another list.
            UnknownName: There is no such link.
        """
        access = self._store.access[type_name]
        ways = check_includes(self._ontology, type_name, question.include)
        if ways or not question.shows_its_order:
            page = await self._rows(access, question, ways)
        else:
            page = await self._joined(access, question)
        if question.is_counted:
            page = replace(page, total=await self._total(access, question.listing))
        if question.facets:
            page = replace(page, facets=await self._facets(type_name, question))
        return page

    async def _facets(self, type_name: str, question: Question) -> dict[str, list[Any]]:
        condition, by = question.listing.condition, question.facets
        found = await self._reader(type_name).facets(condition, by, USUAL_FACETS)
        kinds: dict[str, Any] = {each.name: each.kind.type for each in by}
        return {
            name: [
                {"value": plain_measure(kinds[name], each.value), "count": each.count}
                for each in values
            ]
            for name, values in found.items()
        }

    def _reader(self, type_name: str) -> SqlReader:
        store = self._store
        return SqlReader(store.rules, store.access, type_name, store.database)

    async def groups(self, type_name: str, question: GroupQuestion) -> GroupPage:
        """Groups objects and measures each group.

        Raises:
            InvalidInput: A value of the filter does not fit, or a sum is beyond all bounds.
        """
        aggregation = question.aggregation
        found = await self._reader(type_name).groups(question.condition, aggregation)
        types: list[Any] = [each.kind.type for each in aggregation.terms]
        rows = [list(map(plain_measure, types, row)) for row in found.rows]
        return GroupPage(found.names, rows, found.is_complete)

    async def _rows(self, access: Access, question: Question, ways: Sequence[str]) -> DocumentPage:
        """Reads a page row by row, with what it is linked to."""
        listing, name = question.listing, access.object_type.name
        ordered = tuple(column for column, _ in order_shape(access.layout, listing.order))
        columns = tuple(dict.fromkeys((*ordered, *self._columns_needed(name, ways, ""))))
        statement, arguments = access.page(listing, question.fields, columns)
        rows = await self._fetch(statement.text, arguments)
        cursor = self._cursor(access, listing, rows)
        rows = rows[: listing.take]
        included = await self._included(_Reached(name, rows, columns), ways) if ways else {}
        return DocumentPage([row[_DOCUMENT] for row in rows], cursor, included=included)

    async def _joined(self, access: Access, question: Question) -> DocumentPage:
        """Reads a page as one text: a row costs more than what is in it.

        Where the page ended is read from its last document, which shows what it is ordered by.
        """
        listing = question.listing
        statement, arguments = access.page(listing, question.fields, is_joined=True)
        rows = await self._fetch(statement.text, arguments)
        texts = rows[0][0].split("\n") if rows[0][0] else []
        if len(texts) <= listing.take:
            return DocumentPage(texts)
        last = msgspec.json.decode(texts[listing.take - 1])
        ended = [_found(last, each.path.names) for each in listing.order]
        return DocumentPage(texts[: listing.take], plain_cursor(access.digest(listing), ended))

    async def _total(self, access: Access, listing: Listing) -> int:
        statement, arguments = access.count(listing.condition)
        rows = await self._fetch(statement.text, arguments)
        return int(rows[0][0])

    def _cursor(
        self, access: Access, listing: Listing, rows: Sequence[Sequence[Any]]
    ) -> str | None:
        if len(rows) <= listing.take:
            return None
        last = rows[listing.take - 1]
        ended = []
        for place, each in enumerate(listing.order):
            cell = last[_EXTRA + place]
            decode = None
            if each is not BY_RANK:
                column = access.layout.column(each.path.names)
                decode = decoder(column, access.statements.dialect)
            ended.append(decode(cell) if decode and cell is not None else cell)
        return write_cursor(access.digest(listing), listing.order, ended)

    def _columns_needed(self, type_name: str, ways: Sequence[str], start: str) -> list[str]:
        """Names the columns by which the links that start here are followed."""
        needed = []
        for way in ways:
            before, _, name = way.rpartition(".")
            if before == start:
                needed.append(self._column_needed(self._ontology.link(type_name, name)))
        return needed

    def _column_needed(self, link: Link) -> str:
        access = self._store.access[link.source]
        if link.is_reverse or link.cardinality is Cardinality.MANY:
            return access.layout.key[0].name
        return access.layout.column((link.property,)).name

    async def _included(self, start: _Reached, ways: Sequence[str]) -> dict[str, list[str]]:
        reached = {"": start}
        for way in ways:
            before, _, name = way.rpartition(".")
            link = self._ontology.link(reached[before].type_name, name)
            cells = reached[before].cells(self._column_needed(link))
            columns = tuple(dict.fromkeys(self._columns_needed(link.target, ways, way)))
            reached[way] = await self._follow(link, cells, columns)
        return {way: [row[_DOCUMENT] for row in reached[way].rows] for way in ways}

    async def _follow(self, link: Link, cells: list[Any], columns: tuple[str, ...]) -> _Reached:
        """Reads what a link leads to from the objects whose ids, as cells, are given."""
        access = self._store.access[link.target]
        name = access.object_type.key[0]
        if link.is_reverse and link.holder is not Cardinality.MANY:
            name = link.property
        elif link.is_reverse:
            cells = [owner for owner, _ in await self._pairs(access, link, cells, by="target")]
        elif link.cardinality is Cardinality.MANY:
            holder = self._store.access[link.source]
            cells = [target for _, target in await self._pairs(holder, link, cells, by="owner")]
        cells = list(dict.fromkeys(cells))
        if not cells:
            return _Reached(link.target, (), columns)
        asked = ask(f"{name}.in", cells)
        of = access.object_type
        condition = self._store.rules.template(of, (asked,)).condition
        # In an order of their own: that in which rows lie tells what has changed.
        shape = Shape(
            condition.spelling,
            order=tuple((each.name, False) for each in access.layout.key),
            fields=(),
            extra=columns,
            is_limited=True,
            expression=condition.expression,
        )
        statement = access.statements.select(shape)
        values = {f"g0_{n}": cells[min(n, len(cells) - 1)] for n in range(asked.size)}
        arguments = statement.arguments(values | {"take": MOST_INCLUDED + 1})
        rows = await self._fetch(statement.text, arguments)
        _check_count(link, len(rows))
        return _Reached(link.target, rows, columns)

    async def _pairs(
        self, holder: Access, link: Link, cells: list[Any], by: str
    ) -> Sequence[Sequence[Any]]:
        """Reads owner and target of a link to many."""
        if not cells:
            return ()
        statement = holder.statements.pairs_of(link.property, len(cells), by)
        values = {f"w0_{n}": cell for n, cell in enumerate(cells)}
        arguments = statement.arguments(values | {"take": MOST_INCLUDED + 1})
        rows = await self._fetch(statement.text, arguments)
        _check_count(link, len(rows))
        return rows

    async def follow(self, link: Link, key: Any, question: Question) -> DocumentPage:
        """Reads one page of what a link to many leads to from one object.

        Raises:
            ObjectMissing: The object where it starts is not there.
            InvalidInput: A value does not fit.
            InvalidCursor: The cursor is forged, or of another list.
        """
        condition = join_conditions(both, [self.led_to(link, key), question.listing.condition])
        listing = replace(question.listing, condition=condition)
        page = await self.page(link.target, replace(question, listing=listing))
        if not page.texts and listing.after is None:
            await self.get(link.source, key)
        return page

    def led_to(self, link: Link, key: Any) -> Condition:
        """Returns what holds of the objects that a link to many leads to from one object.

        Raises:
            InvalidInput: The id is of another type.
        """
        start = self._store.access[link.source]
        start.key_cells(key)
        if link.is_reverse and link.holder is not Cardinality.MANY:
            target = self._ontology.object_type(link.target)
            return read_filter(self._store.rules, target, {link.property: key})
        parts = key if len(start.object_type.key) > 1 else [key]
        return around(start.equal(start.object_type.key, parts), link.reversed())

    async def follow_one(self, link: Link, key: Any, fields: tuple[str, ...] = ()) -> Document:
        """Reads the one object that a link leads to.

        Raises:
            ObjectMissing: The object where it starts is not there, or it is linked to none.
        """
        start = await self.get(link.source, key, (link.property,))
        raw = msgspec.json.decode(start.text)[link.property]
        if raw is None:
            raise ObjectMissing(f"{link.source}.{link.name} of", key)
        end: Any = self._ontology.object_type(link.target).property("id").type
        return await self.get(link.target, parse(end, raw), fields)


def _check_count(link: Link, count: int) -> None:
    if count > MOST_INCLUDED:
        found = f"{link.name} leads to more than {MOST_INCLUDED} objects"
        raise InvalidInput(
            [Problem("include", found, "ask for fewer objects, or list these instead")]
        )


def _found(document: Any, names: Sequence[str]) -> Any:
    """Follows names into a document; nothing as soon as there is nothing."""
    for name in names:
        if document is None:
            return None
        document = document[name]
    return document
