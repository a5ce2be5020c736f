"""A new project: its name, and all or nothing of it."""

from __future__ import annotations

import io
import keyword
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triptych.adapters.drafts.schemas import read_document
from triptych.adapters.projects.files import ProjectFile, installed_from, project_files, write
from triptych.cli.main import TRIPTYCH
from triptych.domain.errors import InvalidInput, Misconfigured
from triptych.domain.projects import Choices, Ci, Engine, ProjectName
from triptych.services import projects
from triptych.services.projects import new_project

NAMES = {"package": "p", "project": "p", "title": "P", "year": "2026", "source": "", "vendored": ""}
NAMES |= {"about": "A p.", "copied": "", "needed": "", "pages": "", "licence": "", "spdx": "MIT"}


class TestNames:
    @given(st.text(max_size=40))
    def test_a_name_is_a_package_or_refused(self, text: str) -> None:
        try:
            name = ProjectName(text)
        except InvalidInput:
            return
        assert name.package.isidentifier()
        assert not keyword.iskeyword(name.package)
        assert name.package not in sys.stdlib_module_names
        assert ProjectName(name.project).package == name.package

    @pytest.mark.parametrize(
        "text",
        ["", "Job", "1st", "a b", "a--b", "-a", "a-", "../x", "json", "class", "é", "a" * 31],
    )
    def test_what_is_no_name_is_told(self, text: str) -> None:
        with pytest.raises(InvalidInput, match="name"):
            ProjectName(text)

    def test_it_is_written_as_each_place_asks(self) -> None:
        name = ProjectName("job_board-two")
        assert (name.package, name.project) == ("job_board_two", "job-board-two")
        assert name.title == "Job board two"


class TestFiles:
    def test_each_has_its_place_and_nothing_is_left_to_fill(self) -> None:
        found = list(project_files(NAMES, ["frame", "tasks", "reserved", "github"]))
        assert len({each.path for each in found}) == len(found) > 50
        for each in found:
            assert "§" not in f"{each.path}{each.text}"
            assert each.path.suffix != ".tmpl"

    def test_where_it_comes_from_is_said(self, tmp_path: Path) -> None:
        own = installed_from()
        assert own is not None
        assert own.is_dir()
        made = new_project(ProjectName("shop"), tmp_path).folder
        assert "[tool.uv.sources]\ntriptych = { path = " in (made / "pyproject.toml").read_text()

    def test_from_an_index_nothing_is_said(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(projects, "installed_from", lambda: None)
        made = new_project(ProjectName("shop"), tmp_path).folder
        assert "tool.uv.sources" not in (made / "pyproject.toml").read_text()
        assert "vendor" not in (made / "docker" / "Dockerfile").read_text()

    def test_a_wheel_comes_along_so_that_the_project_holds_all_it_needs(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wheel = tmp_path / "triptych-0.1.0-py3-none-any.whl"
        wheel.write_bytes(b"PK")
        monkeypatch.setattr(projects, "installed_from", lambda: wheel)
        made = new_project(ProjectName("shop"), tmp_path).folder
        assert (made / "vendor" / wheel.name).read_bytes() == b"PK"
        said = f'triptych = {{ path = "vendor/{wheel.name}" }}'
        assert said in (made / "pyproject.toml").read_text()
        assert "COPY vendor vendor\n" in (made / "docker" / "Dockerfile").read_text()


class TestMaking:
    def test_what_is_there_stays_as_it_is(self, tmp_path: Path) -> None:
        (tmp_path / "shop").mkdir()
        (tmp_path / "shop" / "mine").write_text("x")
        with pytest.raises(InvalidInput, match="is there already"):
            new_project(ProjectName("shop"), tmp_path)
        assert [each.name for each in (tmp_path / "shop").iterdir()] == ["mine"]

    def test_it_is_made_whole_or_not_at_all(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        written: list[ProjectFile] = []

        def full(folder: Path, file: ProjectFile) -> None:
            if len(written) == 7:
                raise OSError(28, "No space left on device")
            written.append(file)
            write(folder, file)

        monkeypatch.setattr(projects, "write", full)
        with pytest.raises(Misconfigured, match="No space left"):
            new_project(ProjectName("shop"), tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(Misconfigured, match="cannot be written"):
            new_project(ProjectName("shop"), tmp_path / "nowhere")


class TestChoices:
    def test_what_is_chosen_is_there(self, tmp_path: Path) -> None:
        chosen = Choices(licence="Apache-2.0", ci=Ci.GITLAB, database=Engine.POSTGRESQL)
        made = new_project(ProjectName("shop"), tmp_path, choices=chosen).folder
        assert "Apache License" in (made / "LICENSE").read_text()
        assert 'license = "Apache-2.0"' in (made / "pyproject.toml").read_text()
        assert (made / ".gitlab-ci.yml").exists()
        assert not (made / ".github").exists()
        assert "postgresql://localhost/shop" in (made / "triptych.toml").read_text()

    def test_another_licence_is_named(self, tmp_path: Path) -> None:
        chosen = Choices(licence="MIT", ci=Ci.NONE)
        made = new_project(ProjectName("shop"), tmp_path, choices=chosen).folder
        assert "Licensed under MIT" in (made / "LICENSE.txt").read_text()
        assert not (made / "LICENSE").exists()
        assert not (made / ".github").exists()

    def test_workflows_are_what_the_service_reads(self, tmp_path: Path) -> None:
        made = new_project(ProjectName("shop"), tmp_path).folder
        for each in ("checks", "docs", "release"):
            assert read_document(made / f".github/workflows/{each}.yml")["jobs"]

    def test_what_is_no_licence_is_told(self) -> None:
        with pytest.raises(InvalidInput, match="SPDX identifier"):
            Choices(licence="mine, all mine")

    def test_each_is_asked_for(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO("MIT\nnone\npostgresql\n"))
        assert TRIPTYCH.run(["new", "shop", "--folder", str(tmp_path), "--ask"]) == 0
        assert "Licence, by its SPDX identifier" in capsys.readouterr().out
        assert (tmp_path / "shop/triptych.toml").exists()
        assert "MIT" in (tmp_path / "shop/LICENSE.txt").read_text()

    def test_what_cannot_be_locked_is_whole_without(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        assert TRIPTYCH.run(["new", "shop", "--folder", str(tmp_path), "--lock"]) == 0
        assert "uv.lock is not written: uv is not installed" in capsys.readouterr().out
        assert not (tmp_path / "shop/uv.lock").exists()
