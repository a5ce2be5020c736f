"""The ledger: what became of an object, and by whom."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any

from triptych.adapters.objects.past import spans_statement
from triptych.adapters.objects.plain import key_text
from triptych.adapters.objects.questions import read_key
from triptych.adapters.objects.sql import SqlStore
from triptych.domain.actions import Edit, Entry
from triptych.domain.errors import ObjectMissing
from triptych.domain.ontology import ObjectType

_LATEST, _TOGETHER = 2**63 - 1, 50


@dataclass(frozen=True, slots=True)
class Change:
    """What one entry of the ledger did to an object.

    Attributes:
        number: Of the entry.
        edit: What it did.
        entry: What is written down of it; `None` where nothing is.

    Example:
        ```python
        from triptych.domain.actions import Edit, EditKind
        from triptych.services.ledger import Change

        assert Change(7, Edit("City", "x", None, None), None).edit.kind is EditKind.NOTHING
        ```
    """

    number: int
    edit: Edit
    entry: Entry | None


class History:
    """Tells what became of objects.

    Args:
        store: Where they are.
    """

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def timeline(self, of: ObjectType, key: Sequence[str], take: int = 50) -> list[Change]:
        """Tells what became of one object, the latest first.

        Args:
            of: Its object type.
            key: The text of its id.
            take: How many changes at the most.

        Raises:
            ObjectMissing: There is none, and never was, as far as it is kept.
        """
        found: list[Change] = []
        async for each in self.changes(of, key):
            found.append(each)
            if len(found) == take:
                break
        return found

    async def changes(self, of: ObjectType, key: Sequence[str]) -> AsyncIterator[Change]:
        """Yields what became of one object, the latest first.

        Raises:
            ObjectMissing: There is none, and never was, as far as it is kept.
        """
        at = read_key(of, key)
        spans, horizon = await self.spans(of, at), await self._horizon()
        if not spans:
            raise ObjectMissing(of.name, key_text(at))
        marks = {number for span in spans for number in span[:2] if number > horizon}
        for numbers in batched(sorted(marks, reverse=True), _TOGETHER):
            entries = await self._store.ledger.read(self._store.database, numbers)
            for number in numbers:
                edit = await self._edit(of, at, number, spans)
                yield Change(number, edit, entries.get(number))

    async def difference(
        self, of: ObjectType, key: Sequence[str], since: int, until: int = _LATEST
    ) -> Edit:
        """Tells what became of one object between two entries of the ledger, as one edit."""
        at = read_key(of, key)
        before, after = [await self._was(of, at, number) for number in (since, until)]
        return Edit(of.name, at, before, after)

    async def changed_since(self, of: ObjectType, key: Any, version: int) -> list[str]:
        """Names the properties that are no longer as they were at a version.

        Nothing where there never was that version.
        """
        starts = [start for start, _, at in await self.spans(of, key) if at == version]
        if not starts:
            return []
        start = max(*starts, await self._horizon())
        before, after = [await self._was(of, key, number) for number in (start, _LATEST)]
        return list(Edit(of.name, key, before, after).changes())

    async def _horizon(self) -> int:
        return await self._store.horizon.read(self._store.database)

    async def _edit(self, of: ObjectType, key: Any, number: int, spans: list[Any]) -> Edit:
        before = await self._was(of, key, number - 1)
        after = await self._was(of, key, number)
        version = next((version for _, end, version in spans if end == number), 0)
        return Edit(of.name, key, before, after, version)

    async def _was(self, of: ObjectType, key: Any, number: int) -> Any | None:
        try:
            found: Any = await self._store.as_of(number).repository(of.python).get(key)
        except ObjectMissing:
            return None
        return found

    async def spans(self, of: ObjectType, key: Any) -> list[Any]:
        """Lists from which entry until which each version of an object was, and is."""
        access = self._store.access[of.name]
        statement = spans_statement(access, self._store.database.dialect)
        arguments = statement.arguments(access.key_cells(key))
        return [tuple(row) for row in await self._store.database.fetch(statement.text, arguments)]
