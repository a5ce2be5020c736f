"""What a piece of work has seen: objects as they were, and answers to searches."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from triptych.adapters.database.database import Database
from triptych.adapters.expression.reader import RuleReader
from triptych.adapters.objects.access import Access
from triptych.domain.actions import At, Edit, Ticker
from triptych.domain.ontology import Ontology


class Kept(Protocol):
    """Where objects are kept, and all that is derived of their types.

    Attributes:
        ontology: What is kept.
        database: Where.
        rules: Reads rules and names.
        ticker: Numbers the entries of the ledger.
    """

    ontology: Ontology
    database: Database
    rules: RuleReader
    ticker: Ticker

    @property
    def access(self) -> Mapping[str, Access]:
        """All that is derived of each object type."""
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """An object as it was when it was read.

    Attributes:
        object: The object.
        version: Its version.
        entry: The entry of the ledger that made it so.

    Example:
        ```python
        from triptych.adapters.objects.seen import Seen

        assert Seen("a city", version=2, entry=7).version == 2
        ```
    """

    object: Any
    version: int
    entry: int


@dataclass(frozen=True, slots=True)
class Search:
    """A question about many objects, and what was answered.

    Attributes:
        text: The SQL.
        arguments: What it was given.
        digest: Of the rows.
        edits: What had been written by then.

    Example:
        ```python
        from triptych.adapters.objects.seen import Search

        assert Search("SELECT 1", (), b"", ()).edits == ()
        ```
    """

    text: str
    arguments: tuple[Any, ...]
    digest: bytes
    edits: tuple[Edit, ...]


def digest_of(rows: Sequence[Sequence[Any]]) -> bytes:
    """Returns what tells an answer from every other one.

    Example:
        ```python
        from triptych.adapters.objects.seen import digest_of

        assert digest_of([(1, "a")]) != digest_of([("1", "a")])
        ```
    """
    return hashlib.sha256(repr([tuple(row) for row in rows]).encode()).digest()


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a piece of work has come.

    Attributes:
        edits: What was to change.
        events: How many events there were.
        searches: How many searches were made.

    Example:
        ```python
        from triptych.adapters.objects.seen import Mark

        assert Mark({}, events=2, searches=0).events == 2
        ```
    """

    edits: Mapping[At, Edit]
    events: int
    searches: int
