"""Actions while the surroundings fail: a clear error, and nothing half done."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from flights.domain.entities import Flight
from flights.services.business_logic.operations import Operations
from tests.fixtures.desk import ADA, HOUR, flight, flight_id, open_desk
from triptych.domain.actions import Decision
from triptych.domain.errors import DatabaseUnavailable


class TestDisk:
    async def test_a_full_disk_leaves_nothing_half_done(self, tmp_path: Path) -> None:
        async with open_desk(f"sqlite:///{tmp_path}/desk.db") as desk:
            database, calls = desk.store.database, desk.caller(ADA)
            ((pages,),) = await database.returning("PRAGMA page_count")
            await database.returning(f"PRAGMA max_page_count = {pages + 2}")
            done = 0
            with pytest.raises(DatabaseUnavailable, match="make room on the disk"):
                for _ in range(2_000):
                    await calls.run(Operations.postpone, flight(1), HOUR, "fog" * 200)
                    done += 1
            assert done
            assert (await desk.store.repository(Flight).get(flight_id(1))).delay == done * HOUR
            entries = await desk.store.ledger.latest(database, 5_000, actor="ada")
            assert sum(each.decision is Decision.DONE for each in entries) == done
            ((events,),) = await database.fetch("SELECT count(*) FROM triptych_events")
            assert events == done
            await database.returning("PRAGMA max_page_count = 1000000")
            await calls.run(Operations.postpone, flight(1), HOUR, "fog")
            await desk.store.chain.bind(database)
            assert (await desk.store.chain.verify(database)).is_sound


class TestDatabase:
    async def test_a_server_that_hangs_up_in_the_middle_leaves_nothing_half_done(
        self, postgres_url: str
    ) -> None:
        async with open_desk(postgres_url) as desk:
            calls = desk.caller(ADA)

            async def reaper() -> None:
                schema = postgres_url.rpartition("=")[2]
                settings = {"search_path": schema}
                connection = await asyncpg.connect(postgres_url, server_settings=settings)
                for _ in range(40):
                    await asyncio.sleep(0.005)
                    await connection.execute(
                        "SELECT pg_terminate_backend(l.pid) FROM pg_locks l "
                        "WHERE l.relation = 'triptych_entries'::regclass"
                    )
                await connection.close()

            async def client() -> tuple[int, int]:
                done = lost = 0
                for _ in range(25):
                    try:
                        await calls.run(Operations.postpone, flight(1), HOUR, "fog")
                        done += 1
                    except DatabaseUnavailable:
                        lost += 1
                return done, lost

            reaping = asyncio.create_task(reaper())
            made = await asyncio.gather(*(client() for _ in range(4)))
            await reaping
            done, lost = (sum(each[n] for each in made) for n in (0, 1))
            found = await desk.store.repository(Flight).get(flight_id(1))
            entries = await desk.store.ledger.latest(desk.store.database, 500, actor="ada")
            written = sum(each.decision is Decision.DONE for each in entries)
            assert found.delay == written * HOUR
            # A commit whose answer was lost may have been made; a key tells, and one was not given.
            assert done <= written <= done + lost


class TestClock:
    async def test_a_clock_that_goes_backwards_loses_nothing(self, tmp_path: Path) -> None:
        async with open_desk(f"sqlite:///{tmp_path}/desk.db") as desk:
            times = iter(range(100))
            desk.store.ticker._now = lambda: datetime.now(UTC) - timedelta(hours=next(times))
            desk.store.ticker._last = 0
            for _ in range(10):
                await desk.caller(ADA).run(Operations.postpone, flight(1), HOUR, "fog")
                desk.store.ticker._last = 0
            found = await desk.store.repository(Flight).get(flight_id(1))
            assert found.delay == 10 * HOUR
            await desk.store.chain.bind(desk.store.database)
            assert (await desk.store.chain.verify(desk.store.database)).bound == 11
