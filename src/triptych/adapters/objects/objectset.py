"""Object sets: what was asked for, read when it is awaited, and what lies around it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from triptych.adapters.expression.reader import RuleReader
from triptych.adapters.objects.access import Listing
from triptych.adapters.objects.asking import read_listing
from triptych.adapters.objects.groups import Facet, Groups
from triptych.adapters.objects.page import LARGEST_GROUPS, Page
from triptych.adapters.objects.paging import check_take
from triptych.adapters.objects.values import read_value
from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.expression import EVERYTHING, Condition, Where, join_conditions
from triptych.domain.expression.aggregates import AggregateReader, Aggregation, Grouping
from triptych.domain.expression.building import both
from triptych.domain.expression.moving import around
from triptych.domain.ontology import ObjectType

USUAL_TAKE, USUAL_FACETS = 100, 10
_STREAMED = 500


class Reader(Protocol):
    """Reads the objects of one type, wherever they are kept.

    Attributes:
        rules: Reads rules and names.
        object_type: What it reads.
        versions: Of the objects that it has read, by id.
    """

    rules: RuleReader
    object_type: ObjectType
    versions: dict[Any, int]

    def reader_of(self, type_name: str) -> Reader:
        """Makes a reader of another object type in the same place, that has read nothing yet."""
        ...

    async def get(self, key: Any) -> Any:
        """Reads one object by its id."""
        ...

    async def get_many(self, keys: Iterable[Any]) -> dict[Any, Any]:
        """Reads objects by their ids; those that are missing are left out."""
        ...

    async def page(self, listing: Listing, include: Sequence[str]) -> Page[Any]:
        """Reads one page."""
        ...

    async def count(self, condition: Condition) -> int:
        """Counts what fulfils a condition."""
        ...

    async def exists(self, condition: Condition) -> bool:
        """Tells whether anything fulfils a condition."""
        ...

    async def groups(self, condition: Condition, aggregation: Aggregation) -> Groups:
        """Groups what fulfils a condition, and measures each group."""
        ...

    async def facets(
        self, condition: Condition, by: Sequence[Grouping], take: int
    ) -> dict[str, tuple[Facet, ...]]:
        """Counts how often values occur among what fulfils a condition."""
        ...


@dataclass(frozen=True, slots=True)
class ObjectSet[T]:
    """Objects that a filter or a rule picks out, read when they are awaited.

    Nothing is asked of the database until then: `around` only says what else is to be asked.

    Attributes:
        reader: Reads them.
        listing: Which, in which order, from where on.
        include: Links to read with them.

    Example:
        ```python
        import asyncio

        from flights.domain.entities import Carrier
        from triptych import read_ontology
        from triptych.adapters.objects.memory import MemoryStore

        async def main() -> int:
            carriers = MemoryStore(read_ontology("flights")).repository(Carrier)
            united = carriers.find({"name": "United"})
            assert len(await united) == await united.count()
            return len(await united.around("crew"))

        assert asyncio.run(main()) == 0
        ```
    """

    reader: Reader
    listing: Listing
    include: Sequence[str] = ()

    def __await__(self) -> Generator[Any, None, Page[T]]:
        return self.reader.page(self.listing, self.include).__await__()

    def around(  # noqa: PLR0913 - the link, and all that find takes
        self,
        link: str,
        where: Where = EVERYTHING,
        /,
        *,
        order: str = "",
        take: int = USUAL_TAKE,
        after: str | None = None,
        include: Sequence[str] = (),
        search: str | None = None,
        **arguments: Any,
    ) -> ObjectSet[Any]:
        """Goes along a link to the objects around these, in one statement however often.

        Args:
            link: The name of a link from this object type.
            where: What they must fulfil besides; as of `Repository.find`.
            order: Property names, `-` before one for the greatest first.
            take: How many at the most, up to 1000.
            after: The cursor of the page before.
            include: Links to read with them.
            search: Words that their texts must have.
            arguments: What the rule's own parameters are given.

        Raises:
            UnknownName: There is no such link.
            InvalidInput: The filter, rule or order makes no sense; or these are one page of a
                set, which has nothing around it.

        Example:
            ```python
            import asyncio

            from flights.domain.entities import Airport
            from flights.domain.rules import has_not_left
            from triptych import read_ontology
            from triptych.adapters.objects.memory import MemoryStore

            async def main() -> list[str]:
                airports = MemoryStore(read_ontology("flights")).repository(Airport)
                high = airports.find({"altitude.gt": 5_000})
                planes = high.around("departures", has_not_left).around("plane", order="id")
                return [each.id for each in await planes]

            assert asyncio.run(main()) == []
            ```
        """
        if self.listing.take != USUAL_TAKE or self.listing.after is not None:
            found = f"{link} would be followed from one page only"
            mend = "leave take and after out: it starts at all that the rule picks out"
            raise InvalidInput([Problem("around", found, mend)])
        way = self.reader.rules.ontology.link(self.reader.object_type.name, link)
        reader = self.reader.reader_of(way.target)
        listing = read_listing(reader.rules, reader.object_type, where, order, arguments, search)
        reached = around(self.listing.condition, way.reversed())
        condition = join_conditions(both, [reached, listing.condition])
        listing = replace(listing, condition=condition, take=check_take(take), after=after)
        return ObjectSet(reader, listing, include)

    async def count(self) -> int:
        """Counts them all, whatever is taken of them."""
        return await self.reader.count(self.listing.condition)

    async def exists(self) -> bool:
        """Tells whether there are any."""
        return await self.reader.exists(self.listing.condition)

    async def aggregate(
        self,
        *measures: str,
        by: Sequence[str] = (),
        order: str = "",
        zone: str = "UTC",
        take: int = USUAL_TAKE,
    ) -> Groups:
        """Measures them all, whatever is taken of them, group by group, in one statement.

        What is missing is left out of account. Sums are exact but for floats; a percentile is
        the value of the nearest rank.

        Args:
            measures: `count`, `count(x)`, `distinct(x)`, `sum(x)`, `min(x)`, `max(x)`, `mean(x)`,
                `median(x)`, `percentile(x, 0.9)`, where x is a property, stored or computed,
                perhaps along links to one; `count` where none is said.
            by: What they are grouped by: such an x; `bins(x, WIDTH)`; or a period of a calendar,
                `year(x)`, `quarter(x)`, `month(x)`, `week(x)`, `day(x)`, `hour(x)`.
            order: Those of `by` and `measures`, `-` before one for the greatest first.
            zone: Whose calendar instants are put into.
            take: How many groups at the most, up to 10,000.

        Raises:
            InvalidInput: Something is unknown or makes no sense; all of it is told.

        Example:
            ```python
            import asyncio

            from flights.domain.entities import Flight
            from triptych import read_ontology
            from triptych.adapters.objects.memory import MemoryStore

            async def main() -> int:
                flights = MemoryStore(read_ontology("flights")).repository(Flight)
                late = flights.find({"is_late": True})
                (group,) = await late.aggregate("count", "mean(delay)")
                assert not await late.aggregate(by=["carrier", "month(departure)"])
                return group["count"]

            assert asyncio.run(main()) == 0
            ```
        """
        reader = AggregateReader(self.reader.rules, self.reader.object_type, read_value, zone)
        taken = check_take(take, LARGEST_GROUPS)
        asked = reader.aggregation(measures, by, order, taken)
        return await self.reader.groups(self.listing.condition, asked)

    async def facets(
        self, *by: str, zone: str = "UTC", take: int = USUAL_FACETS
    ) -> dict[str, tuple[Facet, ...]]:
        """Counts how often values occur among them all, in one statement.

        Args:
            by: As of `aggregate`.
            zone: Whose calendar instants are put into.
            take: How many values of each at the most, up to 1,000; the most frequent come first.

        Raises:
            InvalidInput: Something is unknown or makes no sense; all of it is told.

        Example:
            ```python
            import asyncio

            from flights.domain.entities import Flight
            from triptych import read_ontology
            from triptych.adapters.objects.memory import MemoryStore

            async def main() -> bool:
                flights = MemoryStore(read_ontology("flights")).repository(Flight)
                facets = await flights.find().facets("carrier", "origin.name")
                return facets["carrier"] == ()

            assert asyncio.run(main())
            ```
        """
        reader = AggregateReader(self.reader.rules, self.reader.object_type, read_value, zone)
        if not by:
            raise InvalidInput([Problem("by", "no facet is asked for", "name a property")])
        asked = reader.aggregation((), by, "", check_take(take))
        return await self.reader.facets(self.listing.condition, asked.by, take)

    async def stream(self) -> AsyncIterator[T]:
        """Yields them all in their order, page by page, whatever is taken of them.

        Their versions are not remembered.
        """
        listing = replace(self.listing, take=_STREAMED, after=None)
        while True:
            page: Page[T] = await self.reader.reader_of(self.reader.object_type.name).page(
                listing, ()
            )
            for each in page:
                yield each
            if page.next is None:
                return
            listing = replace(listing, after=page.next)


class ReadingRepository[T]:
    """The reading half of a repository; see `Repository` for what each call does.

    Args:
        reader: Reads the objects.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    @property
    def object_type(self) -> ObjectType:
        """What it reads."""
        return self._reader.object_type

    async def get(self, key: Any) -> T:
        """Reads one object by its id; a relationship by the tuple of its ids."""
        found: T = await self._reader.get(key)
        return found

    async def get_many(self, keys: Iterable[Any]) -> dict[Any, T]:
        """Reads objects by their ids; those that are missing are left out."""
        found: dict[Any, T] = await self._reader.get_many(keys)
        return found

    def find(
        self,
        where: Where = EVERYTHING,
        /,
        *,
        order: str = "",
        take: int = USUAL_TAKE,
        after: str | None = None,
        include: Sequence[str] = (),
        search: str | None = None,
        **arguments: Any,
    ) -> ObjectSet[T]:
        """Finds the objects that a filter or a rule picks out; one page is read when awaited."""
        of = self._reader.object_type
        listing = read_listing(self._reader.rules, of, where, order, arguments, search)
        listing = replace(listing, take=check_take(take), after=after)
        return ObjectSet(self._reader, listing, include)

    async def count(self, where: Where = EVERYTHING, /, **arguments: Any) -> int:
        """Counts the objects that a filter or a rule picks out."""
        return await self.find(where, **arguments).count()

    async def exists(self, where: Where = EVERYTHING, /, **arguments: Any) -> bool:
        """Tells whether a filter or a rule picks out any object."""
        return await self.find(where, **arguments).exists()

    def stream(
        self, where: Where = EVERYTHING, /, *, order: str = "", **arguments: Any
    ) -> AsyncIterator[T]:
        """Yields every object that a filter or a rule picks out, page by page."""
        return self.find(where, order=order, **arguments).stream()

    def version(self, key: Any) -> int:
        """Returns the version at which this repository has read or written an object."""
        if key not in self._reader.versions:
            name = self._reader.object_type.name
            found = f"this repository has not read {name} {key}"
            raise InvalidInput([Problem("version", found, "read it first, or say its version")])
        return self._reader.versions[key]
