"""`rename`: one word for one concept, in every layer at once; shown first, and taken back."""

from __future__ import annotations

from pathlib import Path

import msgspec
from rich.console import Console
from rich.markup import escape

from triptych.cli.actions import confirm
from triptych.cli.add import show_changes
from triptych.cli.exits import DONE
from triptych.cli.options import Flag
from triptych.services.additions import Additions
from triptych.services.renaming import plan_rename
from triptych.services.verification import find_project

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
    project, console = find_project(folder.resolve()), Console(highlight=False, soft_wrap=True)
    planned = plan_rename(project, old, new)
    if json:
        print(msgspec.json.encode(planned).decode())
    else:
        show_changes(console, planned.changes)
        for each in planned.doubts[:_MOST_TOLD]:
            console.print(f"[yellow]{escape(each.where)}[/] {escape(each.found)}")
        if len(planned.doubts) > _MOST_TOLD:
            console.print(f"[yellow]and {len(planned.doubts) - _MOST_TOLD} more such places[/]")
    if dry_run:
        return DONE
    if not yes:
        confirm(f"Write {len(planned.changes)} files")
    Additions(project).note(f"rename {old} {new}", planned.changes)
    if not json:
        console.print(f"[green]{escape(old)} is {escape(new)}[/]", end=" ")
        console.print("[dim]`triptych add --undo` takes it back, `triptych verify` checks it[/]")
    return DONE
