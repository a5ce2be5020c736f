"""Groups: what was measured of many objects, and how often values occur."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

from triptych.domain.expression.aggregates import Aggregation


@dataclass(frozen=True, slots=True)
class Groups(Sequence[Mapping[str, Any]]):
    """Groups of objects, in order, each with its measures.

    Attributes:
        names: What the values of a group are called: first what it is grouped by.
        rows: The values of each group.
        is_complete: Whether there are no more groups.

    Example:
        ```python
        from triptych.adapters.objects.groups import Groups

        groups = Groups(("carrier", "count"), (("UA", 3), ("AA", 2)))
        assert groups[0]["count"] == 3 and len(groups) == 2
        ```
    """

    names: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    is_complete: bool = True

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        return (dict(zip(self.names, row, strict=True)) for row in self.rows)

    @overload
    def __getitem__(self, index: int) -> Mapping[str, Any]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Mapping[str, Any]]: ...
    def __getitem__(self, index: int | slice) -> Mapping[str, Any] | Sequence[Mapping[str, Any]]:
        return list(self)[index]


def make_groups(aggregation: Aggregation, rows: Sequence[tuple[Any, ...]]) -> Groups:
    """Makes groups of their rows, of which there is one more than was asked for if there are more.

    Example:
        ```python
        from triptych.adapters.objects.groups import make_groups
        from triptych.domain.expression.aggregates import Aggregation, Function, Measure

        asked = Aggregation((), (Measure("count", Function.COUNT),), (), 1, "")
        assert not make_groups(asked, [(1,), (2,)]).is_complete
        ```
    """
    names = tuple(each.name for each in aggregation.terms)
    return Groups(names, tuple(rows[: aggregation.take]), len(rows) <= aggregation.take)


@dataclass(frozen=True, slots=True)
class Facet:
    """A value that some objects share, and how many they are.

    Attributes:
        value: The value; `None` where they have none.
        count: How many objects have it.

    Example:
        ```python
        from triptych.adapters.objects.groups import Facet

        assert Facet("JFK", 3).count == 3
        ```
    """

    value: Any
    count: int
