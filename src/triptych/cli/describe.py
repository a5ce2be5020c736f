"""`describe`: says what there is."""

from __future__ import annotations

from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from triptych.adapters.ontology import ontology_document
from triptych.cli.screen import make_console
from triptych.cli.wiring import find_package
from triptych.domain.ontology import Identifier, ObjectType, Ontology
from triptych.services.ontology import read_ontology


def describe(
    package: str, type: str | None = None, *, json: Annotated[bool, Parameter(negative=())] = False
) -> None:
    """Say what there is: entities, relationships, links, rules and events.

    Args:
        package: The package that has the `domain`.
        type: One entity or relationship, to be told all about it.
        json: Print the whole ontology as one JSON document.
    """
    find_package()
    ontology = read_ontology(package)
    if json:
        print(msgspec.json.format(msgspec.json.encode(ontology_document(ontology))).decode())
        return
    console = make_console()
    if type is not None:
        _describe_type(console, ontology, ontology.object_type(type))
        return
    console.print(f"[bold]{package}[/]  {escape(ontology.description)}\n")
    for title, types in (
        ("Entities", ontology.entities),
        ("Relationships", ontology.relationships),
    ):
        if types:
            console.print(_overview(title, types, ontology))
    _named(console, "Rules", [(each.name, each.description) for each in ontology.rules])
    _named(console, "Events", [(each.name, each.description) for each in ontology.events])
    shared = [
        (each.name, f"{each.description} ({', '.join(each.entities) or 'nobody'})")
        for each in ontology.interfaces
    ]
    _named(console, "Interfaces", shared)
    console.print(
        f"[dim]Name one to see its properties, such as {ontology.entities[0].name}.[/]"
        if ontology.entities
        else ""
    )


def _overview(title: str, types: tuple[ObjectType, ...], ontology: Ontology) -> Table:
    table = Table(title=title, title_justify="left", box=None, header_style="dim", pad_edge=False)
    for heading in ("name", "what it is", "links"):
        table.add_column(heading, overflow="fold")
    for each in types:
        links = ", ".join(f"{link.name} → {link.target}" for link in ontology.links_from(each.name))
        table.add_row(f"[bold]{each.name}[/]", escape(each.description), links)
    return table


def _named(console: Console, title: str, rows: list[tuple[str, str]]) -> None:
    if not rows:
        return
    table = Table(title=title, title_justify="left", box=None, show_header=False, pad_edge=False)
    for name, description in rows:
        table.add_row(f"[bold]{name}[/]", escape(description))
    console.print(table)


def _describe_type(console: Console, ontology: Ontology, of: ObjectType) -> None:
    console.print(f"[bold]{of.name}[/]  {escape(of.description)}  [dim]{of.source}[/]\n")
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in ("property", "type", "what it means"):
        table.add_column(heading, overflow="fold")
    for held in of.properties:
        link = (
            f"→ {held.type.target}  "
            if isinstance(held.type, Identifier) and held.name != "id"
            else ""
        )
        table.add_row(held.name, escape(held.annotation), escape(link + held.description))
    for computed in of.computed:
        table.add_row(
            f"[italic]{computed.name}[/]", computed.annotation, escape(computed.description)
        )
    console.print(table)
    rows = [
        (link.name, f"{link.cardinality} {link.target}; back by {link.inverse}")
        for link in ontology.links_from(of.name)
    ]
    _named(console, "\nLinks", rows)
