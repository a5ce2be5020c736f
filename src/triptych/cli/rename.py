"""`rename` and `move`: a concept gets another word, or another place; shown first, taken back."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec
from rich.markup import escape

from triptych.cli.actions import confirm
from triptych.cli.add import show_changes
from triptych.cli.exits import DONE
from triptych.cli.options import Flag
from triptych.cli.screen import make_console
from triptych.services.additions import Additions
from triptych.services.moving import plan_move
from triptych.services.renaming import Refactored, plan_rename
from triptych.services.verification import Project, find_project

_MOST_TOLD = 12


def rename(
    old: str,
    new: str,
    *,
    folder: Path = Path(),
    yes: Flag = False,
    dry_run: Flag = False,
    json: Flag = False,
) -> int:
    """Rename what the domain calls something, with all that leads to it.

    A class or a function is renamed by its imports, with the type of its ids; a field by what
    the type checker knows of its owner. Documents follow, and the table is told what it was, so
    that `db plan` renames it and nothing is lost. What only looks the same is listed.

    Args:
        old: A class or function of the domain, such as `Invoice`, or a field: `Invoice.total`.
        new: What it will be called, such as `Bill`, or `amount`.
        folder: Where the project is.
        yes: Do not ask.
        dry_run: Show what would become of which file, and write nothing.
        json: Print JSON.
    """
    project = find_project(folder.resolve())
    told = (f"rename {old} {new}", f"{old} is {new}")
    return _carry_out(project, plan_rename(project, old, new), told, Manner(yes, dry_run, json))


def move(
    *names: str,
    to: str,
    folder: Path = Path(),
    yes: Flag = False,
    dry_run: Flag = False,
    json: Flag = False,
) -> int:
    """Give definitions another module of their concept; whoever imports them follows.

    A module becomes a package of the same name where the new one is within it, such as
    `domain.entities.billing`. What still speaks of the old place is listed.

    Args:
        names: What is to be moved, all from one module, such as `Invoice`.
        to: The module, without the package: `domain.entities.billing`.
        folder: Where the project is.
        yes: Do not ask.
        dry_run: Show what would become of which file, and write nothing.
        json: Print JSON.
    """
    project, what = find_project(folder.resolve()), ", ".join(names)
    told = (f"move {what} {to}", f"{what} is in {to}")
    return _carry_out(project, plan_move(project, names, to), told, Manner(yes, dry_run, json))


class Manner(NamedTuple):
    """How it is done: asked or not, shown only, for machines."""

    yes: bool
    dry_run: bool
    json: bool


def _carry_out(project: Project, planned: Refactored, told: tuple[str, str], manner: Manner) -> int:
    """Shows what is planned, asks, and does it."""
    console = make_console(soft_wrap=True)
    if manner.json:
        print(msgspec.json.encode(planned).decode())
    else:
        show_changes(console, planned.changes)
        for each in planned.doubts[:_MOST_TOLD]:
            console.print(f"[yellow]{escape(each.where)}[/] {escape(each.found)}")
        if len(planned.doubts) > _MOST_TOLD:
            console.print(f"[yellow]and {len(planned.doubts) - _MOST_TOLD} more such places[/]")
    if manner.dry_run:
        return DONE
    if not manner.yes:
        confirm(f"Write {len(planned.changes)} files")
    Additions(project).note(told[0], planned.changes)
    if not manner.json:
        console.print(f"[green]{escape(told[1])}[/]", end=" ")
        console.print("[dim]`triptych add --undo` takes it back, `triptych verify` checks it[/]")
    return DONE
