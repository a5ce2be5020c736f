"""`improve`: what a review finds is mended where that is safe; shown first, and taken back."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.markup import escape

from triptych.adapters.projects.running import run
from triptych.cli.add import show_changes
from triptych.cli.exits import DONE, MISTAKES_FOUND
from triptych.cli.options import Flag
from triptych.cli.screen import make_console
from triptych.domain.errors import InvalidInput, Problem
from triptych.services.review import RULES
from triptych.services.review.improving import (
    Asked,
    Improvement,
    keep_improvement,
    plan_improvement,
    take_back,
)
from triptych.services.review.project import ReviewedProject, open_project

_MANY = Parameter(negative=())
_SHOWN, _NAMED = 4_000, 5


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Ways:
    """How it is improved.

    Attributes:
        only: Codes, or beginnings of codes, that are mended; any number. All that can be, else.
        diff: A commit or a branch: mend only what is new since work left it.
        unsafe: Mend also where what the code does may change, as with time limits.
        write: Write what is shown.
        test: A command that must succeed afterwards, such as `pytest -q`; else all is as before.
        undo: Take back what was written last.
        json: Print JSON.
    """

    only: Annotated[tuple[str, ...], _MANY] = ()
    diff: str = ""
    unsafe: Flag = False
    write: Flag = False
    test: str = ""
    undo: Flag = False
    json: Flag = False


_USUAL = Ways()


def improve(what: Path = Path(), *, ways: Ways = _USUAL) -> int:
    """Mend what a review finds, where that is safe; what would become of it is shown first.

    Nothing is written without `--write`. Lines that are not mended stay as they are; a file is
    formatted where it was. What is mended is reviewed again, and a file is let be where something
    would be found that was not there before. A second time there is nothing left to do.

    Args:
        what: A folder or a file.
        ways: How.
    """
    project = open_project(what.resolve(), datetime.now(UTC).date())
    console = make_console(soft_wrap=True)
    if ways.undo:
        console.print(f"as before: {escape(', '.join(take_back(project)))}")
        return DONE
    found = plan_improvement(project, Asked(_codes(ways.only), ways.diff, ways.unsafe))
    if ways.json:
        print(msgspec.json.encode(found).decode())
    else:
        _show(console, found)
    if not found.changes:
        return DONE
    if not ways.write:
        if not ways.json:
            console.print("[dim]nothing is written yet; --write does[/]")
        return DONE
    return _write(console, project, found, ways)


def _codes(only: Sequence[str]) -> tuple[str, ...]:
    """Checks that there are rules of some codes.

    Raises:
        InvalidInput: There is none.
    """
    codes = tuple(each.upper() for each in only)
    for code in codes:
        if not any(each.rule.code.startswith(code) for each in RULES):
            mend = "`triptych review rules` lists them"
            raise InvalidInput([Problem("only", f"there is no rule {code}", mend)])
    return codes


def _show(console: Console, found: Improvement) -> None:
    show_changes(console, found.changes)
    for each in found.left:
        console.print(f"[yellow]{escape(each.where)}[/] {escape(each.found)}; {escape(each.mend)}")
    for code, count in sorted(found.counts.items()):
        console.print(f"{code} [dim]{count}x[/] {escape(RULES[code].rule.title)}")
    if not found.changes:
        console.print("nothing is found that can be mended safely")


def _write(console: Console, project: ReviewedProject, found: Improvement, ways: Ways) -> int:
    """Writes it, and takes it back where the tests do not hold then."""
    keep_improvement(project, found)
    if ways.test:
        code, said = asyncio.run(_tested(ways.test, project.folder))
        if code:
            take_back(project)
            console.print(escape(said[-_SHOWN:]))
            console.print(f"[red]`{escape(ways.test)}` ended with {code}: all is as before[/]")
            return MISTAKES_FOUND
    if not ways.json:
        mended = ", ".join(escape(each.path) for each in found.changes[:_NAMED])
        more = len(found.changes) - _NAMED
        rest = f" and {more} more" if more > 0 else ""
        console.print(f"[green]mended: {mended}{rest}[/]", end=" ")
        console.print("[dim]`triptych improve --undo` takes it back[/]")
    return DONE


async def _tested(command: str, folder: Path) -> tuple[int, str]:
    try:
        return await run(shlex.split(command), folder)
    except FileNotFoundError as error:
        return 127, f"there is no program {error}"
