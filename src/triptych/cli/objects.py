"""`list`, `get` and `links`: looking at objects in the terminal."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from rich.markup import escape
from rich.table import Table

from triptych.adapters.objects.questions import key_parts
from triptych.adapters.objects.reading import Document, DocumentPage
from triptych.cli.options import As, Flag
from triptych.cli.screen import make_console
from triptych.cli.wiring import browse
from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.ontology import Cardinality
from triptych.services.objects import Browser

Where = Annotated[tuple[str, ...], Parameter(name=["--where", "-w"], negative=())]
Rules = Annotated[tuple[str, ...], Parameter(name=["--rule", "-r"], negative=())]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What is wished of a list.

    Attributes:
        where: A condition, such as `origin=JFK`, `delay.gt=PT1H` or `origin.name.contains=York`;
            all must hold.
        rule: A rule that must hold; what it is given is said by --where, as `limit=PT1H`.
        search: Words that its texts must have; the best come first.
        order: Properties to put in order by, `-` before one for the greatest first.
        take: How many at the most.
        after: The cursor of the page before.
        fields: The properties to show, between commas.
        include: Links to show too, between commas; with --json.
        total: Count them all.
    """

    where: Where = ()
    rule: Rules = ()
    search: str = ""
    order: str = ""
    take: int = 20
    after: str = ""
    fields: str = ""
    include: str = ""
    total: Flag = False

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yields what is said, as names and texts."""
        yield from conditions(self.where)
        yield from (("rule", each) for each in self.rule)
        for each in dataclasses.fields(self)[2:]:
            value = getattr(self, each.name)
            if value:
                yield each.name, "true" if value is True else str(value)


_USUAL = Wishes()


def list_objects(
    package: str,
    type: str,
    *,
    wishes: Wishes = _USUAL,
    json: Flag = False,
    as_: As = "",
) -> None:
    """List objects.

    Args:
        package: The package that has the `domain`.
        type: An entity or relationship, such as `flight` or `flights`.
        wishes: What is wished of the list.
        json: Print JSON instead of a table.
        as_: Who asks, as `NAME:ROLE,ROLE`.
    """
    pairs = list(wishes.pairs())
    found = browse(package, lambda b: b.list(b.ontology.object_type(type), pairs), as_)
    show_found(found, is_json=json)


def get_object(package: str, type: str, *id: str, json: Flag = False, as_: As = "") -> None:
    """Show one object.

    Args:
        package: The package that has the `domain`.
        type: An entity or relationship, such as `flight`.
        id: Its id; for a relationship, the ids that it joins.
        json: Print JSON instead of a table.
        as_: Who asks, as `NAME:ROLE,ROLE`.
    """
    found = browse(package, lambda b: b.get(b.ontology.object_type(type), id), as_)
    show_found(found, is_json=json)


def follow_link(  # noqa: PLR0913 - what is asked, and how it is shown
    package: str,
    type: str,
    id: str,
    link: str,
    *,
    wishes: Wishes = _USUAL,
    json: Flag = False,
    as_: As = "",
) -> None:
    """Show what an object is linked to.

    Args:
        package: The package that has the `domain`.
        type: An entity or relationship, such as `airport`.
        id: Its id; for a relationship, the ids that it joins, between commas.
        link: The name of the link, such as `departures`.
        wishes: What is wished of the list.
        json: Print JSON instead of a table.
        as_: Who asks, as `NAME:ROLE,ROLE`.
    """
    usual = {("take", str(_USUAL.take))}
    pairs = list(wishes.pairs())

    async def ask(browser: Browser) -> Document | DocumentPage:
        of = browser.ontology.object_type(type)
        is_many = browser.ontology.link(of.name, link).cardinality is Cardinality.MANY
        asked = [pair for pair in pairs if is_many or pair not in usual]
        return await browser.follow(of, key_parts(of, id), link, asked)

    show_found(browse(package, ask, as_), is_json=json)


def conditions(where: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yields the names and values of conditions such as `origin=JFK`.

    Raises:
        InvalidInput: One has no `=`.
    """
    for each in where:
        name, equals, value = each.partition("=")
        if not equals:
            found = f"{each!r} is no condition"
            raise InvalidInput([Problem("--where", found, "write property=value")])
        yield name, value


def show_found(found: Document | DocumentPage, *, is_json: bool) -> None:
    """Shows an object, or a page of objects."""
    if is_json:
        print(found.text if isinstance(found, Document) else found.json().decode())
    elif isinstance(found, Document):
        _show_object(msgspec.json.decode(found.text))
    else:
        _show_page(found)


def _show_object(of: dict[str, Any]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in _flat(of):
        table.add_row(f"[dim]{name}[/]", _cell(value))
    make_console().print(table)


def _show_page(page: DocumentPage) -> None:
    console = make_console(is_wide=True)
    objects = [dict(_flat(msgspec.json.decode(text))) for text in page.texts]
    if not objects:
        console.print("[dim]nothing[/]")
        return
    table = Table(box=None, header_style="dim", pad_edge=False)
    for name in objects[0]:
        table.add_column(name, overflow="ellipsis", no_wrap=True)
    for each in objects:
        table.add_row(*(_cell(value) for value in each.values()))
    console.print(table)
    if page.total is not None:
        console.print(f"[dim]{len(objects):,} of {page.total:,}[/]")
    if page.next:
        console.print(f"[dim]more with --after[/] {page.next}", soft_wrap=True)


def _flat(of: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in of.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _cell(value: Any) -> str:
    if value is None:
        return "[dim]-[/]"
    if isinstance(value, list):
        return escape(", ".join(str(each) for each in value))
    return escape(str(value))
