"""Commits that wait for the one writer of SQLite are made together, in one transaction."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from triptych.adapters.database.database import Collided, Write, finished

type Outcome = BaseException | None
type MakeAll = Callable[[Sequence[Sequence[Write]]], Awaitable[Sequence[Outcome]]]


@dataclass(slots=True, eq=False)
class _Commit:
    """Writes that are to hold together, and who waits for that."""

    writes: Sequence[Write]
    done: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def end(self, outcome: Outcome) -> None:
        """Tells whoever waits what came of it."""
        if self.done.cancelled():
            return
        if outcome is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(outcome)


class Commits:
    """Makes the commits of all who wait at the same time by one visit to the writer.

    Each holds or fails by itself; that they share a transaction is seen by nobody.

    Args:
        make_all: Makes several, and returns what came of each; see `commit_each`.
        turn: Whoever holds it is the one who writes.
    """

    def __init__(self, make_all: MakeAll, turn: asyncio.Lock) -> None:
        self._make_all, self._turn = make_all, turn
        self._waiting: list[_Commit] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def make(self, writes: Sequence[Write]) -> None:
        """Makes one commit, with those of others who wait.

        Who gives up while it waits in line has written nothing; once it is being made, it is
        waited for to its end.

        Raises:
            Exception: Whatever became of this one.
        """
        mine = _Commit(writes)
        self._waiting.append(mine)
        if len(self._waiting) == 1:
            task = asyncio.create_task(self._make_waiting())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            await asyncio.shield(mine.done)
        except asyncio.CancelledError:
            if mine in self._waiting:
                self._waiting.remove(mine)
                raise
            await finished(mine.done)

    async def _make_waiting(self) -> None:
        """Makes all that wait by the time that it is their turn."""
        async with self._turn:
            made, self._waiting = self._waiting, []
            outcomes: Sequence[Outcome]
            try:
                outcomes = await self._make_all([each.writes for each in made])
            except BaseException as error:  # noqa: BLE001 - it belongs to those who wait
                outcomes = [error] * len(made)
            for each, outcome in zip(made, outcomes, strict=True):
                each.end(outcome)


def commit_each(
    connection: sqlite3.Connection, commits: Sequence[Sequence[Write]]
) -> Sequence[Outcome]:
    """Makes several commits in one transaction; each holds or fails by itself.

    Links are checked when all is written; where one leads nowhere, each is made by itself, so
    that only those fail that broke something.

    Args:
        connection: The one that writes; it is in no transaction.
        commits: What is to hold together, each.

    Raises:
        sqlite3.Error: None of them could be made, for reasons that are nobody's own.

    Example:
        ```python
        import sqlite3

        from triptych.adapters.database.commits import commit_each
        from triptych.adapters.database.database import Write

        connection = sqlite3.connect(":memory:", isolation_level=None)
        connection.execute("CREATE TABLE cities (id TEXT PRIMARY KEY)")
        oslo = [Write("INSERT INTO cities VALUES ('oslo')")]
        first, second = commit_each(connection, [oslo, oslo])
        assert first is None and isinstance(second, sqlite3.IntegrityError)
        connection.close()
        ```
    """
    if len(commits) == 1:
        return [_commit_alone(connection, commits[0])]
    connection.execute("BEGIN IMMEDIATE")
    try:
        outcomes = [_write_apart(connection, each) for each in commits]
        connection.execute("COMMIT")
    except sqlite3.IntegrityError:
        connection.execute("ROLLBACK")
        return [_commit_alone(connection, each) for each in commits]
    except BaseException:
        _roll_back(connection)
        raise
    return outcomes


def write_in_turn(connection: sqlite3.Connection, writes: Sequence[Write]) -> None:
    """Runs writes one after the other in the transaction that is open.

    Raises:
        Collided: One of them met other rows than it should have.
    """
    for place, each in enumerate(writes):
        # review: ignore[KIN007] each may depend on the one before, and nothing is between them
        cursor = connection.execute(each.text, each.arguments)
        found = len(cursor.fetchall()) if cursor.description else cursor.rowcount
        if each.rows is not None and found != each.rows:
            raise Collided(place)


def _commit_alone(connection: sqlite3.Connection, writes: Sequence[Write]) -> Outcome:
    try:
        connection.execute("BEGIN IMMEDIATE")
        write_in_turn(connection, writes)
        connection.execute("COMMIT")
    except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits for it
        _roll_back(connection)
        return error
    return None


def _write_apart(connection: sqlite3.Connection, writes: Sequence[Write]) -> Outcome:
    """Runs the writes of one commit, which can be taken back without those of the others."""
    connection.execute("SAVEPOINT apart")
    try:
        write_in_turn(connection, writes)
    except (Collided, OverflowError, sqlite3.Error) as error:
        if not connection.in_transaction:
            raise  # the database has given all of it up
        connection.execute("ROLLBACK TO apart")
        connection.execute("RELEASE apart")
        return error
    connection.execute("RELEASE apart")
    return None


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")
