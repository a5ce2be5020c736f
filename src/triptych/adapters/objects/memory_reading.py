"""Reading objects that are kept in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cmp_to_key
from typing import Any

from triptych.adapters.expression.reader import RuleReader
from triptych.adapters.objects.access import Access, Listing
from triptych.adapters.objects.groups import Facet, Groups, make_groups
from triptych.adapters.objects.inclusion import include as include_links
from triptych.adapters.objects.linked import Objects, Search, linked_world
from triptych.adapters.objects.page import Page
from triptych.adapters.objects.paging import read_cursor, write_cursor
from triptych.domain.errors import ObjectMissing
from triptych.domain.expression import Condition, Order, World, holds
from triptych.domain.expression.aggregates import Aggregation, Function, Grouping, Measure
from triptych.domain.expression.nodes import Matches, walk
from triptych.domain.expression.paths import BY_RANK
from triptych.domain.expression.searching import relevance, words_of
from triptych.domain.expression.summary import summarize

_COUNTED = Measure("count", Function.COUNT)


class MemoryReader:
    """Reads the objects of one type from memory.

    Args:
        rules: Reads rules and names.
        access: All that is derived of each object type.
        type_name: What it reads.
        objects: Returns all that there is.
        search: What is searched of each object type.

    Attributes:
        versions: Of the objects that it has read, by id.
    """

    def __init__(
        self,
        rules: RuleReader,
        access: Mapping[str, Access],
        type_name: str,
        objects: Callable[[], Objects],
        search: Search,
    ) -> None:
        self.rules = rules
        self.object_type = access[type_name].object_type
        self.versions: dict[Any, int] = {}
        self._every, self._access = access, access[type_name]
        self._all, self._search = objects, search

    def reader_of(self, type_name: str) -> MemoryReader:
        """Makes a reader of another object type in the same place, that has read nothing yet."""
        return MemoryReader(self.rules, self._every, type_name, self._all, self._search)

    @property
    def _objects(self) -> Mapping[Any, tuple[int, Any]]:
        return self._all()[self.object_type.name]

    async def get(self, key: Any) -> Any:
        """Reads one object by its id; a relationship by the tuple of its ids.

        Raises:
            ObjectMissing: There is none.
            InvalidInput: The id is of another type.
        """
        self._access.key_cells(key)
        if key not in self._objects:
            raise ObjectMissing(self.object_type.name, key)
        return self._read(key)

    def _read(self, key: Any) -> Any:
        version, of = self._objects[key]
        self.versions[key] = version
        return of

    async def get_many(self, keys: Iterable[Any]) -> dict[Any, Any]:
        """Reads objects by their ids; those that are missing are left out."""
        return {key: self._read(key) for key in dict.fromkeys(keys) if key in self._objects}

    async def where_in(self, name: str, values: Sequence[Any], most: int) -> list[Any]:
        """Reads the objects whose property is one of some values."""
        wanted = set(values)
        keys = [key for key, (_, of) in self._objects.items() if getattr(of, name) in wanted]
        return [self._read(key) for key in keys[:most]]

    async def owners_of(
        self, name: str, targets: Sequence[Any], most: int
    ) -> list[tuple[Any, Any]]:
        """Finds owner's and target's ids of a link to many by the targets."""
        wanted = set(targets)
        pairs = ((key, end) for key, (_, of) in self._objects.items() for end in getattr(of, name))
        return [pair for pair in pairs if pair[1] in wanted][:most]

    async def page(self, listing: Listing, include: Sequence[str]) -> Page[Any]:
        """Reads one page."""
        ordered = self._ordered(listing)
        objects = [self._read(self._access.key_of(each)) for each in ordered[: listing.take]]
        cursor = None
        if len(ordered) > listing.take:
            ended = self._values(listing, objects[-1])
            cursor = write_cursor(self._access.digest(listing), listing.order, ended)
        ontology, name = self.rules.ontology, self.object_type.name
        included = await include_links(ontology, name, objects, include, self.reader_of)
        return Page(tuple(objects), cursor, included)

    def picked(self, condition: Condition) -> list[Any]:
        """Returns what fulfils a condition, in any order."""
        self._access.bound(condition)
        for each in walk(condition.expression):
            if isinstance(each, Matches):
                self._search.check(each.of.type_name)
        world = replace(self._world(), given=condition.given)
        found = (of for _, of in self._objects.values())
        return [of for of in found if holds(condition.expression, replace(world, objects={(): of}))]

    def _world(self) -> World:
        """Returns a world in which links are followed and texts are searched."""
        return linked_world(self.rules.ontology, self._all(), self._search)

    def _ordered(self, listing: Listing) -> list[Any]:
        """Returns what a listing picks out after its cursor, in order."""
        found = self.picked(listing.condition)
        compare = _comparing(listing.order)
        found.sort(
            key=cmp_to_key(
                lambda left, right: compare(
                    self._values(listing, left), self._values(listing, right)
                )
            )
        )
        if listing.after is None:
            return found
        ended = read_cursor(self._access.digest(listing), listing.order, listing.after)
        return [of for of in found if compare(self._values(listing, of), ended) > 0]

    def _values(self, listing: Listing, of: Any) -> tuple[Any, ...]:
        """Returns what an object is put in order by."""
        words = words_of(listing.words or "")
        return tuple(
            (
                -relevance(self._search.texts(self.object_type.name, of), words)
                if each is BY_RANK
                else each.path.value(of)
            )
            for each in listing.order
        )

    async def count(self, condition: Condition) -> int:
        """Counts what fulfils a condition."""
        return len(self.picked(condition))

    async def exists(self, condition: Condition) -> bool:
        """Tells whether anything fulfils a condition."""
        return bool(self.picked(condition))

    async def groups(self, condition: Condition, aggregation: Aggregation) -> Groups:
        """Groups what fulfils a condition, and measures each group."""
        return make_groups(aggregation, self._summed(condition, aggregation))

    def _summed(self, condition: Condition, aggregation: Aggregation) -> list[tuple[Any, ...]]:
        world = self._world()
        worlds = (replace(world, objects={(): of}) for of in self.picked(condition))
        return summarize(aggregation, worlds)

    async def facets(
        self, condition: Condition, by: Sequence[Grouping], take: int
    ) -> dict[str, tuple[Facet, ...]]:
        """Counts how often values occur among what fulfils a condition."""
        found = {}
        for each in by:
            counted = Aggregation((each,), (_COUNTED,), ((1, True), (0, False)), take, "")
            rows = self._summed(condition, counted)[:take]
            found[each.name] = tuple(Facet(*row) for row in rows)
        return found


def _comparing(order: Sequence[Order]) -> Callable[[Sequence[Any], Sequence[Any]], int]:
    """Returns a comparison of the values of an order: nothing comes last, either way."""

    def compare(left: Sequence[Any], right: Sequence[Any]) -> int:
        for each, mine, theirs in zip(order, left, right, strict=True):
            if mine == theirs:
                continue
            if mine is None or theirs is None:
                return 1 if mine is None else -1
            return (1 if mine > theirs else -1) * (-1 if each.is_descending else 1)
        return 0

    return compare
