"""`new`: a whole project, to begin with."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.prompt import Prompt

from triptych.adapters.projects.running import run
from triptych.cli.options import Flag
from triptych.cli.screen import make_console
from triptych.domain.drafts import Draft, Role
from triptych.domain.ontology import collection_name
from triptych.domain.projects import Choices, Ci, Engine, ProjectName
from triptych.services.projects import Made, Origin, new_project

_MOST_TOLD = 8


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Chosen:
    """What is chosen.

    Attributes:
        licence: By its SPDX identifier, such as `Apache-2.0`; all rights are reserved otherwise.
        ci: Where it is checked, documented and released.
        database: Which database it uses when nothing else is said.
        ask: Ask for each of these.
        lock: Write `uv.lock`, which needs uv and an index of packages.
    """

    licence: str = ""
    ci: Ci = Ci.GITHUB
    database: Engine = Engine.SQLITE
    ask: Flag = False
    lock: Flag = False

    def choices(self, console: Console) -> Choices:
        """Makes what is chosen, asked for where that is wanted."""
        if not self.ask:
            return Choices(licence=self.licence, ci=self.ci, database=self.database)
        licence = Prompt.ask("Licence, by its SPDX identifier", default="none", console=console)
        ci = Prompt.ask("Checked on", choices=list(Ci), default=self.ci, console=console)
        engine = Prompt.ask(
            "Database", choices=list(Engine), default=self.database, console=console
        )
        plain = "" if licence == "none" else licence
        return Choices(licence=plain, ci=Ci(ci), database=Engine(engine))


_USUAL = Chosen()


def new(
    name: str,
    *,
    folder: Path = Path(),
    from_: Annotated[tuple[str, ...], Parameter(name="--from", negative=())] = (),
    data: bool = True,
    chosen: Chosen = _USUAL,
) -> None:
    """Make a project of three layers: code, tests, documents, container, checks.

    It begins with a small domain that works, people and tasks, to be changed into yours; or
    with one that is drafted from what you have.

    Args:
        name: What it is called, such as `job-board`.
        folder: Where its own folder is made.
        from_: What its domain is drafted from: the address of a database; files or folders of
            CSV, JSON, JSON lines or Parquet; an OpenAPI or JSON Schema document; a Python
            package of dataclasses, by its path or its name. Any number of files.
        data: Bring the rows of a database along.
        chosen: What else is chosen.
    """
    made_name, console = ProjectName(name), make_console(soft_wrap=True)
    choices = chosen.choices(console)
    if from_:
        made = _drafted(made_name, folder, Origin(from_, data), choices)
    else:
        made = new_project(made_name, folder, choices=choices)
    console.print(f"[bold]{escape(str(made.folder))}[/] has {made.count} files\n")
    if made.draft is not None:
        _tell(made.draft, console)
    if chosen.lock:
        _lock(made.folder, console)
    for words, about in (
        (f"cd {made.folder}", ""),
        ("uv run pytest", "the tests"),
        (f"uv run {made_name.project} serve", "HTTP and its page"),
        ("less AGENTS.md", "how to change it"),
    ):
        console.print(f"  {escape(words):<32} [dim]{about}[/]")


def _drafted(name: ProjectName, folder: Path, origin: Origin, choices: Choices) -> Made:
    """Makes a project and shows meanwhile how many rows were read."""
    columns = (SpinnerColumn(), TextColumn("{task.description} {task.completed:,}"))
    with Progress(*columns, console=make_console(stderr=True), transient=True) as shown:
        lines = {}

        def progress(table: str, rows: int) -> None:
            if table not in lines:
                lines[table] = shown.add_task(escape(table), total=None)
            shown.update(lines[table], completed=rows)

        return new_project(name, folder, replace(origin, progress=progress), choices)


def _lock(folder: Path, console: Console) -> None:
    """Locks what a project needs; where that cannot be, the project is whole without."""
    try:
        code, said = asyncio.run(run(("uv", "lock", "--quiet"), folder))
    except FileNotFoundError:
        code, said = 1, "uv is not installed"
    if code:
        console.print(f"[yellow]uv.lock is not written[/]: {escape(said.partition('\n')[0])}\n")


def _tell(draft: Draft, console: Console) -> None:
    """Shows what was found, and the first of what is doubtful."""
    counts = Counter(each.role for each in draft.classes)
    found = ", ".join(
        f"{counts[role]} {_several(role, counts[role])}" for role in Role if counts[role]
    )
    console.print(f"It was drafted: {found}.")
    if not draft.doubts:
        console.print()
        return
    console.print(f"[yellow]{len(draft.doubts)} doubts[/] are in docs/doubts.md, such as:")
    for each in draft.doubts[:_MOST_TOLD]:
        console.print(f"  [bold]{escape(each.where)}[/] {escape(each.found)}")
    console.print()


def _several(role: Role, count: int) -> str:
    return str(role) if count == 1 else collection_name(role.title()).replace("_", " ")
