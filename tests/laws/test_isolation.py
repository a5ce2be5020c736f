"""What one transaction sees of another."""

from __future__ import annotations

import pytest

from tests.fixtures.library.domain.entities import Branch
from tests.laws.test_repository import HOUSE
from triptych.adapters.objects.sql import SqlStore
from triptych.domain.errors import ObjectMissing


class TestIsolation:
    async def test_others_see_nothing_until_it_commits(self, sql_store: SqlStore) -> None:
        async with sql_store.transaction() as transaction:
            await transaction.repository(Branch).add(HOUSE)
            with pytest.raises(ObjectMissing):
                await sql_store.repository(Branch).get(HOUSE.id)
        assert await sql_store.repository(Branch).get(HOUSE.id) == HOUSE

    async def test_two_that_follow_each_other_see_each_other(self, sql_store: SqlStore) -> None:
        async with sql_store.transaction() as first:
            await first.repository(Branch).add(HOUSE)
        async with sql_store.transaction() as second:
            assert await second.repository(Branch).count() == 1
