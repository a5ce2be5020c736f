"""What should move is what meets the world in the wrong layer, and nothing beside it."""

from __future__ import annotations

import pytest

from tests.unit.services.review.test_rules import FRAME, read
from triptych.domain.review import Layer
from triptych.services.review.moves import Move, find_moves
from triptych.services.review.reviewing import find_out

MIXED = """
from functools import cache
import typer
from fastapi import APIRouter, HTTPException
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session

router = APIRouter()
app = typer.Typer()


class Base(DeclarativeBase):
    pass


class Row(Base):
    id: Mapped[int]

    def again(self, session: Session) -> None:
        session.refresh(self)


class Board:
    def __init__(self, session: Session) -> None:
        self._session = session

    def open(self) -> object:
        def ask() -> object:
            return self._session.execute(select(Row))

        return ask()

    def close(self) -> None:
        raise HTTPException(404)


@router.get("/")
def show(session: Session) -> object:
    return session.execute(select(Row))


@app.command()
def tell() -> None: ...


@cache
def plain(text: str) -> str:
    return text.strip()
"""


def moves(path: str, others: dict[str, str] | None = None) -> list[Move]:
    project = read(FRAME | (others or {}) | {path: MIXED})
    (module,) = (each for each in project.modules if each.path == path)
    return find_moves(module, find_out(project).places)


@pytest.mark.parametrize("layer", ["domain", "services"])
def test_tables_queries_and_ways_in_belong_elsewhere(layer: str) -> None:
    found = moves(f"src/shop/{layer}/boards.py")
    assert [(each.name, each.layer) for each in found] == [
        ("Row", Layer.KINETIC),
        ("Board.open", Layer.KINETIC),
        ("show", Layer.ENTRY),
        ("tell", Layer.ENTRY),
    ]
    assert {each.reason for each in found[:2]} == {
        "it is a table",
        "it calls sqlalchemy.orm.Session.execute, line 29",
    }


def test_what_an_adapter_does_may_stay_there() -> None:
    assert [each.name for each in moves("src/shop/adapters/boards.py")] == ["show", "tell"]


@pytest.mark.parametrize("layer", ["api", "tests"])
def test_ways_in_and_tests_may_do_it(layer: str) -> None:
    assert moves(f"src/shop/{layer}/boards.py") == []


@pytest.mark.parametrize(
    ("others", "wanted"),
    [
        (["adapters/database/a", "adapters/database/b"], "shop.adapters.database"),
        (["adapters/migrations/a", "adapters/migrations/b"], "shop.adapters"),
        (["db/a", "domain/db/a"], "shop.domain.db"),
    ],
    ids=["the fullest", "no migrations", "the nearest"],
)
def test_it_goes_to_the_package_of_its_layer(others: list[str], wanted: str) -> None:
    files = {f"src/shop/{each}.py": "import sqlalchemy\n" for each in others}
    found = {each.layer: each.to for each in moves("src/shop/domain/boards.py", files)}
    assert found[Layer.KINETIC] == wanted
    assert found[Layer.ENTRY] == ""
