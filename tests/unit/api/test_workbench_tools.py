"""A coding agent on a project: what it is shown, what it writes, and what it is refused."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from triptych.api.tools import LONGEST, Asker
from triptych.api.workbench_tools import WorkbenchTools
from triptych.cli.main import TRIPTYCH
from triptych.domain.actor import SYSTEM
from triptych.domain.errors import InvalidInput, OnlyReads

INVOICE: dict[str, Any] = {
    "kind": "entity",
    "name": "Invoice",
    "words": ["number:str!", "due:date"],
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("projects")
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert TRIPTYCH.run(["new", "shop"]) == 0
    finally:
        os.chdir(before)
    return folder / "shop"


@pytest.fixture
def project(made: Path) -> Iterator[Path]:
    """The project, as it was before and is afterwards."""
    texts = {each: each.read_bytes() for each in made.rglob("*") if each.is_file()}
    yield made
    for each in made.rglob("*"):
        if each.is_file() and each not in texts:
            each.unlink()
    for file, text in texts.items():
        file.write_bytes(text)


async def ask(project: Path, tool: str, *, can_write: bool = False, **given: Any) -> str:
    return await WorkbenchTools(project, can_write=can_write).call(tool, given, Asker(SYSTEM))


def is_written(project: Path) -> bool:
    return any("class Invoice" in each.read_text() for each in project.rglob("*.py"))


def test_the_tools_take_few_tokens(tmp_path: Path) -> None:
    assert len(msgspec.json.encode(WorkbenchTools(tmp_path).tools)) < 4_400


async def test_it_is_told_where_a_file_belongs_and_what_a_rule_is_about(project: Path) -> None:
    placed = await ask(project, "place", what="src/shop/domain/__init__.py")
    assert "semantic" in placed
    assert "mapper" in await ask(project, "place", what="KIN003")


async def test_it_is_told_what_breaks_the_layers(project: Path) -> None:
    assert await ask(project, "review") == "nothing is found"
    service = project / "src/shop/services/leaking.py"
    service.write_text('"""Leaks."""\n\nimport sqlalchemy\n\nTABLE = sqlalchemy.MetaData()\n')
    assert "LYR005" in await ask(project, "review")
    assert "LYR005" in await ask(project, "review", path="src/shop/services")


async def test_it_adds_what_it_was_shown_and_takes_it_back(project: Path) -> None:
    shown = await ask(project, "add", **INVOICE)
    assert "class Invoice" in shown
    assert not is_written(project)
    await ask(project, "add", can_write=True, **INVOICE, write=True, about="What is owed.")
    assert is_written(project)
    taken = await ask(project, "undo", can_write=True, what="add")
    assert "taken back" in taken
    assert not is_written(project)


async def test_it_mends_what_is_safe(project: Path) -> None:
    file = project / "src/shop/adapters/asking.py"
    text = '"""Asks."""\n\n\ndef ask(a: str) -> int:\n    """Asks."""\n    try:\n        return int(a)\n    except ValueError:\n        raise KeyError(a)\n'
    file.write_text(text)
    assert "from error" in await ask(project, "improve", only=["ERR002"])
    assert file.read_text() == text
    await ask(project, "improve", can_write=True, only=["ERR002"], write=True)
    assert "from error" in file.read_text()
    await ask(project, "undo", can_write=True, what="improve")
    assert file.read_text() == text


async def test_it_verifies_what_it_names(project: Path) -> None:
    assert "everything holds" in await ask(project, "verify", only=["layers", "ontology"])


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("add", {**INVOICE, "write": True}),
        ("improve", {"write": True}),
        ("undo", {"what": "add"}),
        ("verify", {"fix": True}),
    ],
)
async def test_nothing_is_written_where_that_is_not_granted(
    project: Path, tool: str, given: dict[str, Any]
) -> None:
    with pytest.raises(OnlyReads):
        await ask(project, tool, **given)


@pytest.mark.parametrize(
    ("tool", "given", "told"),
    [
        ("review", {"path": "../.."}, "is not in the project"),
        ("place", {"what": "/etc/passwd"}, "is not in the project"),
        ("add", {**INVOICE, "name": "--undo"}, "begins as an option does"),
        ("add", {**INVOICE, "words": ["--yes"]}, "begins as an option does"),
        ("add", {**INVOICE, "kind": "spaceship"}, "spaceship"),
        ("add", {**INVOICE, "about": "--yes", "words": ["x:nothing"]}, "nothing"),
        ("verify", {"only": ["--fix"]}, "begins as an option does"),
        ("verify", {"only": ["luck"]}, "luck"),
        ("undo", {"what": "everything"}, "Expected"),
        ("improve", {"only": ["XXX"]}, "there is no rule XXX"),
        ("review", {"since": "--all"}, "review"),
    ],
)
async def test_what_does_not_fit_is_told(
    project: Path, tool: str, given: dict[str, Any], told: str
) -> None:
    with pytest.raises(InvalidInput, match=told):
        await ask(project, tool, can_write=True, **given)


async def test_an_answer_that_is_too_long_is_cut(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triptych.api.workbench_tools.LONGEST", 300)
    placed = await ask(project, "place", what="KIN003")
    assert placed.endswith("ask about a part of the project")
    assert len(placed) < LONGEST
