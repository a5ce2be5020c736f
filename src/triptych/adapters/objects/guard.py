"""What holds everything that is written to what must hold, whoever writes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from triptych.adapters.objects.objectset import ReadingRepository
from triptych.adapters.objects.work import Work


class Repositories(Protocol):
    """Gives repositories that read."""

    def __call__[T](self, of: type[T], /) -> ReadingRepository[T]:
        """Makes the repository of an object type."""
        ...


class Guard(Protocol):
    """Checks what is to be written before it is committed."""

    async def check(self, work: Work) -> None:
        """Checks what a piece of work would change.

        Raises:
            IllegalTransition: A state may not follow the other.
            InvariantBroken: A rule that must hold would not.
        """
        ...

    async def check_all(self, names: Collection[str], objects: Repositories) -> None:
        """Checks all objects there are against the rules about some object types.

        Args:
            names: The object types that were written.
            objects: Reads what is there.

        Raises:
            InvariantBroken: A rule that must hold does not.
        """
        ...
