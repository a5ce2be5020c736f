"""`add`: complete, tested code in its right layer; shown first, and taken back on demand."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.markup import escape
from rich.syntax import Syntax

from triptych.cli.actions import confirm
from triptych.cli.exits import DONE
from triptych.cli.options import Flag
from triptych.cli.screen import make_console
from triptych.domain.additions import FileChange, Kind, Request
from triptych.domain.errors import InvalidInput, Problem, UnknownName
from triptych.services.additions import Additions, plan_addition
from triptych.services.verification import find_project

_MANY = Parameter(negative=())


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Said:
    """What is said of an addition.

    Attributes:
        about: What it is, in one sentence.
        role: Who may.
        sets: What an action sets, as `NAME=VALUE`; any number.
        requires: A rule that an action requires; any number.
        records: The event that an action records.
        makes: The entity that an action makes.
        context: Why a decision was needed.
        decision: What was decided.
    """

    about: str = ""
    role: str = "member"
    sets: Annotated[tuple[str, ...], _MANY] = ()
    requires: Annotated[tuple[str, ...], _MANY] = ()
    records: str = ""
    makes: str = ""
    context: str = ""
    decision: str = ""


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Manner:
    """How it is added.

    Attributes:
        folder: Where the project is.
        undo: Take the last addition back.
        yes: Do not ask.
        dry_run: Show what would become of which file, and write nothing.
        json: Print JSON.
    """

    folder: Path = Path()
    undo: Flag = False
    yes: Flag = False
    dry_run: Flag = False
    json: Flag = False


_NOTHING_SAID, _USUAL = Said(), Manner()


def add(
    kind: str = "", name: str = "", *words: str, said: Said = _NOTHING_SAID, manner: Manner = _USUAL
) -> int:
    """Add complete, tested code in its right layer; the difference is shown first.

    `add entity Invoice number:str! customer:Customer total:Decimal? status:{draft,sent}=draft`,
    `add action billing.send invoice:Invoice --sets status=sent --role lead`. Fields are written
    NAME:TYPE, with `?` where they may be missing, `!` where no two have the same, `[TYPE]` for
    several, `{a,b}` for members, and `=DEFAULT`.

    Args:
        kind: `entity`, `value-object`, `relationship`, `event`, `rule`, `policy`, `lifecycle`,
            `action`, `query`, `handler`, `repository`, `route`, `command`, `source`,
            `external-api`, `test` or `adr`.
        name: What it is called; `SERVICE.NAME` for actions, queries and handlers,
            `Payments.charge` for external APIs and repositories, `Invoice.status` for lifecycles.
        words: Its fields; for a rule its expression, for a lifecycle `draft>sent`, for a policy
            `read:Invoice` or `billing.send`, for a query its rule, for a handler its event and
            `Payments.charge`, for a repository its rule, for a route or a command `billing.send`,
            for a source its file.
        said: What is said of it.
        manner: How.
    """
    project = find_project(manner.folder.resolve())
    console = make_console(soft_wrap=True)
    if manner.undo:
        about, paths = Additions(project).take_back()
        console.print(f"{escape(about)} is taken back: {escape(', '.join(paths))}")
        return DONE
    request = _request(kind, name, words, said)
    changes = plan_addition(project, request)
    if manner.json:
        print(msgspec.json.encode(changes).decode())
    else:
        _show(console, request, changes)
    if not changes or manner.dry_run:
        return DONE
    if not manner.yes:
        confirm(f"Write {len(changes)} files")
    Additions(project).make(request, changes)
    if not manner.json:
        console.print(f"[green]{request.kind} {escape(request.name)} is added[/]", end=" ")
        console.print("[dim]`triptych add --undo` takes it back, `triptych verify` checks it[/]")
    return DONE


def _request(kind: str, name: str, words: tuple[str, ...], said: Said) -> Request:
    kinds = [str(each) for each in Kind]
    if kind not in kinds:
        raise UnknownName("kind of thing to add", kind, kinds)
    if not name:
        raise InvalidInput([Problem("name", "is missing", f"say what the {kind} is called")])
    return Request(
        kind=Kind(kind),
        name=name,
        words=words,
        about=said.about,
        role=said.role,
        sets=said.sets,
        requires=said.requires,
        records=said.records,
        makes=said.makes,
        context=said.context,
        decision=said.decision,
    )


def _show(console: Console, request: Request, changes: list[FileChange]) -> None:
    if not changes:
        console.print(f"{request.kind} {escape(request.name)} is there already, nothing to do")
    show_changes(console, changes)


def show_changes(console: Console, changes: list[FileChange]) -> None:
    """Shows what becomes of which file, and why."""
    for each in changes:
        console.print(f"[bold]{escape(each.path)}[/] [dim]{escape(each.why)}[/]")
        lines = difflib.unified_diff(
            (each.before or "").splitlines(), (each.after or "").splitlines(), n=2, lineterm=""
        )
        shown = "\n".join(line for line in lines if not line.startswith(("---", "+++")))
        if console.is_terminal:
            console.print(Syntax(shown, "diff", background_color="default"))
        else:
            console.print(shown, markup=False)
