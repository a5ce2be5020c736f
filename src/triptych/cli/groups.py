"""`aggregate` and `facets`: measuring many objects in the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from rich.markup import escape
from rich.table import Table

from triptych.adapters.objects.reading import GroupPage
from triptych.cli.objects import Rules, Where, conditions
from triptych.cli.options import As, Flag
from triptych.cli.screen import make_console
from triptych.cli.wiring import browse
from triptych.domain.expression.aggregates import split_terms

_WIDTH = 30

Measures = Annotated[tuple[str, ...], Parameter(name=["--measure", "-m"], negative=())]
By = Annotated[tuple[str, ...], Parameter(name=["--by", "-b"], negative=())]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Picking:
    """What picks objects out.

    Attributes:
        where: A condition, such as `origin=JFK` or `delay.gt=PT1H`; all must hold.
        rule: A rule that must hold; what it is given is said by --where, as `limit=PT1H`.
        search: Words that their texts must have.
        zone: Whose calendar instants are put into, such as `Europe/Paris`.
    """

    where: Where = ()
    rule: Rules = ()
    search: str = ""
    zone: str = "UTC"

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yields what is said, as names and texts."""
        yield from conditions(self.where)
        yield from (("rule", each) for each in self.rule)
        if self.search:
            yield "search", self.search
        yield "zone", self.zone


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Measuring:
    """What is asked of groups.

    Attributes:
        measure: `count`, `mean(delay)`, `percentile(delay, 0.9)`; also `distinct sum min max
            median`.
        by: What objects are grouped by: `carrier`, `origin.name`, `bins(distance, 500)`,
            `month(departure)`.
        order: Some of those that are asked for, `-` before one for the greatest first.
        take: How many groups at the most.
    """

    measure: Measures = ()
    by: By = ()
    order: str = ""
    take: int = 50

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yields what is said, as names and texts."""
        yield "measure", ",".join(self.measure)
        yield "by", ",".join(self.by)
        yield "order", self.order
        yield "take", str(self.take)


_ALL, _COUNTED = Picking(), Measuring()


def aggregate_objects(
    package: str,
    type: str,
    *,
    measuring: Measuring = _COUNTED,
    picking: Picking = _ALL,
    json: Flag = False,
    as_: As = "",
) -> None:
    """Count and measure objects, group by group.

    Args:
        package: The package that has the `domain`.
        type: An entity or relationship, such as `flight`.
        measuring: What is asked of groups.
        picking: What picks objects out.
        json: Print JSON instead of a table.
        as_: Who asks, as `NAME:ROLE,ROLE`.
    """
    pairs = [*picking.pairs(), *measuring.pairs()]
    page = browse(package, lambda b: b.aggregate(b.ontology.object_type(type), pairs), as_)
    if json:
        print(page.json().decode())
        return
    show_groups(page, max(len(split_terms(",".join(measuring.measure))), 1))


def count_facets(
    package: str, type: str, *by: str, picking: Picking = _ALL, json: Flag = False, as_: As = ""
) -> None:
    """Count how often values occur.

    Args:
        package: The package that has the `domain`.
        type: An entity or relationship, such as `flight`.
        by: Of what: `carrier`, `origin.name`, `month(departure)`.
        picking: What picks objects out.
        json: Print JSON instead of tables.
        as_: Who asks, as `NAME:ROLE,ROLE`.
    """
    pairs = [*picking.pairs(), ("facets", ",".join(by)), ("take", "1")]
    page = browse(package, lambda b: b.list(b.ontology.object_type(type), pairs), as_)
    if json:
        print(msgspec.json.encode(page.facets).decode())
        return
    console = make_console(is_wide=True)
    for name, values in page.facets.items():
        rows = [(each["value"], each["count"]) for each in values]
        console.print(_table(GroupPage((name, "count"), rows, True), 1))


def show_groups(page: GroupPage, measures: int = 1) -> None:
    """Shows groups; beside each, how much it is.

    Args:
        page: The groups.
        measures: How many of the last columns are measures.
    """
    console = make_console(is_wide=True)
    groupings = len(page.names) - measures
    console.print(_table(page, groupings) if page.rows else "[dim]nothing[/]")
    if not page.is_complete:
        more = f"there are more than {len(page.rows)}; ask for them by take"
        console.print(f"[dim]{more}[/]")


def _table(page: GroupPage, groupings: int) -> Table:
    """Makes a table; beside the last number of each group stands how much it is."""
    table = Table(box=None, header_style="dim", pad_edge=False)
    for place, name in enumerate(page.names):
        table.add_column(escape(name), justify="left" if place < groupings else "right")
    table.add_column("")
    sizes = [row[-1] if _is_number(row[-1]) else 0 for row in page.rows]
    largest = max(sizes, default=0)
    for row, size in zip(page.rows, sizes, strict=True):
        bar = "█" * round(_WIDTH * size / largest) if groupings and largest > 0 < size else ""
        table.add_row(*map(_cell, row), f"[cyan]{bar}[/]")
    return table


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cell(value: Any) -> str:
    if value is None:
        return "[dim]-[/]"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if _is_number(value) else escape(str(value))
