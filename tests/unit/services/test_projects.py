"""A new project: its name, and all or nothing of it."""

from __future__ import annotations

import keyword
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triptych.adapters.projects.files import ProjectFile, installed_from, project_files, write
from triptych.domain.errors import InvalidInput, Misconfigured
from triptych.domain.projects import ProjectName
from triptych.services import projects
from triptych.services.projects import new_project

NAMES = {"package": "p", "project": "p", "title": "P", "year": "2026", "source": ""}
NAMES |= {"about": "A p.", "copied": "", "needed": "", "pages": ""}


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
        found = list(project_files(NAMES, ["frame", "tasks"]))
        assert len({each.path for each in found}) == len(found) > 50
        for each in found:
            assert "§" not in f"{each.path}{each.text}"
            assert each.path.suffix != ".tmpl"

    def test_where_it_comes_from_is_said(self, tmp_path: Path) -> None:
        assert Path(installed_from()).is_dir()
        made = new_project(ProjectName("shop"), tmp_path).folder
        assert "[tool.uv.sources]\ntriptych = { path = " in (made / "pyproject.toml").read_text()

    def test_from_an_index_nothing_is_said(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(projects, "installed_from", lambda: "")
        made = new_project(ProjectName("shop"), tmp_path).folder
        assert "tool.uv.sources" not in (made / "pyproject.toml").read_text()


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
