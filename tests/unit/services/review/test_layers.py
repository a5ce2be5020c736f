"""Where modules are placed, and why; which import may lead where."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.services.review.test_rules import FRAME, found, read
from triptych.domain.review import (
    PANELS,
    Class,
    Evidence,
    Exemption,
    Import,
    Layer,
    Module,
    Placement,
    ReviewSettings,
)
from triptych.services.review.explaining import explain_module, write_settings
from triptych.services.review.graph import find_cycles
from triptych.services.review.placing import is_table, place
from triptych.services.review.reviewing import find_out

TABLE = "from sqlalchemy.orm import DeclarativeBase\n\n\nclass Base(DeclarativeBase): ...\n"
DATA = "from dataclasses import dataclass\n\n\n@dataclass(frozen=True)\nclass A:\n    x: int\n"


def placed(path: str, text: str = "", settings: ReviewSettings | None = None) -> Placement:
    project = read({path: text}, settings)
    return project.placement(project.modules[0])


class TestPlaces:
    @pytest.mark.parametrize(
        ("path", "layer"),
        [
            ("src/shop/domain/orders.py", Layer.SEMANTIC),
            ("src/shop/adapters/mail.py", Layer.KINETIC),
            ("src/shop/services/billing.py", Layer.DYNAMIC),
            ("src/shop/service_layer/billing.py", Layer.DYNAMIC),
            ("src/shop/infrastructure/logging.py", Layer.PLUMBING),
            ("src/shop/api/orders.py", Layer.ENTRY),
            ("app/main.py", Layer.ROOT),
            ("tests/unit/test_orders.py", Layer.TESTS),
            ("src/shop/things.py", Layer.UNKNOWN),
            ("src/shop/models/__init__.py", Layer.UNKNOWN),
            ("src/shop/models/orders.py", Layer.SEMANTIC),
            ("things.py", Layer.UNKNOWN),
        ],
    )
    def test_folders_and_names_tell(self, path: str, layer: Layer) -> None:
        assert placed(path).layer is layer

    @pytest.mark.parametrize(
        ("text", "layer"),
        [
            (TABLE, Layer.KINETIC),
            ("from fastapi import APIRouter\n\nrouter = APIRouter()\n", Layer.ENTRY),
            ("import typer\n\napp = typer.Typer()\n", Layer.ENTRY),
            (
                "from a import OrderRepository\n\n\ndef f(o: OrderRepository) -> None:\n    o.x()\n",
                Layer.DYNAMIC,
            ),
            (DATA, Layer.UNKNOWN),
        ],
    )
    def test_where_no_name_tells_content_does(self, text: str, layer: Layer) -> None:
        assert placed("shop/things.py", text).layer is layer

    def test_what_is_said_stands_before_what_is_seen(self) -> None:
        settings = ReviewSettings(layers={Layer.DYNAMIC: ("shop.domain", "src/shop/x/*")})
        placement = placed("src/shop/domain/orders.py", TABLE, settings)
        assert (placement.layer, placement.confidence) == (Layer.DYNAMIC, 1.0)
        assert placed("src/shop/x/y.py", "", settings).layer is Layer.DYNAMIC
        assert placed("src/shop/z/y.py", "", settings).layer is Layer.UNKNOWN

    def test_what_speaks_against_is_kept(self) -> None:
        placement = placed("src/shop/domain/orders.py", "import sqlalchemy\nimport fastapi\n")
        assert [each.layer for each in placement.against] == [Layer.ENTRY, Layer.KINETIC]

    def test_many_names_are_cut(self) -> None:
        classes = "\n".join(f"@dataclass\nclass A{n}:\n    x: int\n" for n in range(5))
        placement = placed("things/models.py", f"from dataclasses import dataclass\n{classes}")
        assert any("and 2 more" in each.reason for each in placement.evidence)

    def test_a_base_of_ones_own_is_a_table_only_where_it_is_mapped(self) -> None:
        assert is_table(Class("Order", 1, bases=("shop.db.Base",)))
        assert not is_table(Class("Order", 1, bases=("pydantic.Base",), fields=(("a", "int"),)))

    @given(st.sampled_from(Layer), st.sampled_from(Layer))
    def test_imports_lead_one_way(self, one: Layer, other: Layer) -> None:
        assert one.may_import(one)
        panels = {*PANELS, Layer.ENTRY}
        if one in panels and other in panels and one is not other:
            assert not (one.may_import(other) and other.may_import(one))

    def test_evidence_may_be_heavy_and_still_not_clear(self) -> None:
        seen = (Evidence(Layer.ENTRY, 0.5, "a"), Evidence(Layer.KINETIC, 0.5, "b"))
        assert Placement(Layer.UNKNOWN, 0.5, seen).against == seen


class TestProjects:
    def test_a_project_of_another_architecture_is_told(self) -> None:
        files = {f"shop/m{n}.py": "from django.db import models\n" for n in range(5)}
        project = read(files)
        assert project.foreign == "django"
        assert not project.is_layered

    def test_what_is_not_layered_is_held_to_no_layer(self) -> None:
        flat = {"app/main.py": "import fastapi\n", "app/things.py": "import sqlalchemy\n"}
        assert not read(flat).is_layered
        assert not [each for each in found(flat) if each.code.startswith("LYR")]

    def test_a_project_that_says_its_layers_is_layered(self) -> None:
        settings = ReviewSettings(layers={Layer.SEMANTIC: ("app.things",)})
        files = {"app/things.py": "import sqlalchemy\n"}
        assert {each.code for each in found(files, settings)} == {"LYR002"}

    def test_names_that_are_passed_on_are_followed(self) -> None:
        files = FRAME | {
            "src/shop/adapters/__init__.py": "from shop.adapters.mail import MailClient\n",
            "src/shop/adapters/mail.py": "import smtplib\n\n\nclass MailClient:\n    def send(self) -> None: ...\n",
            "src/shop/services/billing.py": "from shop.adapters import MailClient\n",
        }
        assert "LYR003" in {each.code for each in found(files)}

    def test_notes_may_be_those_of_some_layers(self) -> None:
        raising = "def f():\n    raise OSError\n"
        project = read({"shop/domain/a.py": raising, "shop/adapters/b.py": raising})
        assert [each.name for each, _ in project.notes("raise")] == [
            "shop.adapters.b",
            "shop.domain.a",
        ]
        (found,) = project.notes("raise", Layer.SEMANTIC)
        assert found[0].name == "shop.domain.a"

    def test_a_name_of_no_module_leads_nowhere(self) -> None:
        project = read({"a/b/c.py": ""})
        assert project.module_of("a.x") is None
        assert project.module_of("a.b.c.d") is not None

    def test_a_name_that_leads_to_itself_is_left(self) -> None:
        project = read({"a/b.py": "from a.b import c\n"})
        assert project.definitions.real("a.b.c") == "a.b.c"
        assert read({"a/b.py": "from x import c\n"}).definitions.real("a.b.c.d") == "x.c.d"

    def test_modules_of_one_name_are_placed_each_for_itself(self) -> None:
        project = read({"a/src/shop/rows.py": TABLE, "b/src/shop/rows.py": DATA})
        assert {each.name for each in project.modules} == {"shop.rows"}
        assert [project.layer(each) for each in project.modules] == [
            Layer.KINETIC,
            Layer.UNKNOWN,
        ]

    def test_a_decision_allows_an_import_for_a_time(self) -> None:
        exemption = Exemption(
            importer="shop.domain.*", imported="shop.adapters.*", adr="7", until=date(2026, 1, 1)
        )
        files = FRAME | {
            "src/shop/domain/orders.py": "from shop.adapters import clock\n",
            "src/shop/adapters/clock.py": "NOW = 1\n",
        }
        settings = ReviewSettings(exemptions=(exemption,))
        assert "LYR001" not in {each.code for each in found(files, settings)}
        assert not exemption.holds("shop.domain.a", "shop.adapters.b", date(2026, 1, 2))
        assert not exemption.holds("shop.api.a", "shop.adapters.b", date(2026, 1, 1))


class TestExplaining:
    def test_a_module_is_explained(self) -> None:
        project = read(FRAME | {"src/shop/domain/orders.py": "import fastapi\n"})
        explained = explain_module(project.by_name["shop.domain.orders"], find_out(project))
        assert explained.placement.layer is Layer.SEMANTIC
        assert [each.code for each in explained.findings] == ["LYR002"]

    def test_what_it_imports_of_its_own_project_is_told(self) -> None:
        files = {
            "src/shop/services/bills.py": "import os\nfrom shop.domain.orders import Order\n",
            "src/shop/domain/orders.py": "from shop.domain.orders import Order\n",
        }
        project = read(FRAME | files)
        found = find_out(project)
        bills = explain_module(project.by_name["shop.services.bills"], found)
        assert [(e.target, layer) for e, layer in bills.imports] == [
            ("shop.domain.orders.Order", Layer.SEMANTIC)
        ]
        assert explain_module(project.by_name["shop.domain.orders"], found).imports == []

    def test_settings_are_written_with_the_fewest_names(self) -> None:
        said = write_settings(
            read(
                FRAME
                | {"src/shop/domain/orders.py": "X = 1\n", "src/shop/odd.py": "Y = 1\n" * 9}
                | {"src/shop/things/models.py": "Z = 1\n"}
            )
        )
        assert 'semantic = ["shop.domain", "shop.things"]' in said
        assert "# 1 modules could not be placed: shop.odd" in said


class TestCycles:
    def test_the_shortest_circle_of_each_group_is_found(self) -> None:
        leads = {"a": ["b"], "b": ["c"], "c": ["a", "b"], "x": ["y"], "y": ["x"], "z": ["a"]}
        assert find_cycles(leads) == [["b", "c"], ["x", "y"]]

    GRAPHS = st.dictionaries(
        st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=4), max_size=6
    )

    @given(GRAPHS)
    def test_every_circle_is_one(self, leads: dict[str, list[str]]) -> None:
        for circle in find_cycles(leads):
            assert circle[0] == min(circle)
            for one, other in zip(circle, [*circle[1:], circle[0]], strict=True):
                assert other in leads[one]

    @given(GRAPHS, st.randoms(use_true_random=False))
    def test_which_one_is_told_does_not_depend_on_the_order(
        self, leads: dict[str, list[str]], chance: Random
    ) -> None:
        names = list(leads)
        chance.shuffle(names)
        assert find_cycles({name: leads[name] for name in names}) == find_cycles(leads)


def test_modules_know_their_package() -> None:
    module = Module(path="a/b.py", name="a.b", imports=(Import("os", "", 1),))
    assert module.top == "a"
    assert module.imports[0].target == "os"
    assert place(module, ReviewSettings()).layer is Layer.UNKNOWN
