"""`db`: the database is brought in step with the code, kept, brought back, and moved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from triptych.adapters.objects.sql import SqlStore
from triptych.cli.actions import confirm
from triptych.cli.calling import caller
from triptych.cli.exits import DONE, MISTAKES_FOUND
from triptych.cli.options import As, Flag
from triptych.cli.screen import make_console
from triptych.cli.wiring import database_of, find_package
from triptych.domain.errors import InvalidInput, Problem, UnknownName
from triptych.domain.migrations import Phase, Safety, Step
from triptych.infrastructure.configuration import read_settings
from triptych.infrastructure.logging import configure_logging
from triptych.services.copying import CopiedTable, copy
from triptych.services.earlier import plan_since
from triptych.services.migrations import MigrationPlan, Migrations
from triptych.services.rehearsing import rehearse
from triptych.services.stores import open_store

_COLOURS = {Safety.SAFE: "green", Safety.BACKFILL: "yellow", Safety.DESTRUCTIVE: "red"}
_HISTORY = "__history"
_DAY = 86_400.0


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Ways:
    """How a database is brought in step.

    Attributes:
        expand: Do only what the earlier code can live with, on PostgreSQL.
        destructive: Drop what nobody wants any more, too.
        dry_run: Do it on a copy, read every object of that, and change nothing.
        yes: Do not ask.
        all: Show every step, those of what rows once were, too.
        since: Plan from the code of a commit, instead of from the database.
        json: Print JSON.
        as_: Who acts, as `NAME:ROLE,ROLE`.
    """

    expand: Flag = False
    destructive: Flag = False
    dry_run: Flag = False
    yes: Flag = False
    all: Flag = False
    since: str = ""
    json: Flag = False
    as_: As = ""


_USUAL = Ways()


def db(package: str, what: str = "plan", where: str = "", *, ways: Ways = _USUAL) -> int:
    """Bring the database in step with the code, keep it, bring it back, or move it.

    `plan` shows what is to be done, `apply` does it, `check` ends with 1 where something is,
    `sql` writes it as a script, `history` lists what was done. `backup FILE`, `restore FILE` and
    `copy ADDRESS` bring everything into another database and prove that it is the same.

    Args:
        package: The package that has the `domain`.
        what: `plan`, `apply`, `check`, `sql`, `history`, `backup`, `restore` or `copy`.
        where: The file of a backup, or the address of the database to copy to.
        ways: How.
    """
    if what not in _WHATS:
        raise UnknownName("thing to do with a database", what, _WHATS)
    find_package()
    configure_logging("warning", is_json=False)
    return _WHATS[what](_Asked(package, where, ways))


@dataclass(frozen=True, slots=True)
class _Asked:
    package: str
    where: str
    ways: Ways

    @property
    def url(self) -> str:
        return database_of(self.package, read_settings())

    def store(self, url: str = "") -> SqlStore:
        """Makes a store whose statements may take as long as they need."""
        return open_store(self.package, url or self.url, connections=4, timeout=_DAY)

    def migrating[R](self, do: Callable[[Migrations], Coroutine[Any, Any, R]]) -> R:
        async def run() -> R:
            async with Migrations(self.store()).opened() as migrations:
                return await do(migrations)

        return asyncio.run(run())

    def plan(self) -> MigrationPlan:
        """Plans from the database; or from the code of a commit, where one is named."""
        if self.ways.since:
            return asyncio.run(plan_since(self.package, self.ways.since, Path.cwd()))
        return self.migrating(lambda migrations: migrations.plan())

    @property
    def place(self) -> str:
        if not self.where:
            found = Problem("where", "is missing", "name the file, or the address")
            raise InvalidInput([found])
        return self.where


def _plan(asked: _Asked) -> int:
    _shown(asked)
    return DONE


def _check(asked: _Asked) -> int:
    return MISTAKES_FOUND if _shown(asked).steps else DONE


def _shown(asked: _Asked) -> MigrationPlan:
    plan = asked.plan()
    if asked.ways.json:
        print(msgspec.json.encode(_plain(plan)).decode())
    else:
        _print(plan, asked.ways)
    return plan


def _sql(asked: _Asked) -> int:
    print(asked.plan().sql())
    return DONE


def _apply(asked: _Asked) -> int:
    ways, console = asked.ways, make_console(is_wide=True)
    if ways.dry_run:
        return _dry_run(asked, console)
    if ways.destructive and not ways.yes:
        plan = asked.migrating(lambda migrations: migrations.plan())
        lost = "; ".join(f"{each.table}: {each.about}" for each in plan.destructive)
        if lost:
            confirm(f"Lose for ever: {lost}")
    only, actor = Phase.EXPAND if ways.expand else None, caller(ways.as_).actor.id
    with _Progress() as progress:
        done = asked.migrating(
            lambda migrations: migrations.apply(
                actor, only=only, loses=ways.destructive, tell=progress.tell
            )
        )
    _tell_done(console, done, ways)
    return DONE


def _tell_done(console: Console, done: list[Step], ways: Ways) -> None:
    if ways.json:
        print(msgspec.json.encode([_plain_step(each) for each in done]).decode())
    elif ways.expand:
        console.print(f"[green]{len(done)} steps done[/]; the rest waits for `db apply`")
    else:
        said = f"{len(done)} steps done" if done else "nothing to do"
        console.print(f"[green]{said}[/], the database is in step")


def _dry_run(asked: _Asked, console: Console) -> int:
    with _Progress() as progress:
        found = asyncio.run(rehearse(asked.store(), asked.url, asked.store, progress.tell))
    if asked.ways.json:
        print(msgspec.json.encode(found).decode())
    else:
        for problem in found.problems:
            console.print(f"[red]{escape(problem)}[/]")
        console.print(
            f"on a copy ({found.copying:.1f} s to make): {len(found.steps)} steps in "
            f"{found.seconds:.1f} s, then {found.objects:,} objects read; nothing was changed here"
        )
    return MISTAKES_FOUND if found.problems else DONE


def _history(asked: _Asked) -> int:
    done = asked.migrating(lambda migrations: migrations.history())
    if asked.ways.json:
        print(msgspec.json.encode(done).decode())
        return DONE
    console = make_console(is_wide=True)
    for each in done:
        moment = datetime.fromtimestamp(each.moment / 1_000_000, UTC)
        console.print(f"[bold]{moment:%Y-%m-%d %H:%M:%S}[/] [dim]{escape(each.actor)}[/]")
        for step in each.steps:
            console.print(f"  {escape(step)}")
    return DONE


def _backup(asked: _Asked) -> int:
    path = Path(asked.place)
    if path.exists():
        raise InvalidInput([Problem(str(path), "is there already", "choose another name")])
    return _copied(asked, asked.url, f"sqlite:///{path}", is_finished=False)


def _restore(asked: _Asked) -> int:
    path = Path(asked.place)
    if not path.exists():
        raise InvalidInput([Problem(str(path), "is not there", "name the file of a backup")])
    return _copied(asked, f"sqlite:///{path}", asked.url, is_finished=True)


def _copy(asked: _Asked) -> int:
    return _copied(asked, asked.url, asked.place, is_finished=True)


def _copied(asked: _Asked, source: str, target: str, *, is_finished: bool) -> int:
    actor = caller(asked.ways.as_).actor.id
    with _Progress() as progress:
        done = asyncio.run(
            copy(
                asked.store(source),
                asked.store(target),
                actor=actor,
                is_finished=is_finished,
                tell=progress.show,
            )
        )
    if asked.ways.json:
        print(msgspec.json.encode(done).decode())
    else:
        _print_copied(done)
    return DONE


def _print_copied(done: list[CopiedTable]) -> None:
    table = Table(box=None, header_style="dim", pad_edge=False)
    table.add_column("table")
    table.add_column("rows", justify="right")
    table.add_column("digest, the same in both")
    for each in done:
        if each.rows:
            table.add_row(each.name, f"{each.rows:,}", each.digest)
    console = make_console(is_wide=True)
    console.print(table)
    rows = sum(each.rows for each in done)
    console.print(f"\n[green]{rows:,} rows of {len(done)} tables are the same in both[/]")


class _Progress:
    """Says on standard error what is being done, where somebody watches."""

    def __init__(self) -> None:
        self._console = make_console(stderr=True)
        self._status = self._console.status("")

    def __enter__(self) -> _Progress:
        if self._console.is_terminal:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def tell(self, step: Step, rows: int) -> None:
        """Tells of a step."""
        self.show(f"{step.table}: {step.about}", rows)

    def show(self, about: str, rows: int) -> None:
        """Tells of anything."""
        count = f"  {rows:,} rows" if rows else ""
        self._status.update(f"{escape(about)}{count}")


def _print(plan: MigrationPlan, ways: Ways) -> None:
    console = make_console(is_wide=True)
    if not plan.steps:
        console.print("[green]the database is in step with the code[/]")
        return
    shown = [each for each in plan.steps if ways.all or not each.table.endswith(_HISTORY)]
    console.print(_steps(shown))
    if len(shown) < len(plan.steps):
        more = len(plan.steps) - len(shown)
        console.print(f"[dim]and {more} for what rows once were; --all shows them[/]")
    for guess in plan.guesses:
        console.print(f"[yellow]?[/] {escape(guess)}")
    for breakage in plan.breakages:
        console.print(f"[red]in the way:[/] {escape(str(breakage))}")
    if any(each.breaks for each in plan.steps):
        console.print("[dim]the earlier code fails from then on: stop it first[/]")


def _steps(steps: list[Step]) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    for name in ("table", "step", "what it does", "rows", "who waits"):
        table.add_column(name, justify="right" if name == "rows" else "left")
    for each in steps:
        safety = f"[{_COLOURS[each.safety]}]{each.safety}[/]"
        rows = f"{each.rows:,}" if each.rows else ""
        table.add_row(escape(each.table), escape(each.about), safety, rows, each.lock)
    return table


def _plain(plan: MigrationPlan) -> dict[str, Any]:
    return {
        "steps": [_plain_step(each) for each in plan.steps],
        "breakages": plan.breakages,
        "guesses": plan.guesses,
    }


def _plain_step(step: Step) -> Any:
    return msgspec.to_builtins(step)


_WHATS: dict[str, Callable[[_Asked], int]] = {
    "plan": _plan,
    "apply": _apply,
    "check": _check,
    "sql": _sql,
    "history": _history,
    "backup": _backup,
    "restore": _restore,
    "copy": _copy,
}
