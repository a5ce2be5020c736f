"""`verify`: everything that a project is held to, in one go."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from triptych.cli.exits import DONE, MISTAKES_FOUND
from triptych.cli.options import Flag
from triptych.cli.screen import make_console
from triptych.domain.errors import UnknownName
from triptych.domain.verification import Check, State, Verdict
from triptych.services.verification import checks_of, find_project, verify

SIGNS = {
    State.WAITING: "[dim]·[/]",
    State.RUNNING: "[cyan]…[/]",
    State.PASSED: "[green]✓[/]",
    State.FAILED: "[red]✗[/]",
    State.MISSING: "[red]?[/]",
    State.SKIPPED: "[dim]-[/]",
}
_MOST_LINES = 30


def verify_project(*only: str, folder: Path = Path(), fix: Flag = False, json: Flag = False) -> int:
    """Check everything that a project is held to; ends with 1 where something is to be mended.

    Args:
        only: Which checks, such as `types tests`; all where none is named.
        folder: Where the project is.
        fix: Mend the safe part first: format and lint.
        json: Print JSON instead of a table.
    """
    project = find_project(folder.resolve())
    checks = _picked(checks_of(project), only)
    table = _Table(checks)
    console = make_console()
    if json or not console.is_terminal:
        found = asyncio.run(verify(project, checks, mends=fix))
    else:
        with Live(table, console=console, refresh_per_second=8) as live:
            table.live = live
            found = asyncio.run(verify(project, checks, table.tell, mends=fix))
    bad = [each for each in found if not each.state.is_good]
    if json:
        print(msgspec.json.encode([_plain(each) for each in found]).decode())
    else:
        _print(console, table, found, bad)
    return MISTAKES_FOUND if bad else DONE


def _picked(checks: list[Check], only: tuple[str, ...]) -> list[Check]:
    names = [each.name for each in checks]
    for each in only:
        if each not in names:
            raise UnknownName("check", each, names)
    return [each for each in checks if not only or each.name in only]


class _Table:
    """The checks and how far they have come, drawn anew each time."""

    def __init__(self, checks: list[Check]) -> None:
        self.verdicts = {each.name: Verdict(each, State.WAITING) for each in checks}
        self.live: Live | None = None

    def tell(self, verdict: Verdict) -> None:
        """Notes how far a check has come."""
        self.verdicts[verdict.check.name] = verdict
        if self.live is not None:
            self.live.update(self)

    def __rich__(self) -> RenderableType:
        table = Table(box=None, show_header=False, pad_edge=False)
        for each in self.verdicts.values():
            check, took = each.check, f"{each.seconds:.1f} s" if each.seconds else ""
            table.add_row(SIGNS[each.state], f"[bold]{check.name}[/]", escape(each.note), took)
        return Group(table)


def _print(console: Console, table: _Table, found: list[Verdict], bad: list[Verdict]) -> None:
    if not console.is_terminal:
        for each in found:
            table.tell(each)
        console.print(table)
    for each in bad:
        console.print(f"\n[red]{each.check.name}[/] [dim]{escape(' '.join(each.check.words))}[/]")
        lines = each.output.splitlines()
        if len(lines) > _MOST_LINES:
            console.print(f"[dim]... {len(lines) - _MOST_LINES} lines before[/]")
        console.print("\n".join(lines[-_MOST_LINES:]), markup=False, soft_wrap=True)
    if not bad:
        console.print("\n[green]everything holds[/]")
    elif any(each.check.mend for each in bad):
        console.print("\n[dim]--fix mends format and lint, as far as that is safe[/]")


def _plain(of: Verdict) -> dict[str, object]:
    return {
        "check": of.check.name,
        "standard": of.check.standard,
        "state": of.state,
        "seconds": round(of.seconds, 3),
        "output": of.output,
    }
