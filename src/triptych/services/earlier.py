"""What brings a database from the code of an earlier commit to that of now."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from triptych.adapters.projects.running import run
from triptych.domain.errors import InvalidInput, Problem
from triptych.services.migrations import MigrationPlan, Migrations
from triptych.services.stores import open_store

_MAKE = """
import asyncio, sys
from triptych import open_store

async def make():
    store = open_store(sys.argv[1], sys.argv[2])
    await store.open()
    await store.close()

asyncio.run(make())
"""


async def plan_since(package: str, commit: str, folder: Path) -> MigrationPlan:
    """Plans from the code of a commit to that of now, for an empty SQLite database.

    The earlier code is checked out beside, and run there to make its tables.

    Args:
        package: The application.
        commit: Any name of a commit that git knows.
        folder: Where the project is.

    Raises:
        InvalidInput: There is no such commit, or its code cannot make its tables.
    """
    with TemporaryDirectory(prefix="triptych-") as made:
        url = f"sqlite:///{made}/earlier.db"
        async with _checked_out(commit, folder, Path(made) / "tree") as project:
            await _said(("python", "-c", _MAKE, package, url), project, commit)
        async with Migrations(open_store(package, url)).opened() as migrations:
            return await migrations.plan()


@asynccontextmanager
async def _checked_out(commit: str, folder: Path, tree: Path) -> AsyncIterator[Path]:
    """Checks a commit out for the length of a block, and gives the project's folder in it."""
    prefix = await _said(("git", "rev-parse", "--show-prefix"), folder, commit)
    words = ("git", "worktree", "add", "--detach", str(tree), f"{commit}^{{commit}}")
    await _said(words, folder, commit)
    try:
        yield tree / prefix
    finally:
        await _said(("git", "worktree", "remove", "--force", str(tree)), folder, commit)


async def _said(words: tuple[str, ...], folder: Path, commit: str) -> str:
    """Runs a program and returns what it said.

    Raises:
        InvalidInput: It failed.
    """
    code, said = await run(words, folder)
    if code:
        found = said.splitlines()[-1] if said else f"{words[0]} failed"
        raise InvalidInput([Problem(f"--since {commit}", found, "name a commit of this project")])
    return said
