"""What is looked at of the machine, and what is said where it is not as it must be."""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from triptych.cli.main import TRIPTYCH
from triptych.domain.verification import State
from triptych.infrastructure.configuration import Settings
from triptych.services import surroundings
from triptych.services.surroundings import Finding, examine


async def found(url: str = "", package: str | None = None, **said: object) -> dict[str, Finding]:
    settings = Settings(**said)  # type: ignore[arg-type]  # names of settings
    return {each.name: each for each in await examine(settings, url, package)}


async def test_this_machine_has_what_is_needed() -> None:
    looked = await found()
    assert looked["python"].state is State.PASSED
    assert looked["sqlite"].found == sqlite3.sqlite_version
    assert looked["postgres"].found == "installed"
    assert "database" not in looked


async def test_what_is_not_there_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 37, 0))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1))
    monkeypatch.setattr(surroundings, "_EXTRAS", {"http": "no_such_module", "x": "no_such.part"})
    monkeypatch.setattr(
        surroundings, "find_program", lambda name: "true" if name == "git" else None
    )
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        looked = await found(host="127.0.0.1", port=taken.getsockname()[1])
    assert looked["sqlite"].mend == "3.38 is needed"
    assert looked["disk"].mend == "make room"
    assert looked["http"].mend == "uv add 'triptych[http]'"
    assert looked["x"].state is looked["uv"].state is State.SKIPPED
    assert "say another with --port" in looked["port"].mend


async def test_a_program_that_fails_is_not_counted_on(monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(words: tuple[str, ...], folder: Path) -> tuple[int, str]:
        return (1, "no daemon") if words[0] == "docker" else (0, "")

    monkeypatch.setattr(surroundings, "run", failing)
    monkeypatch.setattr(surroundings, "find_program", lambda name: name)
    monkeypatch.setattr(surroundings, "find_engine", lambda: "docker")
    looked = await found()
    assert (looked["docker"].found, looked["docker"].mend) == ("no daemon", "start an engine")
    assert looked["uv"].state is State.PASSED


async def test_the_database_is_held_against_the_code(tmp_path: Path, postgres_url: str) -> None:
    assert (await found(postgres_url, "flights"))["database"].state is State.PASSED
    url = f"sqlite:///{tmp_path}/x.db"
    assert (await found(url, "flights"))["database"].state is State.PASSED
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection, connection:
        connection.execute("CREATE TABLE carriers (id TEXT)")
    behind = (await found(url, "flights"))["database"]
    assert behind.mend == "see `db plan`, then `db apply`"
    assert (await found("mysql://x", "flights"))["database"].state is State.FAILED


def test_the_terminal_tells_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIPTYCH_PORT", "0")
    assert TRIPTYCH.run(["doctor"]) == 0
    assert "python" in capsys.readouterr().out
    assert TRIPTYCH.run(["new", "zoo"]) == 0
    capsys.readouterr()
    monkeypatch.chdir(tmp_path / "zoo")
    assert TRIPTYCH.run(["doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[-1]["name"] == "database"
