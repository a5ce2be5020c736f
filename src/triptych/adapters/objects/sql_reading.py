"""Reading objects from a database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from triptych.adapters.database.database import Fetcher
from triptych.adapters.expression.reader import RuleReader
from triptych.adapters.objects.access import Access, Listing
from triptych.adapters.objects.aggregating import read_facets
from triptych.adapters.objects.asking import read_listing
from triptych.adapters.objects.groups import Facet, Groups, make_groups
from triptych.adapters.objects.inclusion import include as include_links
from triptych.adapters.objects.mapping import decoder
from triptych.adapters.objects.page import Page
from triptych.adapters.objects.paging import write_cursor
from triptych.domain.errors import ObjectMissing
from triptych.domain.expression import Condition
from triptych.domain.expression.aggregates import Aggregation, Grouping
from triptych.domain.expression.paths import BY_RANK, RANK

_CHUNK = 500


class SqlReader:
    """Reads the objects of one type from a database.

    Args:
        rules: Reads rules and names.
        access: All that is derived of each object type.
        type_name: What it reads.
        executor: The database, or a transaction in it.

    Attributes:
        versions: Of the objects that it has read, by id.
    """

    def __init__(
        self, rules: RuleReader, access: Mapping[str, Access], type_name: str, executor: Fetcher
    ) -> None:
        self.rules = rules
        self.object_type = access[type_name].object_type
        self.versions: dict[Any, int] = {}
        self._every, self._access = access, access[type_name]
        self._executor = executor

    def reader_of(self, type_name: str) -> SqlReader:
        """Makes a reader of another object type in the same place, that has read nothing yet."""
        return SqlReader(self.rules, self._every, type_name, self._executor)

    async def get(self, key: Any) -> Any:
        """Reads one object by its id; a relationship by the tuple of its ids.

        Raises:
            ObjectMissing: There is none.
            InvalidInput: The id is of another type.
        """
        statement = self._access.one_statement()
        arguments = statement.arguments(self._access.one_arguments(key))
        rows = await self._executor.fetch(statement.text, arguments)
        if not rows:
            raise ObjectMissing(self.object_type.name, key)
        return self._objects(rows)[0]

    def _objects(self, rows: Sequence[Sequence[Any]]) -> list[Any]:
        """Makes objects of rows and remembers their versions."""
        make, key_of = self._access.mapping.make, self._access.key_of
        objects: list[Any] = []
        for row in rows:
            made = make(row[2:])
            self.versions[key_of(made)] = row[0]
            objects.append(made)
        return objects

    async def get_many(self, keys: Iterable[Any]) -> dict[Any, Any]:
        """Reads objects by their ids; those that are missing are left out."""
        wanted = list(dict.fromkeys(keys))
        names = self.object_type.key
        found: dict[Any, Any] = {}
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            parts = zip(*chunk, strict=True) if len(names) > 1 else (chunk,)
            where = {f"{name}.in": part for name, part in zip(names, parts, strict=True)}
            # Of several ids, each is asked for by itself: more may come than was wanted.
            objects = await self._some(where, len(chunk) ** len(names))
            found |= {self._access.key_of(each): each for each in objects}
        return {each: found[each] for each in wanted if each in found}

    async def where_in(self, name: str, values: Sequence[Any], most: int) -> list[Any]:
        """Reads the objects whose property is one of some values."""
        objects: list[Any] = []
        for start in range(0, len(values), _CHUNK):
            if len(objects) >= most:
                break
            where = {f"{name}.in": values[start : start + _CHUNK]}
            objects += await self._some(where, most - len(objects))
        return objects

    async def _some(self, where: Mapping[str, Any], most: int) -> list[Any]:
        """Reads objects in any order."""
        listing = read_listing(self.rules, self.object_type, where, "", {})
        statement, arguments = self._access.page(replace(listing, order=(), take=most))
        return self._objects(await self._executor.fetch(statement.text, arguments))

    async def owners_of(
        self, name: str, targets: Sequence[Any], most: int
    ) -> list[tuple[Any, Any]]:
        """Finds owner's and target's ids of a link to many by the targets."""
        column = self._access.layout.key[0]
        decode = decoder(column, self._access.statements.dialect) or (lambda cell: cell)
        found: list[tuple[Any, Any]] = []
        for start in range(0, len(targets), _CHUNK):
            chunk = targets[start : start + _CHUNK]
            cells = {self._access.target_cell(name, each): each for each in chunk}
            statement = self._access.statements.pairs_of(name, len(cells), "target")
            values = {f"w0_{n}": cell for n, cell in enumerate(cells)} | {"take": most}
            rows = await self._executor.fetch(statement.text, statement.arguments(values))
            found += [(decode(owner), cells[target]) for owner, target in rows]
        return found

    async def page(self, listing: Listing, include: Sequence[str]) -> Page[Any]:
        """Reads one page."""
        extra = () if listing.words is None else (RANK,)
        statement, arguments = self._access.page(listing, extra=extra)
        rows = await self._executor.fetch(statement.text, arguments)
        objects = self._objects(rows[: listing.take])
        cursor = None
        if len(rows) > listing.take:
            last = rows[listing.take - 1]
            ended = [
                last[-1] if each is BY_RANK else each.path.value(objects[-1])
                for each in listing.order
            ]
            cursor = write_cursor(self._access.digest(listing), listing.order, ended)
        if not include:
            return Page(tuple(objects), cursor)
        ontology, name = self.rules.ontology, self.object_type.name
        included = await include_links(ontology, name, objects, include, self.reader_of)
        return Page(tuple(objects), cursor, included)

    async def count(self, condition: Condition) -> int:
        """Counts what fulfils a condition."""
        statement, values = self._access.count(condition)
        rows = await self._executor.fetch(statement.text, values)
        return int(rows[0][0])

    async def exists(self, condition: Condition) -> bool:
        """Tells whether anything fulfils a condition."""
        statement, values = self._access.page(Listing(condition))
        return bool(await self._executor.fetch(statement.text, values))

    async def groups(self, condition: Condition, aggregation: Aggregation) -> Groups:
        """Groups what fulfils a condition, and measures each group."""
        statement, values, read = self._access.groups(condition, aggregation)
        rows = await self._executor.fetch(statement.text, values)
        return make_groups(aggregation, [read(row) for row in rows])

    async def facets(
        self, condition: Condition, by: Sequence[Grouping], take: int
    ) -> dict[str, tuple[Facet, ...]]:
        """Counts how often values occur among what fulfils a condition."""
        statement, values = self._access.facets(condition, by, take)
        return read_facets(await self._executor.fetch(statement.text, values), by)
