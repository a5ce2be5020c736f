"""`doctor`: whether this machine has what an application needs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
from rich.markup import escape
from rich.table import Table

from triptych.cli.exits import DONE, MISTAKES_FOUND
from triptych.cli.options import Flag
from triptych.cli.screen import make_console
from triptych.cli.verify import SIGNS
from triptych.cli.wiring import database_of, find_package
from triptych.domain.errors import InvalidInput
from triptych.domain.verification import State
from triptych.infrastructure.configuration import read_settings
from triptych.services.surroundings import examine
from triptych.services.verification import find_project


def doctor(*, folder: Path = Path(), json: Flag = False) -> int:
    """Look at what an application needs of this machine; ends with 1 where it is not there.

    Args:
        folder: Where the project is; without one, only the machine is looked at.
        json: Print JSON.
    """
    find_package()
    settings = read_settings()
    try:
        package = find_project(folder.resolve()).package
    except InvalidInput:
        package = None
    url = database_of(package or "", settings)
    found = asyncio.run(examine(settings, url, package, folder))
    if json:
        print(msgspec.json.encode(found).decode())
    else:
        table = Table(box=None, show_header=False, pad_edge=False)
        for each in found:
            mend = f"[dim]{escape(each.mend)}[/]"
            table.add_row(SIGNS[each.state], f"[bold]{each.name}[/]", escape(each.found), mend)
        make_console().print(table)
    return MISTAKES_FOUND if any(each.state is State.FAILED for each in found) else DONE
