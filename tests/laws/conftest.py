"""Stores of the ledger, which has one of everything that rules are about."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

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
