"""A definition moves with its imports, or nothing is touched."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from triptych.adapters.projects import workspace
from triptych.adapters.projects.moving import take_out, with_source
from triptych.adapters.projects.workspace import Workspace
from triptych.cli.main import TRIPTYCH
from triptych.domain.errors import InvalidInput, UnknownName
from triptych.domain.projects import ProjectName
from triptych.services.moving import plan_move
from triptych.services.projects import new_project
from triptych.services.verification import Project, find_project

ENTITIES = "src/job_board/domain/entities"


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_project(ProjectName("job-board"), tmp_path_factory.mktemp("known")).folder


@pytest.fixture
def project(known: Path, tmp_path: Path) -> Project:
    return find_project(shutil.copytree(known, tmp_path / "job-board"))


@pytest.fixture
def _unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves the type checker out, which takes seconds; `tests/e2e` asks it."""
    monkeypatch.setattr(Workspace, "mistakes", lambda _: [])


def moved(project: Project, to: str, *names: str) -> dict[str, str | None]:
    return {each.path: each.after for each in plan_move(project, names, to).changes}


@pytest.mark.usefixtures("_unchecked")
class TestMoves:
    def test_a_module_becomes_a_package_and_everybody_follows(self, project: Project) -> None:
        (project.folder / "docs/note.md").write_text(
            "`job_board.domain.entities.Task`\n\n```python\n"
            "from job_board.domain.entities import Person, Task\n```\n"
        )
        changes = moved(project, "domain.entities.work", "Task")
        assert changes[f"{ENTITIES}.py"] is None
        rest, new = changes[f"{ENTITIES}/__init__.py"] or "", changes[f"{ENTITIES}/work.py"] or ""
        assert "class Person" in rest
        assert "class Task" not in rest
        assert "TaskStatus" not in rest, "what nothing needs any more is not imported"
        assert "class Task" in new
        assert "from dataclasses import dataclass, replace" in new
        assert "from job_board.domain.value_objects import Effort, TaskId, TaskStatus" in new
        rules = changes["src/job_board/domain/rules.py"] or ""
        assert "from job_board.domain.entities.work import Task" in rules
        note = changes["docs/note.md"] or ""
        assert "`job_board.domain.entities.work.Task`" in note
        assert "from job_board.domain.entities import Person\nfrom job" in note

    def test_what_it_needs_of_what_stays_is_imported(self, project: Project) -> None:
        rules = project.folder / "src/job_board/domain/rules.py"
        rules.write_text(
            rules.read_text()
            + "\n\n# Both of them.\ndef is_late_and_open(task: Task, now: datetime) -> bool:\n"
            '    """Both."""\n    return is_open(task) and is_overdue(task, now)\n'
        )
        changes = moved(project, "domain.rules.both", "is_late_and_open")
        new = changes["src/job_board/domain/rules/both.py"] or ""
        assert "from job_board.domain.rules import is_open, is_overdue" in new
        assert "# Both of them.\ndef is_late_and_open" in new

    def test_what_stays_imports_what_it_needs(self, project: Project) -> None:
        changes = moved(project, "domain.value_objects.ids", "TaskStatus")
        assert "class TaskStatus" in (changes["src/job_board/domain/value_objects/ids.py"] or "")
        again = project.folder / "src/job_board/domain/rules.py"
        again.write_text(again.read_text() + "\n\nALL = (is_open,)\n")
        rest = moved(project, "domain.rules.open", "is_open")[
            "src/job_board/domain/rules/__init__.py"
        ]
        assert "from job_board.domain.rules.open import is_open" in (rest or "")

    def test_what_is_a_package_already_stays_one(self, project: Project) -> None:
        changes = moved(project, "services.business_logic.desk", "Board")
        assert "class Board" in (changes["src/job_board/services/business_logic/desk.py"] or "")
        assert "Board" not in (changes["src/job_board/services/business_logic/board.py"] or "")

    def test_packages_are_made_on_the_way(self, project: Project) -> None:
        changes = moved(project, "domain.entities.board.tasks", "Task")
        assert changes[f"{ENTITIES}/board/__init__.py"] == '"""Board."""\n'
        assert "class Task" in (changes[f"{ENTITIES}/board/tasks.py"] or "")

    def test_what_still_speaks_of_the_old_place_is_told(self, project: Project) -> None:
        place = project.folder / "src/job_board/services/validation/tasks.py"
        place.write_text(place.read_text() + '\n\nNAMED = "job_board.domain.entities:Task"\n')
        told = plan_move(project, ["Task"], "domain.entities.work").doubts
        assert [each.found for each in told] == ["still says job_board.domain.entities:Task"]

    def test_that_nobody_checks_types_is_told(
        self, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.undo()
        monkeypatch.setattr(workspace, "find_program", lambda _: None)
        told = plan_move(project, ["Task"], "domain.entities.work").doubts
        assert [(each.where, each.found) for each in told] == [("mypy", "is not installed")]

    @pytest.mark.parametrize(
        ("to", "names", "told"),
        [
            ("domain.entities", ["Task"], "domain.entities is not elsewhere in domain.entities"),
            ("domain.rules.work", ["Task"], "is not elsewhere in domain.entities"),
            ("domain.entities.Work", ["Task"], "is no name"),
            ("domain.entities.work", [], "nothing is in no module"),
            ("domain.entities.work", ["Task", "is_open"], "Task, is_open is in job_board.domain"),
        ],
    )
    def test_what_cannot_be_moved_is_told(
        self, project: Project, to: str, names: list[str], told: str
    ) -> None:
        with pytest.raises(InvalidInput, match=told):
            plan_move(project, names, to)

    def test_a_name_that_is_nowhere_is_told(self, project: Project) -> None:
        with pytest.raises(UnknownName, match="did you mean 'Task'"):
            plan_move(project, ["Tsk"], "domain.entities.work")

    def test_a_circle_of_imports_is_told(self, project: Project) -> None:
        rules = project.folder / "src/job_board/domain/rules.py"
        rules.write_text(
            rules.read_text()
            + "\n\ndef a(task: Task) -> bool:\n    return is_open(task)\n"
            + "\n\ndef b(task: Task) -> bool:\n    return a(task)\n"
        )
        with pytest.raises(InvalidInput, match="move is_open along"):
            plan_move(project, ["a"], "domain.rules.more")


@pytest.mark.usefixtures("_unchecked")
class TestCommand:
    def test_it_shows_writes_and_takes_back(
        self, project: Project, capsys: pytest.CaptureFixture[str]
    ) -> None:
        words = ["move", "Task", "--to", "domain.entities.work", "--folder", str(project.folder)]
        assert TRIPTYCH.run([*words, "--dry-run"]) == 0
        assert "class Task" in capsys.readouterr().out
        assert (project.folder / f"{ENTITIES}.py").exists()
        assert TRIPTYCH.run([*words, "--yes"]) == 0
        assert "Task is in domain.entities.work" in capsys.readouterr().out
        assert not (project.folder / f"{ENTITIES}.py").exists()
        assert TRIPTYCH.run(["add", "--undo", "--folder", str(project.folder)]) == 0
        assert (project.folder / f"{ENTITIES}.py").exists()
        assert not (project.folder / ENTITIES).exists()

    def test_what_was_made_anew_where_a_file_was_is_not_lost(self, project: Project) -> None:
        words = ["move", "Task", "--to", "domain.entities.work", "--yes"]
        assert TRIPTYCH.run([*words, "--folder", str(project.folder)]) == 0
        (project.folder / f"{ENTITIES}.py").write_text("MINE = 1\n")
        assert TRIPTYCH.run(["add", "--undo", "--folder", str(project.folder)]) != 0
        assert (project.folder / f"{ENTITIES}.py").read_text() == "MINE = 1\n"


class TestTaking:
    def test_an_import_that_cannot_be_copied_is_told(self) -> None:
        with pytest.raises(InvalidInput, match="import it by its own, whole name first"):
            take_out("from .a import B\n\n\nclass C(B): ...\n", ["C"])
        with pytest.raises(InvalidInput, match="import it by its own, whole name first"):
            take_out("from a import B as D\n\n\nclass C(D): ...\n", ["C"])

    def test_modules_are_imported_as_they_were(self) -> None:
        taken = take_out("import a.b\nimport c as d\n\n\nclass C(a.b.E, d.F): ...\n", ["C"])
        assert taken.needs == [("a.b", ""), ("c as d", "")]
        assert taken.rest.strip() == ""

    def test_one_of_several_modules_stays(self) -> None:
        taken = take_out("import a, c\n\nX = c.Y\n\n\nclass C(a.E): ...\n", ["C"])
        assert taken.rest == "import c\n\nX = c.Y\n"

    def test_constants_and_types_are_definitions(self) -> None:
        text = "A: int = 1\ntype B = int\n\n\nasync def f() -> None: ...\n\n\nfor _ in (): ...\n"
        assert take_out(text, ["A", "B", "f"]).rest.strip() == "for _ in (): ..."

    def test_imports_from_beside_follow(self) -> None:
        text = with_source("from .b import C, D\n", "a.b", ["C"], "a.e", at="a.x", package="a")
        assert text.split() == ["from", ".b", "import", "D", "from", "a.e", "import", "C"]
        assert "as X" in with_source("from a.b import C as X\n", "a.b", ["C"], "a.e", at="a.x")
