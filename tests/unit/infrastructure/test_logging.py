"""A log line is one line, whatever somebody sends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest

from triptych.infrastructure.logging import RequestLog, configure_logging

FORGED = "/api/x\n2026-11-25 [error] all is lost\r\x1b[31m\x00"


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    yield
    configure_logging("info", is_json=False)


@pytest.mark.parametrize("is_json", [False, True])
async def test_nothing_that_is_sent_begins_another_line(
    capfdbinary: pytest.CaptureFixture[bytes], is_json: bool
) -> None:
    configure_logging("info", is_json=is_json)
    RequestLog().write(method="GET", path=FORGED, status=404)
    await asyncio.sleep(0)
    written = capfdbinary.readouterr().err
    assert written.count(b"\n") == 1
    assert b"\x1b[31m\x00" not in written
    if is_json:
        assert json.loads(written)["path"] == FORGED
