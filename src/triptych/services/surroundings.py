"""The surroundings of an application: what it needs of the machine, and whether it is there."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from triptych.adapters.projects.programs import find_engine, find_program
from triptych.adapters.projects.running import run
from triptych.domain.errors import TriptychError
from triptych.domain.verification import State
from triptych.infrastructure.configuration import Settings
from triptych.services.migrations import Migrations
from triptych.services.stores import open_store

_EXTRAS = {
    "http": "fastapi",
    "identity": "authlib",
    "postgres": "asyncpg",
    "files": "polars",
    "telemetry": "opentelemetry.sdk",
    "redis": "redis",
    "keyring": "keyring",
    "testing": "sybil",
}
_OLDEST_SQLITE, _ROOM = (3, 38), 1 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: What.
        state: `PASSED`, `FAILED` where it is needed, or `SKIPPED` where it is not.
        found: How it is.
        mend: What would help.
    """

    name: str
    state: State
    found: str
    mend: str = ""


async def examine(
    settings: Settings, url: str, package: str | None = None, folder: Path = Path()
) -> list[Finding]:
    """Looks at everything that an application needs of the machine.

    Args:
        settings: What is set.
        url: The address of the database.
        package: The application, if there is one here.
        folder: Where its files are.
    """
    found = [*_python(), *_extras(), *[each async for each in _programs(folder)]]
    found += [_room(folder), _port(settings)]
    if package is not None:
        found.append(await _database(package, url))
    return found


def _python() -> Iterator[Finding]:
    yield Finding("python", State.PASSED, sys.version.split()[0])
    is_new = sqlite3.sqlite_version_info >= _OLDEST_SQLITE
    oldest = ".".join(map(str, _OLDEST_SQLITE))
    state = State.PASSED if is_new else State.FAILED
    yield Finding("sqlite", state, sqlite3.sqlite_version, "" if is_new else f"{oldest} is needed")


def _extras() -> Iterator[Finding]:
    for extra, module in _EXTRAS.items():
        is_there = _is_installed(module)
        state = State.PASSED if is_there else State.SKIPPED
        mend = "" if is_there else f"uv add 'triptych[{extra}]'"
        yield Finding(extra, state, "installed" if is_there else "not installed", mend)


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


async def _programs(folder: Path) -> AsyncIterator[Finding]:
    engine = find_engine() or "docker"
    for name, words, mend in (
        ("uv", ("uv", "--version"), "pip install uv"),
        ("git", ("git", "--version"), "install git"),
        (engine, (engine, "version", "--format", "{{.Client.Version}}"), "start an engine"),
    ):
        if find_program(name) is None:
            yield Finding(name, State.SKIPPED, "not installed", mend)
            continue
        code, said = await run(words, folder)
        first = said.splitlines()[0] if said else ""
        state = State.PASSED if code == 0 else State.SKIPPED
        yield Finding(name, state, first, "" if code == 0 else mend)


def _room(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    is_enough = free >= _ROOM
    state = State.PASSED if is_enough else State.FAILED
    return Finding("disk", state, f"{free / _ROOM:.1f} GiB free", "" if is_enough else "make room")


def _port(settings: Settings) -> Finding:
    with socket.socket() as listening:
        try:
            listening.bind((settings.host, settings.port))
        except OSError as error:
            mend = "say another with --port, or end what listens there"
            return Finding("port", State.SKIPPED, f"{settings.port}: {error.strerror}", mend)
    return Finding("port", State.PASSED, f"{settings.port} is free")


async def _database(package: str, url: str) -> Finding:
    try:
        store = open_store(package, url)
        async with Migrations(store).opened() as migrations:
            steps = (await migrations.plan()).steps
    except TriptychError as error:
        return Finding("database", State.FAILED, str(error).splitlines()[0], "see the message")
    made = {each.table for each in steps if each.about == "make the table"}
    if any(each.table not in made for each in steps):
        mend = "see `db plan`, then `db apply`"
        return Finding("database", State.FAILED, f"{len(steps)} steps behind the code", mend)
    return Finding("database", State.PASSED, f"{store.database.name} is in step, or still empty")
