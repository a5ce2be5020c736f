"""A page: some objects of a list, and what they were read with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

from triptych.domain.errors import UnknownName

LARGEST_PAGE, LARGEST_GROUPS = 1_000, 10_000


@dataclass(frozen=True, slots=True)
class Page[T](Sequence[T]):
    """Some objects of a list, in order, and what they were read with.

    Attributes:
        objects: In the order that was asked for.
        next: A cursor for the page after this one, or `None` at the end.
        included: By link and by the id of the object where it starts, what it leads to.

    Example:
        ```python
        from triptych import Page

        page = Page(objects=("a", "b"))
        assert len(page) == 2 and page[0] == "a" and page.next is None
        ```
    """

    objects: tuple[T, ...]
    next: str | None = None
    included: Mapping[str, Mapping[Any, tuple[Any, ...]]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.objects)

    def __iter__(self) -> Iterator[T]:
        return iter(self.objects)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        return self.objects[index]

    def linked(self, of: Any, link: str) -> tuple[Any, ...]:
        """Returns what an object's link leads to, as it was read with the page.

        Args:
            of: The object's id.
            link: The dotted name that was asked for in `include`.

        Raises:
            UnknownName: The page was not read with that link.

        Example:
            ```python
            from triptych import Page

            page = Page(objects=("a",), included={"friends": {"a": ("b",)}})
            assert page.linked("a", "friends") == ("b",)
            ```
        """
        if link not in self.included:
            raise UnknownName("included link", link, self.included)
        return self.included[link].get(of, ())
