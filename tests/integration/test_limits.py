"""Limits that several processes share: counted in a real Redis."""

from __future__ import annotations

import os
import socket
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from triptych import Actor
from triptych.api.limits import Limiter
from triptych.domain.errors import TooMany
from triptych.infrastructure.configuration import Settings

GONE = "redis://127.0.0.1:1/0"


@pytest.fixture
def redis_url() -> str:
    """Gives the address of a real server; without one, CI fails."""
    url = os.environ.get("TRIPTYCH_TEST_REDIS", "redis://127.0.0.1:6379/9")
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname, parts.port or 6379), timeout=5).close()
    except OSError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no Redis at {url}: {error}")
    return url


async def test_several_processes_count_together(redis_url: str) -> None:
    ada = Actor(f"ada {uuid4()}")
    said = Settings(rate_limit="2/minute", limits_storage=redis_url)
    one, other = Limiter(said), Limiter(said)
    await one.check(ada, "x")
    await other.check(ada, "x")
    for each in (one, other):
        with pytest.raises(TooMany) as raised:
            await each.check(ada, "x")
        assert 0 < raised.value.wait <= 60
    await one.check(Actor(f"eve {uuid4()}"), "x")
    for each in (one, other, one):
        await each.close()


async def test_nobody_is_held_up_while_it_is_gone() -> None:
    limiter = Limiter(Settings(rate_limit="1/minute", limits_storage=GONE))
    for _ in range(3):
        await limiter.check(Actor("ada"), "x")
    await limiter.close()
