"""Work: what is read and changed together, and written as one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from triptych.adapters.database.database import (
    Collided,
    ConstraintBroken,
    Executor,
    Transaction,
    Write,
)
from triptych.adapters.database.dialect import Dialect
from triptych.adapters.objects.access import Access
from triptych.adapters.objects.editing import Editing
from triptych.adapters.objects.integrity import explain_constraint
from triptych.adapters.objects.objectset import ReadingRepository
from triptych.adapters.objects.seen import Kept, Mark, Search, Seen, digest_of
from triptych.adapters.objects.sql_reading import SqlReader
from triptych.adapters.objects.view import View
from triptych.domain.actions import At, Edit, EditKind
from triptych.domain.errors import InvalidInput, ObjectExists, ObjectMissing, ObjectStale, Problem

type Record = Callable[[int, Sequence[Edit]], Iterable[Write]]


class Work:
    """One piece of work in a store.

    Its repositories see its own writes. Objects are read by their ids without any lock, and all
    is written at the end by one visit to the database, if everything that was read is still so.
    As soon as it searches, a transaction is opened, in which whatever was read still holds at
    the end.

    Args:
        kept: Where the objects are.
        view: How they are read, where that is not as they are.

    Attributes:
        seen: What was read, by object type and id.
        edits: What is to change, in the order in which it was first touched.
        searches: What was asked about many objects.
        events: What has happened in it.
        ready: Objects that were checked, with their cells.
    """

    def __init__(self, kept: Kept, view: View | None = None) -> None:
        self.kept, self.view = kept, view
        self.seen: dict[At, Seen] = {}
        self.edits: dict[At, Edit] = {}
        self.searches: list[Search] = []
        self.events: list[Any] = []
        self.ready: dict[At, tuple[Any, Sequence[Any]]] = {}
        self._stack = AsyncExitStack()
        self._transaction: Transaction | None = None
        self._written: dict[At, Any | None] = {}
        self._entry = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Lets go of everything that was not committed."""
        if self._transaction is not None:
            self._transaction = None
            self._written.clear()
            await self._stack.__aexit__(kind or _Dropped, error or _Dropped(), trace)

    def repository[T](self, of: type[T]) -> WorkingRepository[T]:
        """Makes a repository that takes part in the work.

        Raises:
            PropertyHidden: Whoever asks may not see a property without which there is no object.
        """
        name = self.kept.ontology.object_type(of).name
        if self.view is not None:
            self.view.check_whole(name)
        return WorkingRepository(self, name)

    @property
    def access(self) -> Mapping[str, Access]:
        """How objects are read."""
        return self.kept.access if self.view is None else self.view.access

    @property
    def dialect(self) -> Dialect:
        """How the database says things."""
        return self.kept.database.dialect

    def mark(self) -> Mark:
        """Remembers how far the work has come."""
        return Mark(dict(self.edits), len(self.events), len(self.searches))

    def rewind(self, mark: Mark) -> None:
        """Goes back to how far the work had come; what was read stays read."""
        edits = mark.edits
        # What was written meanwhile in the transaction is written back before the next search.
        back = {
            at: self.edits[at].followed_by(self.edits[at].before)
            for at in self._written
            if at not in edits
        }
        self.edits = {**edits, **back}
        del self.events[mark.events :]
        del self.searches[mark.searches :]

    @property
    def changed(self) -> tuple[Edit, ...]:
        """The edits that do something."""
        return tuple(each for each in self.edits.values() if each.kind is not EditKind.NOTHING)

    @property
    def entry(self) -> int:
        """The entry of the ledger that the work is, greater than those of all it has read."""
        if not self._entry:
            after = max((each.entry for each in self.seen.values()), default=0)
            self._entry = self.kept.ticker.next(after)
        return self._entry

    async def fetch(self, sql: str, arguments: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        """Searches in a transaction that sees what the work has written."""
        transaction = await self.settle()
        rows = await transaction.fetch(sql, arguments)
        asked = Search(sql, tuple(arguments), digest_of(rows), self.changed)
        self.searches.append(asked)
        return rows

    async def execute(self, sql: str, arguments: Sequence[Any] = ()) -> int:
        """Runs a writing statement in the work's transaction."""
        return await (await self.settle()).execute(sql, arguments)

    async def returning(self, sql: str, arguments: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        """Runs a writing statement in the work's transaction, and returns its rows."""
        return await (await self.settle()).returning(sql, arguments)

    async def write_all(self, writes: Sequence[Write]) -> None:
        """Runs writes in the work's transaction."""
        await (await self.settle()).write_all(writes)

    @property
    def direct(self) -> Executor:
        """What objects are read by their ids from: the transaction, or else the database."""
        return self._transaction or self.kept.database

    async def begin(self, turns: Sequence[str] = ()) -> Transaction:
        """Opens the transaction, in which what was read before must still be so.

        Args:
            turns: Names of what to wait in line for.

        Raises:
            Collided: Something is not.
        """
        if self._transaction is None:
            opened = self.kept.database.transaction(turns=turns)
            self._transaction = await self._stack.enter_async_context(opened)
            await self._transaction.write_all(list(self._still(self.seen)))
        return self._transaction

    async def settle(self) -> Transaction:
        """Opens the transaction, and writes what was not written yet."""
        transaction = await self.begin()
        writes = list(self._writes())
        if writes:
            try:
                await transaction.write_all(writes)
            except ConstraintBroken as error:
                raise await self._explained(error) from error
            self._written |= {at: each.after for at, each in self.edits.items()}
        return transaction

    def _still(self, seen: Iterable[At]) -> Iterator[Write]:
        for at in seen:
            type_name, key = at
            yield Editing(self.kept.access[type_name], 0).still(key, self.seen[at].version)

    def _writes(self) -> Iterator[Write]:
        """Yields what is still to be written of the edits."""
        removed: set[str] = set()
        for at, edit in self.edits.items():
            editing = Editing(self.kept.access[edit.type_name], self.entry, self.ready.get(at))
            if at in self._written:
                if self._written[at] != edit.after:
                    yield from editing.again(edit, self._written[at])
            elif edit.kind is not EditKind.NOTHING:
                # What takes the place of something that goes must see that it has gone.
                writes = editing.first(edit)
                is_after = edit.type_name in removed
                yield from (replace(each, is_alone=True) for each in writes) if is_after else writes
            if edit.after is None:
                removed.add(edit.type_name)

    async def commit(self, record: Record) -> tuple[Edit, ...]:
        """Writes everything, or nothing.

        Args:
            record: Makes what is written besides, of the entry and the edits.

        Returns:
            The edits.

        Raises:
            Collided: Somebody else was faster.
            ObjectExists: An object of an id, or of a unique set, is there already.
            LinkDangling: An object points to one that is not there.
            ObjectLinked: A removed object still has links to it.
        """
        edits = self.changed
        more = list(record(self.entry, edits))
        try:
            await self._write_all(edits, more)
        except ConstraintBroken as error:
            raise await self._explained(error) from error
        return edits

    async def _write_all(self, edits: Iterable[Edit], more: Sequence[Write]) -> None:
        """Writes what is still to be written, and more, by one statement where that is enough."""
        if self._transaction is None:
            # What was saved as it was has been read all the same, and must still be so.
            changed = {each.at for each in edits}
            unchanged = (at for at in self.seen if at not in changed)
            await self.kept.database.write_all([*self._still(unchanged), *self._writes(), *more])
            return
        transaction = await self.settle()
        await transaction.write_all(more)
        self._transaction = None
        await self._stack.aclose()

    async def _explained(self, error: ConstraintBroken) -> Exception:
        """Rolls all back, and says which object a broken promise of a table is about."""
        await self.__aexit__(None, None, None)
        kept = self.kept
        told = await explain_constraint(
            error, kept.ontology, kept.access, kept.database, self.changed
        )
        # Otherwise it is about the ledger: another process has taken the entry or the key.
        return told or Collided()


async def still_finds(work: Work, searches: Sequence[Search]) -> bool:
    """Asks again what once was searched; tells whether the answers are the same."""
    edits, work.edits = work.edits, {}
    for each in searches:
        work.edits |= {edit.at: edit for edit in each.edits}
        transaction = await work.settle()
        if digest_of(await transaction.fetch(each.text, each.arguments)) != each.digest:
            return False
    work.edits |= edits
    return True


class _Dropped(Exception):
    """Rolls a transaction back that nobody committed."""


class _NotingReader(SqlReader):
    """Reads objects, and notes in a piece of work how they were."""

    def __init__(self, work: Work, type_name: str, executor: Executor) -> None:
        super().__init__(work.kept.rules, work.access, type_name, executor)
        self._work = work

    def _objects(self, rows: Sequence[Sequence[Any]]) -> list[Any]:
        """Makes objects of rows; what the work knows already stays as it is."""
        objects = super()._objects(rows)
        for of, row in zip(objects, rows, strict=True):
            at = self.object_type.name, self._access.key_of(of)
            if at not in self._work.edits:
                self._work.seen.setdefault(at, Seen(of, row[0], row[1]))
        return objects


class WorkingReader(_NotingReader):
    """Reads the objects of one type as a piece of work sees them.

    Args:
        work: The work.
        type_name: What it reads.
    """

    def __init__(self, work: Work, type_name: str) -> None:
        super().__init__(work, type_name, work)

    def reader_of(self, type_name: str) -> WorkingReader:
        """Makes a reader of another object type in the same work."""
        return WorkingReader(self._work, type_name)

    async def get(self, key: Any) -> Any:
        """Reads one object by its id, unless the work has it already."""
        at = self.object_type.name, key
        known = self._known(at)
        if known is None:
            await self._direct().get(key)
            known = self._known(at)
        if known is None or known[0] is None:
            raise ObjectMissing(*at)
        found, self.versions[key] = known
        return found

    def _direct(self) -> SqlReader:
        """Makes a reader that reads by ids, which is no search."""
        return _NotingReader(self._work, self.object_type.name, self._work.direct)

    def _known(self, at: At) -> tuple[Any | None, int] | None:
        """Returns what the work makes of an object, or else has read of it, and its version."""
        edit = self._work.edits.get(at)
        if edit is not None:
            return edit.after, edit.version + 1
        seen = self._work.seen.get(at)
        return None if seen is None else (seen.object, seen.version)

    async def get_many(self, keys: Iterable[Any]) -> dict[Any, Any]:
        """Reads objects by their ids; those that are missing are left out."""
        wanted, name = list(dict.fromkeys(keys)), self.object_type.name
        unknown = [key for key in wanted if self._known((name, key)) is None]
        if unknown:
            await self._direct().get_many(unknown)
        known = ((key, self._known((name, key))) for key in wanted)
        there = [key for key, each in known if each is not None and each[0] is not None]
        return {key: await self.get(key) for key in there}


class WorkingRepository[T](ReadingRepository[T]):
    """All objects of one type, as a piece of work sees them; see `Repository`.

    What is added, saved and removed is written when the work is committed, or searches.

    Args:
        work: The work.
        name: The object type.
    """

    def __init__(self, work: Work, name: str) -> None:
        reader = WorkingReader(work, name)
        super().__init__(reader)
        self._working = reader
        self._work, self._name = work, name
        self._access = work.kept.access[name]

    @property
    def versions(self) -> dict[Any, int]:
        """The versions of what it has read and written, by id."""
        return self._working.versions

    async def add(self, added: T) -> T:
        """Writes a new object."""
        values = self._access.values(added)
        key = self._access.key_of(added)
        at = self._name, key
        self._work.ready[at] = added, values
        edit = self._work.edits.get(at)
        is_there = at in self._work.seen if edit is None else edit.after is not None
        if is_there:
            raise ObjectExists(self._name, key)
        self._work.edits[at] = replace(edit or Edit(self._name, key, None, None), after=added)
        self._working.versions[key] = self._work.edits[at].version + 1
        return added

    async def save(self, saved: T, *, version: int | None = None) -> T:
        """Writes an object that is there already."""
        values = self._access.values(saved)
        key = self._access.key_of(saved)
        self._work.ready[self._name, key] = saved, values
        await self._change(key, saved, version)
        self._working.versions[key] = self._work.edits[self._name, key].version + 1
        return saved

    async def remove(self, key: Any, *, version: int | None = None) -> None:
        """Removes an object by its id."""
        self._access.key_cells(key)
        if (self._name, key) not in self._work.seen:
            await self._working.get(key)
        await self._change(key, None, version)
        self._working.versions.pop(key, None)

    async def _change(self, key: Any, after: T | None, version: int | None) -> None:
        """Notes what becomes of an object that is there."""
        at = self._name, key
        if version is None and at not in self._work.edits and at not in self._work.seen:
            found = f"this work has not read {self._name} {key}"
            raise InvalidInput([Problem("version", found, "read it first, or say its version")])
        before = await self._working.get(key)
        if version not in (None, self._working.versions[key]):
            raise ObjectStale(self._name, key, version or 0)
        edit = self._work.edits.get(at)
        if edit is None:
            edit = Edit(self._name, key, before, None, self._work.seen[at].version)
        self._work.edits[at] = edit.followed_by(after)
