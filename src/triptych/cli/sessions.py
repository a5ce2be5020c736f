"""`sessions`: who is signed in by a browser, and ending it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import msgspec
from rich.markup import escape
from rich.table import Table

from triptych.cli.calling import acting, caller
from triptych.cli.options import As, Flag
from triptych.cli.screen import make_console
from triptych.domain.errors import InvalidInput, Problem
from triptych.services.actions import Backend
from triptych.services.identity.sessions import Sessions


def sessions(
    package: str,
    what: Literal["list", "end"] = "list",
    name: str = "",
    *,
    json: Flag = False,
    as_: As = "",
) -> None:
    """Show who is signed in by a browser, or end all sessions of somebody.

    Args:
        package: The package that has the `domain`.
        what: `list` or `end`.
        name: Whose sessions are ended, at once.
        json: Print JSON.
        as_: Who acts, as `NAME:ROLE,ROLE`.
    """
    if what == "end" and not name:
        raise InvalidInput([Problem("name", "nobody is named", "say whose sessions end")])

    async def ask(backend: Backend) -> list[tuple[str, int, int]]:
        kept = Sessions(backend.store)
        if what == "end":
            await kept.end_all_of(name, caller(as_).actor)
        return await kept.list()

    found = acting(package, ask)
    if json:
        print(msgspec.json.encode(found).decode())
        return
    console = make_console()
    if not found:
        console.print("[dim]nobody is signed in[/]")
        return
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in ("actor", "since", "until"):
        table.add_column(heading)
    for actor, made, expires in found:
        table.add_row(escape(actor), *map(_moment, (made, expires)))
    console.print(table)


def _moment(microseconds: int) -> str:
    return f"{datetime.fromtimestamp(microseconds / 1_000_000, UTC):%Y-%m-%d %H:%M}"
