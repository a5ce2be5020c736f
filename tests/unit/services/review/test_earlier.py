"""What has not changed is not asked again: what is known then is what would be found anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from triptych.domain.review import Finding, Module
from triptych.infrastructure.environment import set_variable
from triptych.services.review.project import open_project
from triptych.services.review.registry import OfModules

TODAY = date(2026, 12, 1)
ENTITY = '''"""Orders."""
from dataclasses import dataclass

@dataclass
class Order:
    id: int
    total: int
'''
CLOCK = "import datetime\n\ndef now() -> object:\n    return datetime.datetime.now()\n"
STORE = """import sqlalchemy
from shop.domain.orders import Order

class OrderRepository:
    def save(self, order: Order, session: sqlalchemy.orm.Session) -> None:
        session.commit()

    def find(self, id: int) -> Order:
        return Order(id=id, total=1)
"""
SERVICE = """from shop.adapters.store import OrderRepository
import fastapi
import other

async def bill(order):
    order.total = 3
    wait()

def wait():
    import time
    time.sleep(1)
    raise Exception("no")
"""
ROUTE = """import fastapi
from shop.services import bills

router = fastapi.APIRouter()

@router.get("/orders/{id}")
async def orders(limit: int) -> list[int]:
    bills.wait()
    return [1]
"""
TEST = "from shop.domain import orders\n\ndef test_it():\n    orders\n"
LATE = "def f():\n    from shop.adapters import store\n    return store\n"
PATHS = (
    "shop/domain/orders.py", "shop/domain/clock.py", "shop/adapters/store.py",
    "shop/services/bills.py", "shop/api/routes.py", "tests/unit/test_orders.py", "other/thing.py",
    "one/src/shop/domain/orders.py",
)  # fmt: skip
TEXTS = (ENTITY, CLOCK, STORE, SERVICE, ROUTE, TEST, LATE, "x = 1\n", "def (")
files = st.dictionaries(st.sampled_from(PATHS), st.sampled_from(TEXTS), min_size=1)


def write(folder: Path, said: Mapping[str, str]) -> None:
    """Lets a folder hold just these files."""
    for path in PATHS:
        file = folder / path
        if path in said:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(said[path])
        else:
            file.unlink(missing_ok=True)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(files, min_size=2, max_size=4))
def test_what_is_known_is_what_would_be_found_anew(states: list[dict[str, str]]) -> None:
    with TemporaryDirectory() as folder, set_variable("XDG_CACHE_HOME", f"{folder}/kept"):
        shop = Path(folder, "project")
        for said in states:
            write(shop, said)
            known = open_project(shop, TODAY).review()
            assert known == open_project(shop, TODAY, is_cached=False).review()


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "kept"))
    write(tmp_path / "project", dict(zip(PATHS, TEXTS, strict=False)))
    return tmp_path / "project"


def test_only_what_has_changed_is_asked(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_project(shop, TODAY).review()
    (shop / PATHS[3]).write_text(SERVICE + "\n")
    asked: list[str] = []

    def noted(_: OfModules, modules: Iterable[Module], *__: object) -> Iterator[Finding]:
        asked.extend(each.path for each in modules)
        return iter(())

    monkeypatch.setattr(OfModules, "of", noted)
    open_project(shop, TODAY).review()
    assert set(asked) == {PATHS[3]}


@pytest.mark.parametrize("said", ["complexity = 1", "layers = {semantic = ['other']}"])
def test_after_a_change_of_the_settings_all_is_asked(shop: Path, said: str) -> None:
    open_project(shop, TODAY).review()
    (shop / "pyproject.toml").write_text(f"[tool.triptych.review]\n{said}\n")
    known = open_project(shop, TODAY).review()
    assert known == open_project(shop, TODAY, is_cached=False).review()


def test_on_another_day_exceptions_have_ended(shop: Path) -> None:
    (shop / "pyproject.toml").write_text(
        "[[tool.triptych.review.exceptions]]\n"
        "from = 'shop.services.*'\nto = 'shop.adapters.*'\nadr = '0001'\nuntil = 2026-12-01\n"
    )
    found = [
        "LYR003" in {each.code for each in open_project(shop, day).review().findings}
        for day in (TODAY, date(2026, 12, 2))
    ]
    assert found == [False, True]
