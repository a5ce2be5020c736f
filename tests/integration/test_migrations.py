"""A whole application becomes another: value objects, words, links, keys, and a real kill."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from triptych.cli.main import application
from triptych.domain.errors import MigrationRefused
from triptych.services.migrations import Migrations
from triptych.services.stores import open_store

_HEAD = '''"""What a shop knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from datetime import date
from enum import StrEnum
from typing import NewType
from uuid import UUID, uuid4

'''
_FIRST = {
    "value_objects": '''
PersonId = NewType("PersonId", str)
TeamId = NewType("TeamId", str)
OrderId = NewType("OrderId", int)


@dataclass(frozen=True)
class Address:
    """Where somebody lives."""

    street: str
    zip: str | None


@dataclass(frozen=True)
class Line:
    """Something that is ordered."""

    text: str
    count: int
''',
    "entities": '''
@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody."""

    id: PersonId
    name: str
    nick: str
    home: Address | None = None


@dataclass(frozen=True, kw_only=True)
class Team:
    """Several."""

    id: TeamId


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is wanted."""

    id: OrderId
    buyer: PersonId
    kind: str
    lines: tuple[Line, ...] = ()
''',
    "tables": 'PEOPLE = Table(Person, search=["name"])\n',
}
_SECOND = {
    "value_objects": _FIRST["value_objects"]
    .replace("    zip: str | None\n", '    zip: str | None\n    country: str = "DE"\n')
    .replace("    count: int\n", "    count: int\n    price: Decimal\n")
    + '''

class Kind(StrEnum):
    """What kind of order."""

    PLAIN = "plain"
    FAST = "fast"
''',
    "entities": _FIRST["entities"]
    .replace(
        "    home: Address | None = None\n",
        "    home: Address | None = None\n    work: Address | None = None\n"
        '    office: Address = Address("Main", None)\n    tags: frozenset[str] = frozenset()\n'
        "    marks: tuple[int, ...]\n    token: UUID = field(default_factory=uuid4)\n"
        "    lead: TeamId | None = None\n",
    )
    .replace("kind: str", "kind: Kind"),
    "tables": """
def lines(row):
    return tuple(Line(**each, price=Decimal(1)) for each in row["lines"])


PEOPLE = Table(Person, search=["name", "nick"], unique=[["nick"]])
ORDERS = Table(Order, backfill={"lines": lines, "kind": {"quick": Kind.FAST}})
""",
}


def _write(folder: Path, package: str, parts: dict[str, str]) -> None:
    where = folder / package
    for part in ("domain", "adapters/database"):
        (where / part).mkdir(parents=True)
    for part in ("", "domain", "adapters"):
        (where / part / "__init__.py").write_text('"""A shop."""\n')
    values = f"from {package}.domain.value_objects import *\n"
    (where / "domain/value_objects.py").write_text(_HEAD + parts["value_objects"])
    (where / "domain/entities.py").write_text(_HEAD + values + parts["entities"])
    (where / "adapters/database/__init__.py").write_text(
        f"{_HEAD}{values}from {package}.domain.entities import *\nfrom triptych import Table\n\n"
        f"{parts['tables']}"
    )


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Writes an application as it was, `shop_then`, and as it is, `shop_now`."""
    for package, parts in (("shop_then", _FIRST), ("shop_now", _SECOND)):
        _write(tmp_path, package, parts)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for name in [each for each in sys.modules if each.startswith(("shop_then", "shop_now"))]:
        del sys.modules[name]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/shop.db"
    return str(request.getfixturevalue("postgres_url"))


async def _filled(url: str, people: int = 3, nick: str = "n{}") -> None:
    import shop_then.domain.entities as then  # type: ignore[import-not-found]  # written by the test

    store = open_store("shop_then", url)
    await store.open()
    try:
        async with store.transaction() as writing:
            for number in range(people):
                home = then.Address(f"Street {number}", None) if number % 2 else None
                await writing.repository(then.Person).add(
                    then.Person(
                        id=f"p{number}", name=f"Ann {number}", nick=nick.format(number), home=home
                    )
                )
            lines = (then.Line("Tea", 2), then.Line("Cake", 1))
            for number, kind in enumerate(("plain", "quick")):
                await writing.repository(then.Order).add(
                    then.Order(id=number, buyer="p0", kind=kind, lines=lines)
                )
    finally:
        await store.close()


async def test_everything_becomes_what_it_is_to_be(shop: Path, url: str) -> None:
    await _filled(url)
    async with Migrations(open_store("shop_now", url)).opened() as migrations:
        await migrations.apply("tests")
        assert (await migrations.plan()).steps == ()
    store = open_store("shop_now", url)
    await store.open()
    try:
        import shop_now.domain.entities as now  # type: ignore[import-not-found]  # written by the test

        first, second, third = [e async for e in store.repository(now.Person).stream(order="id")]
        assert first.home is third.home is first.work is None
        assert second.home == now.Address("Street 1", None, "DE")
        assert first.office == now.Address("Main", None, "DE")
        assert (first.tags, first.marks) == (frozenset(), ())
        assert len({first.token, second.token, third.token}) == 3
        orders = [each async for each in store.repository(now.Order).stream(order="id")]
        assert [each.kind for each in orders] == [now.Kind.PLAIN, now.Kind.FAST]
        assert orders[0].lines[0] == now.Line("Tea", 2, now.Decimal(1))
        found = await store.repository(now.Person).find(search="n2")
        assert [each.id for each in found] == ["p2"]
    finally:
        await store.close()


async def test_what_could_not_be_kept_is_told(shop: Path, url: str) -> None:
    await _filled(url, nick="same")
    tables = shop / "shop_now/adapters/database/__init__.py"
    text = tables.read_text().replace('{"quick": Kind.FAST}', '{"slow": Kind.FAST}')
    tables.write_text(text)
    entities = shop / "shop_now/domain/entities.py"
    entities.write_text(entities.read_text().replace("buyer: PersonId", "buyer: TeamId"))
    async with Migrations(open_store("shop_now", url)).opened() as migrations:
        told = [str(each) for each in (await migrations.plan()).breakages]
        with pytest.raises(MigrationRefused):
            await migrations.apply("tests")
    assert told == [
        "persons: several have the same nick in 3 rows (same); make them differ first",
        (
            "orders: kind does not keep to kind IN ('plain', 'fast') in 1 row (quick); "
            "say backfill={'kind': {old: new}} in its Table"
        ),
        "orders: buyer is no teams in 2 rows (p0); add it there first",
    ]


async def test_ids_and_links_of_another_kind_stay_together(shop: Path, url: str) -> None:
    await _filled(url)
    values = shop / "shop_now/domain/value_objects.py"
    ids = 'OrderId = NewType("OrderId", str)'
    values.write_text(values.read_text().replace('OrderId = NewType("OrderId", int)', ids))
    # What holds the link is declared before what it leads to.
    note = '@dataclass(frozen=True, kw_only=True)\nclass Note:\n    """N."""\n\n    id: TeamId2\n'
    for package in ("shop_then", "shop_now"):
        path = shop / package / "domain/entities.py"
        first, mark, rest = path.read_text().partition("@dataclass")
        path.write_text(f"{first}{note}    order: OrderId\n\n\n{mark}{rest}")
        path = shop / package / "domain/value_objects.py"
        path.write_text(f'{path.read_text()}\nTeamId2 = NewType("TeamId2", int)\n')
    for name in [each for each in sys.modules if each.startswith("shop_then")]:
        del sys.modules[name]
    async with Migrations(open_store("shop_then", url)).opened() as migrations:
        await migrations.apply("tests")
        text = 'INSERT INTO notes (_version, _entry, id, "order") VALUES (1, 1, 7, 1)'
        await migrations.database.execute(text)
    async with Migrations(open_store("shop_now", url)).opened() as migrations:
        await migrations.apply("tests")
        assert (await migrations.plan()).steps == ()
        rows = await migrations.database.fetch('SELECT "order" FROM notes')
        assert [each[0] for each in rows] == ["1"]


def test_the_terminal_shows_does_keeps_and_brings_back(
    shop: Path, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(_filled(url))
    monkeypatch.setenv("TRIPTYCH_DATABASE", url)
    program = application("shop_now")

    def said(*words: str, code: int = 0) -> str:
        assert program.run(["db", *words]) == code
        return capsys.readouterr().out

    assert "add token, filled with the default, made for each row" in said()
    plan = json.loads(said("plan", "--json"))
    assert {"persons", "orders"} <= {each["table"] for each in plan["steps"]}
    assert "for what rows once were; --all shows them" in said("check", code=1)
    assert "__history" in said("plan", "--all")
    assert "nothing was changed here" in said("apply", "--dry-run")
    assert json.loads(said("apply", "--dry-run", "--json"))["objects"] == 5
    assert "ALTER TABLE" in said("sql")
    assert "the database is in step" in said("apply")
    assert said("check").strip() == "the database is in step with the code"
    assert json.loads(said("apply", "--json")) == []
    assert "add token" in said("history")
    assert json.loads(said("history", "--json"))[-1]["steps"] == ["make all tables"]
    assert "are the same in both" in said("backup", "kept.db")
    assert json.loads(said("copy", "sqlite:///other.db", "--json"))
    monkeypatch.setenv("TRIPTYCH_DATABASE", "sqlite:///again.db")
    assert "are the same in both" in said("restore", "kept.db")
    assert said("check").strip() == "the database is in step with the code"
    assert program.run(["list", "person", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["items"]) == 3


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["burn"], "there is no thing to do with a database 'burn'"),
        (["backup"], "name the file, or the address"),
        (["backup", "shop_now"], "is there already; choose another name"),
        (["restore", "no.db"], "no.db: is not there"),
    ],
)
def test_what_cannot_be_done_is_told(
    shop: Path, words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert application("shop_now").run(["db", *words]) == 2
    assert told in capsys.readouterr().err


def test_what_is_lost_is_asked_for_first(
    shop: Path, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(_filled(url))
    monkeypatch.setenv("TRIPTYCH_DATABASE", url)
    entities = shop / "shop_now/domain/entities.py"
    entities.write_text(entities.read_text().replace("    name: str\n", ""))
    tables = shop / "shop_now/adapters/database/__init__.py"
    tables.write_text(tables.read_text().replace('["name", "nick"]', '["nick"]'))
    program = application("shop_now")
    assert program.run(["db", "apply"]) == 4
    assert "persons: drop name, 3 rows" in capsys.readouterr().err
    assert program.run(["db", "apply", "--destructive"]) == 2
    assert "--yes" in capsys.readouterr().err
    assert program.run(["db", "apply", "--destructive", "--yes"]) == 0
    assert program.run(["db", "check"]) == 0


def test_a_plan_may_be_made_from_an_earlier_commit(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = shop / "repository/backend"
    (project / "src").mkdir(parents=True)
    monkeypatch.chdir(project)
    monkeypatch.syspath_prepend(str(project / "src"))
    _write(project / "src", "shop_grown", _FIRST)
    who = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "first"]):
        subprocess.run(["git", *words], cwd=shop / "repository", check=True)
    shutil.rmtree(project / "src/shop_grown")
    _write(project / "src", "shop_grown", _SECOND)
    try:
        assert application("shop_grown").run(["db", "plan", "--since", "HEAD"]) == 0
        shown = capsys.readouterr().out
        assert "add token, filled with the default, made for each row" in shown
        assert application("shop_grown").run(["db", "check", "--since", "nothing"]) == 2
        assert "--since nothing: " in capsys.readouterr().err
        assert application("shop_grown").run(["db", "sql", "--since", "HEAD"]) == 0
    finally:
        for name in [each for each in sys.modules if each.startswith("shop_grown")]:
            del sys.modules[name]
    listed = subprocess.run(
        ["git", "worktree", "list"], cwd=project, capture_output=True, text=True, check=True
    )
    assert len(listed.stdout.splitlines()) == 1


@pytest.mark.parametrize("wait", [0.05, 0.3])
def test_a_process_that_is_killed_leaves_nothing_half_done(
    shop: Path, url: str, wait: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(_filled(url, people=6_000))
    monkeypatch.setenv("TRIPTYCH_DATABASE", url)
    script = (
        "import sys; from triptych.cli.main import application; print('ready', flush=True);"
        "sys.exit(application('shop_now').run(['db', 'apply']))"
    )
    # The words are ours.
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=shop, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout
        running.stdout.readline()
        time.sleep(0.9 + wait)
        running.send_signal(signal.SIGKILL)
    program = application("shop_now")
    assert program.run(["db", "apply"]) == 0
    assert program.run(["db", "check"]) == 0
    store: Any = open_store("shop_now", url)

    async def count() -> tuple[int, int]:
        await store.open()
        try:
            people = store.repository(store.ontology.object_type("Person").python)
            return await people.count(), len({each.token async for each in people.stream()})
        finally:
            await store.close()

    assert asyncio.run(count()) == (6_000, 6_000)
