"""What can be mended: only what nothing in the project speaks against."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from triptych.services.review.improving import Asked, plan_improvement
from triptych.services.review.project import open_project

VALUES = "src/shop/domain/values.py"
VALUE = "from dataclasses import dataclass\n\n\n@dataclass\nclass Money:\n    amount: int\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    for layer in ("domain", "adapters", "services"):
        (tmp_path / "src/shop" / layer).mkdir(parents=True)
        (tmp_path / "src/shop" / layer / "__init__.py").write_text('"""A layer."""\n')
    return tmp_path


def mended(shop: Path, code: str) -> list[str | None]:
    project = open_project(shop, date(2026, 12, 1), is_cached=False)
    return [each.after for each in plan_improvement(project, Asked((code,))).changes]


def test_a_value_that_nothing_changes_is_frozen(shop: Path) -> None:
    (shop / VALUES).write_text(VALUE)
    assert mended(shop, "SEM003") == [VALUE.replace("@dataclass", "@dataclass(frozen=True)")]


@pytest.mark.parametrize(
    "other",
    [
        "def f(money):\n    money.amount = 1\n",
        "def f(money):\n    money.amount += 1\n",
        "def f(money):\n    del money.amount\n",
        "def f(money):\n    for money.amount in (1, 2): ...\n",
        "def f(money, name):\n    setattr(money, name, 1)\n",
        "from shop.domain.values import Money\n\n\nclass Price(Money): ...\n",
        "def f(registry, money):\n    registry.map_imperatively(money)\n",
    ],
)
def test_what_something_changes_is_not_frozen(shop: Path, other: str) -> None:
    (shop / VALUES).write_text(VALUE)
    (shop / "src/shop/adapters/other.py").write_text(other)
    assert not mended(shop, "SEM003")


@pytest.mark.parametrize(
    "text",
    [
        VALUE.replace("class Money:", "class Money(Base):"),
        VALUE + "\n    def __post_init__(self) -> None:\n        self.amount = 1\n",
    ],
)
def test_what_is_made_in_its_own_way_is_not_frozen(shop: Path, text: str) -> None:
    (shop / VALUES).write_text(text)
    assert not mended(shop, "SEM003")


def test_a_method_that_another_class_has_too_is_left_alone(shop: Path) -> None:
    text = (
        "class A:\n    def f(self):\n        print(1)\n\n    def g(self):\n        print(1)\n\n\n"
        "class B(A):\n    def f(self):\n        return 1\n"
    )
    (shop / VALUES).write_text(text)
    assert mended(shop, "TYP001") == [text.replace("def g(self)", "def g(self) -> None")]
