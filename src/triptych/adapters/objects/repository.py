"""The contract of repositories, whatever keeps the objects."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, Protocol

from triptych.adapters.objects.objectset import ObjectSet
from triptych.domain.expression import Where


class Repository[T](Protocol):
    """All objects of one type, as if they were in memory.

    A repository remembers the version of each object that it has read, so that `save` and
    `remove` notice what others changed meanwhile. It is cheap to make and meant to be
    short-lived: take one for each piece of work.

    Example:
        ```python
        import asyncio
        from dataclasses import replace

        from flights.domain.entities import Carrier
        from flights.domain.value_objects import CarrierCode
        from triptych import Repository, open_store

        async def rename(carriers: Repository[Carrier], code: str, name: str) -> None:
            carrier = await carriers.get(CarrierCode(code))
            await carriers.save(replace(carrier, name=name))

        async def main() -> list[str]:
            store = open_store("flights", "sqlite:///:memory:")
            await store.open()
            await store.repository(Carrier).add(Carrier(id=CarrierCode("UA"), name="United"))
            await rename(store.repository(Carrier), "UA", "United Air Lines")
            found = await store.repository(Carrier).find({"name.startswith": "United"})
            await store.close()
            return [each.name for each in found]

        assert asyncio.run(main()) == ["United Air Lines"]
        ```
    """

    async def get(self, key: Any) -> T:
        """Reads one object by its id; a relationship by the tuple of its ids.

        Raises:
            ObjectMissing: There is none.
            InvalidInput: The id is of another type.

        Example:
            ```python
            import asyncio

            from flights.domain.entities import Carrier
            from flights.domain.value_objects import CarrierCode
            from triptych import read_ontology
            from triptych.adapters.objects.memory import MemoryStore

            UNITED = Carrier(id=CarrierCode("UA"), name="United")

            async def main() -> Carrier:
                carriers = MemoryStore(read_ontology("flights")).repository(Carrier)
                await carriers.add(UNITED)
                return await carriers.get(CarrierCode("UA"))

            assert asyncio.run(main()) == UNITED
            ```
        """
        ...

    async def get_many(self, keys: Iterable[Any]) -> dict[Any, T]:
        """Reads objects by their ids; those that are missing are left out.

        Example:
            ```python
            import asyncio

            from flights.domain.entities import Carrier
            from flights.domain.value_objects import CarrierCode
            from triptych import read_ontology
            from triptych.adapters.objects.memory import MemoryStore

            UNITED = Carrier(id=CarrierCode("UA"), name="United")

            async def main() -> int:
                carriers = MemoryStore(read_ontology("flights")).repository(Carrier)
                await carriers.add(UNITED)
                return len(await carriers.get_many([CarrierCode("UA"), CarrierCode("XX")]))

            assert asyncio.run(main()) == 1
            ```
        """
        ...

    def find(
        self,
        where: Where = ...,
        /,
        *,
        order: str = "",
        take: int = 100,
        after: str | None = None,
        include: Sequence[str] = (),
        search: str | None = None,
        **arguments: Any,
    ) -> ObjectSet[T]:
        """Finds the objects that a filter or a rule picks out; one page is read when awaited.

        Args:
            where: A rule of the domain; rules joined by `&`, `|` and `~` (see `rule`); or a
                filter from `property` or `property.operator` to a value, all of which must hold.
            order: Property names, `-` before one for the greatest first.
            take: How many at the most, up to 1000.
            after: The cursor of the page before.
            include: Links to read with them, dotted for links of links; one query a level.
            search: Words, each the beginning of one in the texts that are searched (see
                `Table`); where no order is said, the best come first.
            arguments: What the rule's own parameters are given.

        Raises:
            InvalidInput: The filter, the order or the number makes no sense; the rule says
                something that no database can be asked, or its arguments do not fit.
            InvalidCursor: The cursor is forged, or of another list.
            UnknownName: There is no such link.

        Example:
            ```python
            import asyncio

            from flights.domain.entities import Carrier
            from flights.domain.value_objects import CarrierCode
            from triptych import read_ontology
            from triptych.adapters.objects.memory import MemoryStore

            UNITED = Carrier(id=CarrierCode("UA"), name="United")

            async def main() -> list[str]:
                carriers = MemoryStore(read_ontology("flights")).repository(Carrier)
                await carriers.add(UNITED)
                page = await carriers.find({"name.ge": "U"}, order="-name", take=10)
                return [each.id for each in page]

            assert asyncio.run(main()) == ["UA"]
            ```
        """
        ...

    async def count(self, where: Where = ..., /, **arguments: Any) -> int:
        """Counts the objects that a filter or a rule picks out.

        Raises:
            InvalidInput: The filter makes no sense.

        Example:
            ```python
            import asyncio

            from flights.domain.entities import Carrier
            from flights.domain.value_objects import CarrierCode
            from triptych import read_ontology
            from triptych.adapters.objects.memory import MemoryStore

            UNITED = Carrier(id=CarrierCode("UA"), name="United")

            async def main() -> int:
                carriers = MemoryStore(read_ontology("flights")).repository(Carrier)
                await carriers.add(UNITED)
                return await carriers.count({"name.ne": "United"})

            assert asyncio.run(main()) == 0
            ```
        """
        ...

    async def exists(self, where: Where = ..., /, **arguments: Any) -> bool:
        """Tells whether a filter or a rule picks out any object.

        Raises:
            InvalidInput: The filter or rule makes no sense.

        Example:
            ```python
            import asyncio

            from flights.domain.entities import Carrier
            from triptych import read_ontology
            from triptych.adapters.objects.memory import MemoryStore

            def has_long_name(carrier: Carrier) -> bool:
                return len(carrier.name) > 20

            async def main() -> bool:
                carriers = MemoryStore(read_ontology("flights")).repository(Carrier)
                return await carriers.exists(has_long_name)

            assert not asyncio.run(main())
            ```
        """
        ...

    def stream(
        self, where: Where = ..., /, *, order: str = "", **arguments: Any
    ) -> AsyncIterator[T]:
        """Yields every object that a filter or a rule picks out, page by page.

        Their versions are not remembered.

        Example:
            ```python
            import asyncio

            from flights.domain.entities import Carrier
            from flights.domain.value_objects import CarrierCode
            from triptych import read_ontology
            from triptych.adapters.objects.memory import MemoryStore

            UNITED = Carrier(id=CarrierCode("UA"), name="United")

            async def main() -> list[str]:
                carriers = MemoryStore(read_ontology("flights")).repository(Carrier)
                await carriers.add(UNITED)
                return [each.id async for each in carriers.stream(order="name")]

            assert asyncio.run(main()) == ["UA"]
            ```
        """
        ...

    async def add(self, added: T) -> T:
        """Writes a new object.

        Raises:
            InvalidInput: Some values do not fit their types.
            ObjectExists: One of that id, or of that unique set, is there already.
            LinkDangling: It points to an object that is not there.

        Example:
            ```python
            import asyncio

            from flights.domain.entities import Carrier
            from flights.domain.value_objects import CarrierCode
            from triptych import read_ontology
            from triptych.adapters.objects.memory import MemoryStore

            UNITED = Carrier(id=CarrierCode("UA"), name="United")

            async def main() -> int:
                carriers = MemoryStore(read_ontology("flights")).repository(Carrier)
                await carriers.add(UNITED)
                return carriers.version(CarrierCode("UA"))

            assert asyncio.run(main()) == 1
            ```
        """
        ...

    async def save(self, saved: T, *, version: int | None = None) -> T:
        """Writes an object that is there already.

        Args:
            saved: The object as it should be.
            version: The version that it must still be at; the one that this repository
                has read where none is given.

        Raises:
            InvalidInput: Some values do not fit, or no version is known.
            ObjectMissing: There is none of that id.
            ObjectStale: It is at another version by now.
            ObjectExists: Another object has the same values of a unique set.
            LinkDangling: It points to an object that is not there.

        Example:
            ```python
            import asyncio

            from flights.domain.entities import Carrier
            from flights.domain.value_objects import CarrierCode
            from triptych import read_ontology
            from triptych.adapters.objects.memory import MemoryStore

            UNITED = Carrier(id=CarrierCode("UA"), name="United")

            async def main() -> int:
                carriers = MemoryStore(read_ontology("flights")).repository(Carrier)
                await carriers.add(UNITED)
                await carriers.save(Carrier(id=CarrierCode("UA"), name="United Air Lines"))
                return carriers.version(CarrierCode("UA"))

            assert asyncio.run(main()) == 2
            ```
        """
        ...

    async def remove(self, key: Any, *, version: int | None = None) -> None:
        """Removes an object by its id.

        Args:
            key: The id.
            version: The version that it must still be at; by default the one that this
                repository has read, or any where it has read none.

        Raises:
            ObjectMissing: There is none of that id.
            ObjectStale: It is at another version by now.
            ObjectLinked: Others still point to it.

        Example:
            ```python
            import asyncio

            from flights.domain.entities import Carrier
            from flights.domain.value_objects import CarrierCode
            from triptych import read_ontology
            from triptych.adapters.objects.memory import MemoryStore

            UNITED = Carrier(id=CarrierCode("UA"), name="United")

            async def main() -> int:
                carriers = MemoryStore(read_ontology("flights")).repository(Carrier)
                await carriers.add(UNITED)
                await carriers.remove(CarrierCode("UA"))
                return await carriers.count()

            assert asyncio.run(main()) == 0
            ```
        """
        ...

    def version(self, key: Any) -> int:
        """Returns the version at which this repository has read or written an object.

        Raises:
            InvalidInput: It has done neither.

        Example:
            ```python
            import asyncio

            from flights.domain.entities import Carrier
            from flights.domain.value_objects import CarrierCode
            from triptych import read_ontology
            from triptych.adapters.objects.memory import MemoryStore

            UNITED = Carrier(id=CarrierCode("UA"), name="United")

            async def main() -> int:
                carriers = MemoryStore(read_ontology("flights")).repository(Carrier)
                await carriers.add(UNITED)
                return carriers.version(CarrierCode("UA"))

            assert asyncio.run(main()) == 1
            ```
        """
        ...
