"""What every test may use."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from coverage import Coverage

from triptych.adapters.database.postgres import PostgresDatabase
from triptych.adapters.database.sqlite import SqliteDatabase
from triptych.adapters.objects.memory import MemoryStore
from triptych.adapters.objects.sql import SqlStore
from triptych.adapters.objects.store import Store
from triptych.domain.ontology import Ontology
from triptych.services.ontology import read_ontology
from triptych.services.stores import find_tables

EXAMPLE = Path(__file__).parent.parent / "examples" / "flights" / "src"
if str(EXAMPLE) not in sys.path:
    sys.path.insert(0, str(EXAMPLE))

type MakeDomain = Callable[[Mapping[str, str]], str]

_numbers = count(1)


@pytest.fixture(scope="module", autouse=True)
def _measured(request: pytest.FixtureRequest) -> Iterator[None]:
    """Takes the modules so marked out of the coverage: measuring doubles what they take."""
    running = Coverage.current()
    if running is None or request.node.get_closest_marker("unmeasured") is None:
        yield
        return
    running.stop()
    yield
    running.start()


@pytest.fixture
def make_domain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeDomain]:
    """Writes a domain package of some modules and returns the name it is imported by."""
    monkeypatch.syspath_prepend(str(tmp_path))
    made: list[str] = []

    def make(modules: Mapping[str, str]) -> str:
        name = f"shop{next(_numbers)}"
        folder = tmp_path / name / "domain"
        folder.mkdir(parents=True)
        (folder.parent / "__init__.py").write_text('"""A shop."""\n')
        (folder / "__init__.py").write_text('"""What a shop knows."""\n')
        for path, text in modules.items():
            (folder / path).write_text(text)
        made.append(name)
        return name

    yield make
    for name in made:
        for module in [each for each in sys.modules if f"{each}.".startswith(f"{name}.")]:
            del sys.modules[module]


def _postgres_url() -> str:
    return os.environ.get("TRIPTYCH_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/test")


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """Gives an empty schema of its own in a real server; without one, CI fails."""
    url, schema = _postgres_url(), f"t{uuid4().hex}"
    try:
        _run_sql(url, f"CREATE SCHEMA {schema}")
    except (OSError, asyncpg.PostgresError) as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no PostgreSQL at {url}: {error}")
    yield f"{url}?search_path={schema}"
    _run_sql(url, f"DROP SCHEMA {schema} CASCADE")


def _run_sql(url: str, sql: str) -> None:
    """Runs a statement in a loop of its own, whether or not one runs here."""

    async def run() -> None:
        connection = await asyncpg.connect(url, timeout=5)
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as threads:
        threads.submit(asyncio.run, run()).result()


@pytest.fixture(scope="session")
def library() -> Ontology:
    """The ontology that holds one of everything."""
    return read_ontology("tests.fixtures.library")


@pytest.fixture(params=["memory", "sqlite", "sqlite file", "postgres"])
async def store(
    request: pytest.FixtureRequest, library: Ontology, tmp_path: Path
) -> AsyncIterator[Store]:
    """Gives an open, empty store of each kind."""
    tables = find_tables("tests.fixtures.library")
    made: Store
    match request.param:
        case "memory":
            made = MemoryStore(library, tables)
        case "sqlite":
            made = SqlStore(library, SqliteDatabase(":memory:"), tables)
        case "sqlite file":
            made = SqlStore(library, SqliteDatabase(tmp_path / "library.db", readers=2), tables)
        case _:
            url = request.getfixturevalue("postgres_url")
            made = SqlStore(library, PostgresDatabase(url, connections=4), tables)
    await made.open()
    yield made
    await made.close()


@pytest.fixture(params=["sqlite", "postgres"])
async def sql_store(
    request: pytest.FixtureRequest, library: Ontology, tmp_path: Path
) -> AsyncIterator[SqlStore]:
    """Gives an open, empty store over each kind of database."""
    tables = find_tables("tests.fixtures.library")
    if request.param == "sqlite":
        made = SqlStore(library, SqliteDatabase(tmp_path / "library.db"), tables)
    else:
        url = request.getfixturevalue("postgres_url")
        made = SqlStore(library, PostgresDatabase(url, connections=4), tables)
    await made.open()
    yield made
    await made.close()
