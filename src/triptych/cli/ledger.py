"""The ledger in the terminal: timelines, the audit, erasure, dead letters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec
from rich.markup import escape
from rich.table import Table

from triptych.adapters.actions.plans import shown_entry
from triptych.adapters.events.deliveries import Delivery
from triptych.cli.actions import confirm, shown_value
from triptych.cli.calling import acting, caller
from triptych.cli.options import As, Flag
from triptych.cli.screen import make_console
from triptych.domain.actions import Entry
from triptych.domain.errors import InvalidInput, ObjectMissing, Problem
from triptych.services.actions import Backend
from triptych.services.events import Relay
from triptych.services.forgetting import Archive

_MOST_DAYS = 36_500
_COLOURS = {"done": "green", "refused": "yellow", "failed": "red"}


def timeline(
    package: str, type: str, *id: str, take: int = 20, json: Flag = False, as_: As = ""
) -> None:
    """Show what became of an object, the latest first.

    Args:
        package: The package that has the `domain`.
        type: An entity or relationship, such as `flight`.
        id: Its id; for a relationship, the ids that it joins.
        take: How many changes at the most.
        json: Print JSON instead of a table.
        as_: Who asks, as `NAME:ROLE,ROLE`.
    """

    async def ask(backend: Backend) -> list[dict[str, Any]]:
        of = backend.store.ontology.object_type(type)
        return await backend.teller.timeline(of, id, take, caller(as_).actor)

    changes = acting(package, ask)
    if json:
        print(msgspec.json.encode(changes).decode())
        return
    console = make_console()
    for each in changes:
        by = f"{each['actor']} {each['action']}" if each["actor"] else ""
        moment = each["at"][:19].replace("T", " ")
        console.print(f"[bold]{moment}[/] {each['kind']} [dim]{escape(by)} {each['receipt']}[/]")
        for name, one in each["changes"].items():
            old, new = shown_value(one["before"]), shown_value(one["after"])
            console.print(f"  [dim]{name}[/] {old} [dim]→[/] {new}")


def audit(
    package: str,
    what: Literal["list", "verify"] = "list",
    *,
    take: int = 20,
    actor: str = "",
    action: str = "",
    json: Flag = False,
) -> int:
    """Show the ledger, or verify that nobody has changed it.

    Args:
        package: The package that has the `domain`.
        what: `list` or `verify`.
        take: How many entries at the most, the latest first.
        actor: Only entries of this actor.
        action: Only entries of this action.
        json: Print JSON.
    """
    if what == "verify":
        return _verify(package)
    wanted = {name: text for name, text in (("actor", actor), ("action", action)) if text}

    async def ask(backend: Backend) -> list[Entry]:
        return await backend.store.ledger.latest(backend.store.database, take, None, **wanted)

    entries = acting(package, ask)
    if json:
        print(msgspec.json.encode([shown_entry(each) for each in entries]).decode())
        return 0
    table = Table(box=None, header_style="dim", pad_edge=False)
    for name in ("at", "actor", "action", "decision", "code", "receipt"):
        table.add_column(name, no_wrap=True)
    for each in entries:
        colour = _COLOURS[each.decision]
        moment = f"{each.moment:%Y-%m-%d %H:%M:%S}"
        said = (each.actor, each.action, f"[{colour}]{each.decision}[/]", each.code, each.receipt)
        table.add_row(moment, *said)
    make_console(is_wide=True).print(table)
    return 0


def _verify(package: str) -> int:
    found = acting(package, lambda backend: backend.store.chain.verify(backend.store.database))
    console = make_console(soft_wrap=True)
    for problem in found.problems:
        console.print(f"[red]{escape(problem)}[/]")
    verdict = "[green]sound[/]" if found.is_sound else "[red]not sound[/]"
    console.print(f"{found.bound:,} entries are {verdict}, {found.waiting:,} wait to be bound")
    console.print(f"[dim]keep this elsewhere, it proves all before it:[/] {found.head}")
    return 0 if found.is_sound else 1


def erase(package: str, type: str, *id: str, yes: Flag = False, as_: As = "") -> None:
    """Make an object be gone: from what is, from what was, and from the ledger.

    Args:
        package: The package that has the `domain`.
        type: An entity or relationship, such as `crew-member`.
        id: Its id; for a relationship, the ids that it joins.
        yes: Do not ask.
        as_: Who acts, as `NAME:ROLE,ROLE`.
    """
    if not yes:
        confirm(
            f"Erase {type} {' '.join(id)} and all that was written of it; nothing brings it back"
        )

    async def ask(backend: Backend) -> int:
        of = backend.store.ontology.object_type(type)
        return await Archive(backend.store).erase(of, id, caller(as_).actor)

    count = acting(package, ask)
    print(f"it is gone; {count} entries of the ledger were emptied")


def forget(package: str, *, days: int, yes: Flag = False, as_: As = "") -> None:
    """Let go of what was over some days ago: versions, what calls were given, events.

    Args:
        package: The package that has the `domain`.
        days: What was over before these many days is forgotten.
        yes: Do not ask.
        as_: Who acts, as `NAME:ROLE,ROLE`.
    """
    if not 1 <= days <= _MOST_DAYS:
        found = f"{days} is not from 1 to {_MOST_DAYS:,}"
        raise InvalidInput([Problem("--days", found, "say 1 or more")])
    if not yes:
        confirm(f"Forget what was over {days} days ago; nothing brings it back")
    before = datetime.now(UTC) - timedelta(days=days)
    since = acting(package, lambda b: Archive(b.store).forget(before, caller(as_).actor))
    print(f"it is kept what was from {since:%Y-%m-%d %H:%M:%S} UTC on")


def dead_letters(
    package: str,
    what: Literal["list", "replay", "drop"] = "list",
    id: str = "",
    *,
    json: Flag = False,
) -> None:
    """Show the events that no handler took, let them be tried again, or drop them.

    Args:
        package: The package that has the `domain`.
        what: `list`, `replay` or `drop`.
        id: Which one; `all` for all of them.
        json: Print JSON.
    """
    counts: dict[str, int] = {}

    async def ask(backend: Backend) -> list[Delivery]:
        deliveries, database = Relay(backend).deliveries, backend.store.database
        if what == "list":
            counts.update(await deliveries.counts(database))
            return await deliveries.listed(database, "dead")
        if what == "replay":
            count = await deliveries.revive(database, id, backend.path.now())
        else:
            count = await deliveries.drop(database, id)
        if not count:
            raise ObjectMissing("dead letter", id)
        print(f"{count} will be tried again" if what == "replay" else f"{count} dropped")
        return []

    found = acting(package, ask)
    if json:
        print(msgspec.json.encode(found).decode())
        return
    console = make_console(soft_wrap=True)
    for each in found:
        console.print(f"[bold]{each.id}[/] [dim]{escape(each.subject)}, {each.tries} tries[/]")
        console.print(f"  [red]{escape(each.error)}[/]")
    if what == "list":
        dead = f"{counts['dead']:,} dead letters" if found else "no dead letters"
        console.print(f"[dim]{dead}; {counts['waiting']:,} deliveries wait[/]")
