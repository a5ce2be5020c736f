"""`load`: loads the declared sources, with progress."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from triptych.adapters.objects.sql import SqlStore
from triptych.adapters.sources.declaration import Source
from triptych.cli.screen import make_console
from triptych.cli.wiring import find_package, make_store
from triptych.domain.errors import UnknownName
from triptych.infrastructure.configuration import read_settings
from triptych.infrastructure.optional import needs


def load(package: str, *sources: str, processes: int = 0) -> None:
    """Load the declared sources into the database, all of them or nothing.

    Objects that are there already are changed where they differ, so that it can be repeated.

    Args:
        package: The package that has the `domain`.
        sources: The functions that declare them; all where none is named.
        processes: How many call the row functions of large files; one a core where none is said.
    """
    find_package()
    loading = needs("triptych.services.sources", "files", "to load files")
    settings = read_settings()
    known: tuple[Source, ...] = loading.find_sources(package)
    names = [each.name for each in known]
    for name in sources:
        if name not in names:
            raise UnknownName("source", name, names)
    chosen = [each for each in known if not sources or each.name in sources]

    async def loaded() -> None:
        store = make_store(package, settings)
        await store.open()
        try:
            await load_with_progress(store, chosen, processes)
        finally:
            await store.close()

    asyncio.run(loaded())


async def load_with_progress(
    store: SqlStore, sources: Sequence[Source], processes: int = 0
) -> None:
    """Loads sources and shows how far it has come; one line a source where nobody watches."""
    loading = needs("triptych.services.sources", "files", "to load files")
    console = make_console(stderr=True)
    with _Shown(console) as shown:
        results = await loading.load_sources(store, sources, shown.rows, processes, shown.indexes)
        shown.fill()
    for each in results:
        speed = f"{each.rows / max(each.seconds, 0.001):,.0f} a second"
        console.print(f"{each.type_name:<16} {each.rows:>9,}  from {each.source}, {speed}")


class _Shown(Progress):
    """A bar for each source: of its rows, then of the keys and indexes of its table."""

    def __init__(self, console: Console) -> None:
        super().__init__(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[rows]:,} rows"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task: tuple[str, TaskID] | None = None

    def rows(self, name: str, done: int, total: int) -> None:
        """Shows how many rows are written."""
        self.update(self._of(name), rows=done, completed=done, total=max(done, total))

    def indexes(self, name: str, made: int, count: int) -> None:
        """Shows how many keys and indexes are made."""
        rest = f", {made} of {count} keys and indexes" if made < count else ""
        self.update(self._of(name), description=f"{name}{rest}", completed=made, total=count)

    def _of(self, name: str) -> TaskID:
        """Returns the bar of a source; that of the one before is full."""
        if self._task is None or self._task[0] != name:
            self.fill()
            self._task = name, self.add_task(name, rows=0)
        return self._task[1]

    def fill(self) -> None:
        """Fills the last bar: its source is loaded."""
        if self._task is not None:
            self.update(self._task[1], completed=1, total=1)
