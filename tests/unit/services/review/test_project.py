"""A project is read from where it lies, and as if some of it were otherwise."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from triptych.domain.errors import InvalidInput, UnknownName
from triptych.domain.review import Layer
from triptych.services.review.project import open_project

TODAY = date(2026, 12, 1)


def test_a_file_alone_is_a_project(tmp_path: Path) -> None:
    file = tmp_path / "one.py"
    file.write_text("x = 1\n")
    project = open_project(file, TODAY, is_cached=False)
    assert [each.name for each in project.read().modules] == ["one"]
    assert project.folder == tmp_path
    with pytest.raises(InvalidInput, match="there is no"):
        open_project(tmp_path / "two.py", TODAY)


def test_it_is_read_as_if_a_file_were_otherwise(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text("import os\n")
    project = open_project(tmp_path, TODAY, is_cached=False)
    (first, _), read = project.sources(), project.read()
    changed = project.changed(read, {first: "import sys\n"})
    assert [each.imports[0].module for each in changed.modules] == ["sys", "os"]
    assert [each.imports[0].module for each in read.modules] == ["os", "os"]
    assert [each.path for each in project.changed(read, {first: "def ("}).unread] == ["one.py"]


def test_what_changes_is_seen(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("x = 1\n")
    project = open_project(tmp_path, TODAY, is_cached=False)
    before = project.state()
    assert project.state() == before
    (tmp_path / "one.py").write_text("x = 10\n")
    assert project.state() != before


class TestExplaining:
    """A file is told of as it is now, whether what was found is known already or not."""

    CODE = "import fastapi\n"

    @pytest.fixture
    def shop(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "kept"))
        for path, text in {
            "domain/orders": self.CODE,
            "services/bills": "from shop.domain import orders\n",
            "services/broken": "def (",
        }.items():
            file = tmp_path / "shop/src/shop" / f"{path}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return tmp_path / "shop"

    def test_what_is_known_is_what_is_found_anew(self, shop: Path) -> None:
        told = []
        for is_cached in (False, True, True):
            project = open_project(shop, TODAY, is_cached=is_cached)
            told.append(project.explain("src/shop/domain/orders.py"))
        assert told[0] == told[1] == told[2]
        assert [each.code for each in told[0].findings] == ["LYR002"]

    def test_what_was_found_is_not_asked_again(
        self, shop: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = open_project(shop, TODAY).review()

        def fail(_: object) -> None:
            raise AssertionError

        monkeypatch.setattr("triptych.services.review.project.find_out", fail)
        project = open_project(shop, TODAY)
        assert project.explain("shop.domain.orders").findings
        assert project.review() == before

    def test_a_change_elsewhere_is_seen(self, shop: Path) -> None:
        project = open_project(shop, TODAY)
        ((_, layer),) = project.explain("shop.services.bills").imports
        assert layer is Layer.SEMANTIC
        orders = shop / "src/shop/domain/orders.py"
        orders.write_text(orders.read_text() + "VAT = 20\n")
        assert len(project.explain("shop.services.bills").imports) == 1
        orders.unlink()
        assert project.explain("shop.services.bills").imports == []

    @pytest.mark.parametrize(
        "said", ["ignore = ['LYR002']", "severity = {LYR002 = 'info'}"], ids=["ignored", "milder"]
    )
    def test_a_change_of_the_settings_is_seen(self, shop: Path, said: str) -> None:
        before = open_project(shop, TODAY).explain("shop.domain.orders").findings
        (shop / "pyproject.toml").write_text(f"[tool.triptych.review]\n{said}\n")
        assert open_project(shop, TODAY).explain("shop.domain.orders").findings != before

    def test_a_file_is_named_as_one_sees_it(
        self, shop: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        project = open_project(shop, TODAY)
        wanted = project.explain("shop.domain.orders")
        monkeypatch.chdir(shop / "src/shop/domain")
        for name in ("orders.py", "./orders.py", str(shop / "src/shop/domain/orders.py")):
            assert project.explain(name) == wanted
        with pytest.raises(UnknownName, match="rule or file"):
            project.explain("LYR999")

    def test_why_a_file_cannot_be_read_is_told(self, shop: Path) -> None:
        with pytest.raises(InvalidInput, match=r"broken\.py:1"):
            open_project(shop, TODAY).explain("src/shop/services/broken.py")


LEAKING = "from sqlalchemy import select\n\n\ndef f(s: object) -> object:\n    return select(s)\n"


class TestParts:
    """A part of a project is reviewed as what it is: its layer is that of the whole."""

    @pytest.fixture
    def shop(self, tmp_path: Path) -> Path:
        for path in ("domain/orders", "adapters/store", "services/billing", "services/other"):
            file = tmp_path / "src/shop" / f"{path}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(LEAKING if "services" in path else "x = 1\n" * 9)
        (tmp_path / "pyproject.toml").write_text("")
        return tmp_path

    def test_a_folder_or_a_file_is_told_of_with_the_layers_of_all(self, shop: Path) -> None:
        whole = open_project(shop, TODAY, is_cached=False).review()
        leaks = [each.path for each in whole.findings if each.code == "LYR005"]
        assert leaks == ["src/shop/services/billing.py", "src/shop/services/other.py"]
        one = open_project(shop / leaks[0], TODAY, is_cached=False).review()
        assert {each.path for each in one.findings} == {leaks[0]}
        assert "LYR005" in {each.code for each in one.findings}
        assert one.score == whole.score
        assert "what is found in src/shop/services/billing.py is told" in one.notes[-1]
        folder = open_project(shop / "src/shop/services", TODAY, is_cached=False).review()
        assert {each.path for each in folder.findings} == set(leaks)
        assert (
            not open_project(shop / "src/shop/adapters", TODAY, is_cached=False).review().findings
        )

    @pytest.mark.parametrize("inner", [".hidden/lib", "build/lib", "site-packages/lib"])
    def test_what_the_project_does_not_look_at_is_one_of_its_own(
        self, shop: Path, inner: str
    ) -> None:
        (shop / inner).mkdir(parents=True)
        (shop / inner / "one.py").write_text("x = 1\n")
        project = open_project(shop / inner, TODAY, is_cached=False)
        assert (project.folder, project.part) == (shop / inner, "")

    def test_a_repository_of_its_own_is_no_part(self, shop: Path) -> None:
        for folder in (shop / "libs/other/.git", shop / "libs/other/src"):
            folder.mkdir(parents=True)
        assert open_project(shop / "libs/other", TODAY).folder == shop / "libs/other"
        assert open_project(shop / "libs/other/src", TODAY).folder == shop / "libs/other/src"

    def test_where_no_project_is_around_it_is_one(self, tmp_path: Path) -> None:
        (tmp_path / "lone").mkdir()
        assert open_project(tmp_path / "lone", TODAY).folder == tmp_path / "lone"
