"""Forgetting: making a person's data be gone, and letting go of what is too old."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from triptych.adapters.database.database import Collided, Write
from triptych.adapters.ledger.chain import ERASE, FORGET
from triptych.adapters.objects.plain import key_text
from triptych.adapters.objects.questions import read_key
from triptych.adapters.objects.sql import SqlStore
from triptych.adapters.objects.work import Work
from triptych.domain.actions import Decision, Entry, last_entry, moment_of
from triptych.domain.actor import Actor
from triptych.domain.errors import InvalidInput, ObjectMissing, Problem, WriteConflict
from triptych.domain.ontology import ObjectType
from triptych.services.ledger import History


class Archive:
    """What is kept of what was.

    Args:
        store: Where the objects are.
    """

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def erase(self, of: ObjectType, key: Sequence[str], actor: Actor) -> int:
        """Makes an object be gone: from what is, from what was, and from the ledger.

        Of entries that touched it or name it, who, what and when stays, so that the chain
        stays sound; what they were given and what they changed is gone. Nothing brings it back.

        Returns:
            How many entries were emptied.

        Raises:
            ObjectMissing: There is none, and never was.
            ObjectLinked: Others still point to it.
            WriteConflict: It is being changed meanwhile.
        """
        store, at = self._store, read_key(of, key)
        spans = await History(store).spans(of, at)
        if not spans:
            raise ObjectMissing(of.name, key_text(at))
        touched = {number for start, end, _ in spans for number in (start, end) if number}
        try:
            async with Work(store) as work:
                transaction = await work.begin()
                if any(end == 0 for _, end, _ in spans):
                    await work.repository(of.python).remove(at)
                named = await self._store.forgetting.naming(transaction, at)
                loads = await self._store.forgetting.loads(transaction, touched)
                emptied = sorted((touched | named) - loads)
                await work.settle()
                writes = self._store.forgetting.erased(store.access[of.name], at, emptied)
                await transaction.write_all(list(writes))
                said = {"type": of.name, "entries": emptied}
                await work.commit(lambda number, _: [self._entry(number, actor, ERASE, said)])
        except Collided as error:
            raise WriteConflict(f"{of.name} {key_text(at)}") from error
        return len(emptied)

    async def forget(self, before: datetime, actor: Actor) -> datetime:
        """Lets go of everything that was over before a moment.

        Versions of objects that were over by then are gone; of entries until then, who, what
        and when stays, so that the chain stays sound; events until then are gone, but for those
        that are still to be delivered. What is, stays. Who is stopped in the middle, and calls
        again, goes on.

        Args:
            before: The moment, aware.
            actor: Who lets go.

        Returns:
            The moment from which on it is kept what was.

        Raises:
            InvalidInput: The moment is in no time zone, or still to come.
        """
        store = self._store
        if before.utcoffset() is None:
            raise InvalidInput([Problem("before", f"{before} is in no time zone", "say which")])
        number, last = store.ticker.next(), last_entry(before)
        if last >= number:
            raise InvalidInput([Problem("before", f"{before} is still to come", "say an earlier")])
        known = await store.horizon.read(store.database)
        if last > known:
            said = self._entry(number, actor, FORGET, {"until": last})
            await store.database.write_all([*store.horizon.move(last), said])
        last = max(last, known)
        writes = list(self._store.forgetting.emptied_until(last))
        for access in store.access.values():
            writes += self._store.forgetting.outlived(access, last)
        for each in writes:
            # As a load, it takes as long as it needs.
            async with store.database.transaction(is_bulk=True) as transaction:
                await transaction.execute(each.text, each.arguments)
        return moment_of(last)

    def _entry(self, number: int, actor: Actor, action: str, said: Mapping[str, Any]) -> Write:
        return self._store.ledger.write(
            Entry(
                number=number,
                actor=actor.id,
                action=action,
                decision=Decision.DONE,
                parameters=said,
            )
        )
