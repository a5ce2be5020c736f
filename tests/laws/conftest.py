"""Stores of the ledger, which has one of everything that rules are about."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fixtures.desk import open_desk
from triptych import Backend
from triptych.adapters.database.postgres import PostgresDatabase
from triptych.adapters.database.sqlite import SqliteDatabase
from triptych.adapters.objects.memory import MemoryStore
from triptych.adapters.objects.sql import SqlStore
from triptych.services.ontology import read_ontology

type Store = MemoryStore | SqlStore


@pytest.fixture
async def stores(postgres_url: str) -> AsyncIterator[list[Store]]:
    ontology = read_ontology("tests.fixtures.ledger")
    made: list[Store] = [
        MemoryStore(ontology),
        SqlStore(ontology, SqliteDatabase(":memory:")),
        SqlStore(ontology, PostgresDatabase(postgres_url)),
    ]
    for each in made:
        await each.open()
    yield made
    for each in made:
        await each.close()


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Gives the address of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/desk.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def desk(url: str) -> AsyncIterator[Backend]:
    """Gives the example's operations desk, with a little traffic."""
    async with open_desk(url) as backend:
        yield backend
