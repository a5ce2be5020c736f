"""Everything that is kept of an ontology, by the repositories of its types."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from triptych.adapters.objects.repository import Repository


class Repositories(Protocol):
    """Where repositories come from."""

    def repository[T](self, of: type[T]) -> Repository[T]:
        """Makes a repository of an entity or relationship.

        Raises:
            UnknownName: The class is neither.
        """
        ...


class Store(Repositories, Protocol):
    """Everything that is kept of an ontology.

    Outside of a transaction, each writing call holds by itself.

    Example:
        ```python
        import asyncio

        from flights.domain.entities import Carrier
        from flights.domain.value_objects import CarrierCode
        from triptych import Store, open_store

        async def fill(store: Store) -> int:
            await store.open()
            async with store.transaction() as transaction:
                carriers = transaction.repository(Carrier)
                await carriers.add(Carrier(id=CarrierCode("UA"), name="United"))
                await carriers.add(Carrier(id=CarrierCode("DL"), name="Delta"))
            count = await store.repository(Carrier).count()
            await store.close()
            return count

        assert asyncio.run(fill(open_store("flights", "sqlite:///:memory:"))) == 2
        ```
    """

    async def open(self) -> None:
        """Connects; makes the tables where there are none.

        Raises:
            SchemaMismatch: There are tables, and they are not as the code says.
            DatabaseUnavailable: The database cannot be reached, read or written.
        """
        ...

    async def close(self) -> None:
        """Lets go of everything; closing twice does nothing."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[Repositories]:
        """Begins a transaction whose repositories see its own writes.

        It commits at the end of the block; an error rolls everything back.

        Raises:
            LinkDangling: At the end, an object points to one that is not there.
            ObjectLinked: At the end, a removed object still has links to it.
        """
        ...
