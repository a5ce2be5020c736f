"""Edits: what became of one object, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

type At = tuple[str, Any]


class EditKind(StrEnum):
    """What an edit does to an object.

    Example:
        ```python
        from triptych.domain.actions import EditKind

        assert EditKind("added") is EditKind.ADDED
        ```
    """

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Edit:
    """What becomes of one object.

    Attributes:
        type_name: Its object type.
        key: Its id; of a relationship the tuple of its ids.
        before: The object as it was; `None` where there was none.
        after: The object as it will be; `None` where it is to go.
        version: At which it was; 0 where there was none.

    Example:
        ```python
        from flights.domain.entities import Carrier
        from flights.domain.value_objects import CarrierCode
        from triptych.domain.actions import Edit, EditKind

        code = CarrierCode("UA")
        old, new = Carrier(id=code, name="United"), Carrier(id=code, name="United Air Lines")
        edit = Edit("Carrier", code, old, new, version=1)
        assert edit.kind is EditKind.CHANGED
        assert edit.changes() == {"name": ("United", "United Air Lines")}
        assert edit.inverse().after == old
        ```
    """

    type_name: str
    key: Any
    before: Any | None
    after: Any | None
    version: int = 0

    @property
    def at(self) -> At:
        """Which object it is about."""
        return self.type_name, self.key

    @cached_property
    def kind(self) -> EditKind:
        """What it does."""
        if self.before is None:
            return EditKind.NOTHING if self.after is None else EditKind.ADDED
        if self.after is None:
            return EditKind.REMOVED
        return EditKind.CHANGED if self._changes else EditKind.NOTHING

    @cached_property
    def _changes(self) -> Mapping[str, tuple[Any, Any]]:
        # Worked out once: whatever looks at an edit asks for it.
        either = self.before if self.after is None else self.after
        names = [each.name for each in fields(either)] if either is not None else []
        pairs = [
            (name, getattr(self.before, name, None), getattr(self.after, name, None))
            for name in names
        ]
        return {name: (old, new) for name, old, new in pairs if old is not new and old != new}

    def changes(self) -> Mapping[str, tuple[Any, Any]]:
        """Returns before and after of each property that changes; `None` where there is none."""
        return self._changes

    def followed_by(self, after: Any | None) -> Edit:
        """Returns the edit from the same beginning to another end."""
        return Edit(self.type_name, self.key, self.before, after, self.version)

    def inverse(self) -> Edit:
        """Returns the edit that takes this one back, once it has been made."""
        is_there = self.after is not None
        return replace(
            self,
            before=self.after,
            after=self.before,
            version=self.version + 1 if is_there else 0,
        )
