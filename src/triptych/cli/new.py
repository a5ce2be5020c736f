"""`new`: a whole project, to begin with."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape

from triptych.domain.projects import ProjectName
from triptych.services.projects import new_project


def new(name: str, *, folder: Path = Path()) -> None:
    """Make a project of three layers: code, tests, documents, container, checks.

    It begins with a small domain that works, people and tasks, to be changed into yours.

    Args:
        name: What it is called, such as `job-board`.
        folder: Where its own folder is made.
    """
    made = ProjectName(name)
    at, count = new_project(made, folder)
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[bold]{escape(str(at))}[/] has {count} files\n")
    for words, about in (
        (f"cd {at}", ""),
        ("uv run pytest", "the tests"),
        (f"uv run {made.project} serve", "HTTP and its page"),
        ("less AGENTS.md", "how to change it"),
    ):
        console.print(f"  {escape(words):<32} [dim]{about}[/]")
