"""What cannot be, as things stand with the objects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from triptych.domain.errors.families import MissingOrConflict


class ObjectMissing(MissingOrConflict):
    """There is no object of that id.

    Example:
        ```python
        from triptych.domain.errors import ObjectMissing

        assert str(ObjectMissing("Airport", "XXX")) == "there is no Airport 'XXX'"
        ```
    """

    code = "missing"

    def __init__(self, type_name: str, key: object) -> None:
        self.type_name, self.key = type_name, key
        super().__init__(type_name, key)

    def __str__(self) -> str:
        return f"there is no {self.type_name} {shown(self.key)}"


class ObjectExists(MissingOrConflict):
    """An object of that id, or of that unique set of values, is there already.

    Example:
        ```python
        from triptych.domain.errors import ObjectExists

        error = ObjectExists("City", "x", ["name"])
        assert str(error) == "another City has the same name as 'x'"
        ```
    """

    code = "exists"

    def __init__(self, type_name: str, key: object, unique: Sequence[str] = ()) -> None:
        self.type_name, self.key, self.unique = type_name, key, tuple(unique)
        super().__init__(type_name, key, self.unique)

    def __str__(self) -> str:
        if self.unique:
            same = " and ".join(self.unique)
            return f"another {self.type_name} has the same {same} as {shown(self.key)}"
        return f"{self.type_name} {shown(self.key)} is there already; save it to change it"


class ObjectStale(MissingOrConflict):
    """Somebody changed the object since it was read.

    Example:
        ```python
        from triptych.domain.errors import ObjectStale

        assert str(ObjectStale("City", 1, 3)).startswith("City 1 is no longer at version 3")
        ```
    """

    code = "stale"

    def __init__(
        self, type_name: str, key: object, version: int, changed: Sequence[str] = ()
    ) -> None:
        self.type_name, self.key, self.version = type_name, key, version
        self.changed = tuple(changed)
        super().__init__(type_name, key, version, self.changed)

    def __str__(self) -> str:
        since = f" ({' and '.join(self.changed)} changed since)" if self.changed else ""
        return (
            f"{self.type_name} {shown(self.key)} is no longer at version {self.version}{since}; "
            "read it again and decide anew"
        )


class LinkDangling(MissingOrConflict):
    """An object points to one that is not there.

    Example:
        ```python
        from triptych.domain.errors import LinkDangling

        error = LinkDangling("Road", 1, [("City", "x")])
        assert "points to City 'x', which is not there" in str(error)
        ```
    """

    code = "dangling-link"

    def __init__(self, type_name: str, key: object, dangling: Sequence[tuple[str, object]]) -> None:
        self.type_name, self.key, self.dangling = type_name, key, tuple(dangling)
        super().__init__(type_name, key, self.dangling)

    def __str__(self) -> str:
        ends = " and ".join(f"{name} {shown(key)}" for name, key in self.dangling)
        return (
            f"{self.type_name} {shown(self.key)} points to {ends or 'an object'}, "
            "which is not there; add that first"
        )


class ObjectLinked(MissingOrConflict):
    """Other objects still point to the one that was to go.

    Example:
        ```python
        from triptych.domain.errors import ObjectLinked

        assert str(ObjectLinked("City", 1, ["roads"])) == "City 1 still has roads; remove those first"
        ```
    """

    code = "linked"

    def __init__(self, type_name: str, key: object, links: Sequence[str]) -> None:
        self.type_name, self.key, self.links = type_name, key, tuple(links)
        super().__init__(type_name, key, self.links)

    def __str__(self) -> str:
        ways = " and ".join(self.links) or "other objects"
        return f"{self.type_name} {shown(self.key)} still has {ways}; remove those first"


def shown(key: object) -> str:
    """Shows an id as a person would write it: text quoted, the rest plain.

    Example:
        ```python
        from triptych.domain.errors.objects import shown

        assert shown(("UA", 7)) == "'UA', 7"
        ```
    """
    if isinstance(key, tuple):
        return ", ".join(shown(part) for part in key)
    return repr(key) if isinstance(key, str) else str(key)


class NotKept(MissingOrConflict):
    """It is not kept any more what was then.

    Example:
        ```python
        from datetime import UTC, datetime

        from triptych.domain.errors import NotKept

        error = NotKept(datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
        assert str(error).endswith("ask about 2026-01-01T00:00:00+00:00 or later")
        ```
    """

    code = "not-kept"

    def __init__(self, asked: datetime, since: datetime) -> None:
        self.asked, self.since = asked, since
        super().__init__(asked, since)

    def __str__(self) -> str:
        asked, since = self.asked.isoformat(), self.since.isoformat()
        return f"it is not kept any more what was at {asked}; ask about {since} or later"
