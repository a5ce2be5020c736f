"""A server that is killed under load, and started again: nothing lost, nothing done twice."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import time
from collections import Counter
from pathlib import Path

import httpx2
import pytest

from flights.domain.entities import Flight
from tests.conftest import EXAMPLE
from tests.e2e.test_server import PROGRAM
from tests.fixtures.desk import flight_id, open_desk
from triptych import open_backend
from triptych.domain.actions import Decision
from triptych.services.events import Relay

pytestmark = pytest.mark.unmeasured

ACTIONS, CLIENTS, KILLS, FLIGHTS = 400, 8, 4, 4


def workers_of(process: int) -> list[int]:
    """Lists the processes that answer for a server of several."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [each for each in map(int, children) if b"spawn_main" in _words_of(each)]


def _words_of(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


class Server:
    """A server that is killed and started again on the same address; or one of its workers is."""

    def __init__(self, url: str, folder: Path, workers: int) -> None:
        self._workers = workers
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._words = [f"--port={self.port}", f"--workers={workers}"]
        self.log = folder / "server.log"
        self.base = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(EXAMPLE),
            "TRIPTYCH_DATABASE": url,
            "TRIPTYCH_ACTOR": "ada:dispatcher",
            "TRIPTYCH_LOG_FORMAT": "json",
            # So that what a killed process had is taken again after seconds, not a minute.
            "TRIPTYCH_HANDLER_SECONDS": "3",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [str(PROGRAM), "serve", "flights", *self._words],
                cwd=self._folder,
                env=self._environment,
                stderr=log,
                stdout=log,
            )
        for _ in range(400):
            time.sleep(0.05)
            try:
                httpx2.get(f"{self.base}/health/ready", timeout=1)
            except httpx2.HTTPError:
                continue
            return
        raise AssertionError(self.log.read_text()[-2_000:])

    def kill(self) -> None:
        """Ends it as a power cut would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def kill_worker(self) -> None:
        """Ends one of several as a power cut would, and waits until another is in its place."""
        assert self.process is not None
        before = workers_of(self.process.pid)
        os.kill(before[0], signal.SIGKILL)
        for _ in range(400):
            time.sleep(0.05)
            now = workers_of(self.process.pid)
            if before[0] not in now and len(now) == self._workers:
                return
        raise AssertionError(self.log.read_text()[-2_000:])

    def kill_some(self) -> None:
        """Ends the one that answers, or one of several; afterwards as many answer as before."""
        if self._workers > 1:
            self.kill_worker()
        else:
            self.kill()
            self.start()


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Gives the address of a database with an operations desk."""
    made = f"sqlite:///{tmp_path}/desk.db"
    if request.param == "postgres":
        made = request.getfixturevalue("postgres_url")

    async def fill() -> None:
        async with open_desk(made):
            pass

    asyncio.run(fill())
    return made


async def call(server: Server, client: httpx2.AsyncClient, number: int) -> None:
    """Makes one call until it is answered, always with the same key."""
    body = {"flight": str(flight_id(number % FLIGHTS)), "by": "PT1M", "reason": f"r{number}"}
    while True:
        try:
            answer = await client.post(
                f"{server.base}/api/operations/postpone",
                json=body,
                headers={"idempotency-key": f"k{number}"},
            )
        except httpx2.HTTPError:
            await asyncio.sleep(0.05)
            continue
        if answer.status_code in (409, 503):
            await asyncio.sleep(0.01)
            continue
        assert answer.status_code == 200, answer.text
        return


async def load(server: Server) -> None:
    """Makes all calls, by several clients, while the server is killed again and again."""
    left = iter(range(ACTIONS))
    done = asyncio.Semaphore(0)

    async def client() -> None:
        async with httpx2.AsyncClient(timeout=10) as made:
            for number in left:
                await call(server, made, number)
                done.release()

    async def reaper() -> None:
        for _ in range(KILLS):
            for _ in range(ACTIONS // (KILLS + 1)):
                await done.acquire()
            await asyncio.to_thread(server.kill_some)

    await asyncio.gather(reaper(), *(client() for _ in range(CLIENTS)))


async def check(url: str, server: Server) -> None:
    """Checks that nothing is lost, and nothing was done twice."""
    async with open_backend("flights", url) as backend:
        store, relay = backend.store, Relay(backend)
        for number in range(FLIGHTS):
            found = await store.repository(Flight).get(flight_id(number))
            assert found.delay.total_seconds() == ACTIONS // FLIGHTS * 60
        entries = await store.ledger.latest(
            store.database, 2 * ACTIONS, action="operations.postpone"
        )
        done = [each for each in entries if each.decision is Decision.DONE]
        assert Counter(each.parameters["reason"] for each in done) == Counter(
            f"r{number}" for number in range(ACTIONS)
        )
        ((events,),) = await store.database.fetch("SELECT count(*) FROM triptych_events")
        assert events == ACTIONS
        await store.chain.bind(store.database)
        assert (await store.chain.verify(store.database)).is_sound
        waiting = await relay.deliveries.counts(store.database)
        assert waiting == {"waiting": 0, "dead": 0}
    texts = set()
    for line in server.log.read_text().splitlines():
        if '"notice"' in line:
            texts.add(json.loads(line)["text"].rpartition(" ")[2])
    assert texts == {f"r{number}" for number in range(ACTIONS)}


@pytest.mark.parametrize(
    ("url", "workers"),
    [("sqlite", 1), ("postgres", 1), ("sqlite", 2)],
    indirect=["url"],
    ids=["sqlite", "postgres", "one of two on sqlite"],
)
def test_a_server_is_killed_under_load(url: str, tmp_path: Path, workers: int) -> None:
    server = Server(url, tmp_path, workers)
    server.start()
    try:
        asyncio.run(load(server))
        for _ in range(900):
            metrics = httpx2.get(f"{server.base}/metrics").text
            if 'triptych_deliveries{state="waiting"} 0.0' in metrics:
                break
            time.sleep(0.1)
    finally:
        server.kill()
    asyncio.run(check(url, server))
