"""A server of the library, over each kind of database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.fixtures.library.domain.relationships import Review
from tests.fixtures.library.domain.value_objects import Shelf
from tests.laws.test_repository import CATULLUS, HOUSE, SAPPHO, book, shelve
from triptych.adapters.objects.sql import SqlStore
from triptych.api.application import Application
from triptych.infrastructure.configuration import Settings
from triptych.services.objects import Browser


@pytest.fixture
async def app(sql_store: SqlStore) -> Application:
    """Serves two authors, a house, three books and a review."""
    await shelve(
        sql_store,
        book(1, authors=(CATULLUS.id, SAPPHO.id), home_id=HOUSE.id, shelf=Shelf("A", 1)),
        book(2, pages=20, home_id=HOUSE.id),
        book(3, pages=30),
    )
    review = Review(critic=SAPPHO.id, book=book(1).id, stars=5)
    await sql_store.repository(Review).add(review)
    return Application(Browser(sql_store, 50), Settings(largest_page=50))


@pytest.fixture
async def client(app: Application) -> AsyncIterator[httpx2.AsyncClient]:
    """Speaks to the server without a socket."""
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made
