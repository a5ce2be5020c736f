"""A process that serves, and one beside it that delivers."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from pathlib import Path

from flights.services.business_logic.operations import Operations
from tests.conftest import EXAMPLE
from tests.e2e.test_server import PROGRAM
from tests.fixtures.desk import ADA, HOUR, fill, flight
from triptych import open_backend
from triptych.services.events import Relay


def test_a_relay_delivers_what_others_do(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/desk.db"

    async def act() -> None:
        async with open_backend("flights", url) as backend:
            await fill(backend)
            for n in range(3):
                await backend.caller(ADA).run(Operations.postpone, flight(n), HOUR, f"r{n}")

    async def counts() -> dict[str, int]:
        async with open_backend("flights", url) as backend:
            return await Relay(backend).deliveries.counts(backend.store.database)

    asyncio.run(act())
    log = tmp_path / "relay.log"
    with log.open("w") as written:
        process = subprocess.Popen(
            [str(PROGRAM), "relay", "flights"],
            env={
                **os.environ,
                "PYTHONPATH": str(EXAMPLE),
                "TRIPTYCH_DATABASE": url,
                "TRIPTYCH_LOG_FORMAT": "json",
            },
            stdout=written,
            stderr=written,
        )
    try:
        for _ in range(200):
            if log.read_text().count('"notice"') == 3:
                break
            time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0, log.read_text()
    assert log.read_text().count('"notice"') == 3
    assert asyncio.run(counts()) == {"waiting": 0, "dead": 0}
