"""A log line is one line, whatever somebody sends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest

from triptych.infrastructure.logging import RequestLog, configure_logging, get_logger

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


@pytest.mark.parametrize(
    ("is_terminal", "said", "is_coloured"),
    [
        (True, "", True),
        (True, "1", False),
        (False, "", False),
    ],
)
def test_colours_are_for_terminals(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    is_terminal: bool,
    said: str,
    is_coloured: bool,
) -> None:
    monkeypatch.setenv("NO_COLOR", said)
    monkeypatch.setattr("sys.stderr.isatty", lambda: is_terminal)
    configure_logging("info", is_json=False)
    get_logger("triptych.test").info("hello")
    assert ("\x1b[" in capsys.readouterr().err) == is_coloured
