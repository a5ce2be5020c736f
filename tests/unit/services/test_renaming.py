"""What a rename comes to, before anything is touched."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from triptych.adapters.projects import workspace
from triptych.cli.main import TRIPTYCH
from triptych.domain.errors import InvalidInput, UnknownName
from triptych.domain.projects import ProjectName
from triptych.services.projects import new_project
from triptych.services.renaming import plan_rename
from triptych.services.verification import Project, find_project


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Makes a project of which the type checker remembers what it needs."""
    folder = new_project(ProjectName("job-board"), tmp_path_factory.mktemp("known")).folder
    plan_rename(find_project(folder), "Effort.least", "shortest")
    return folder


@pytest.fixture
def project(known: Path, tmp_path: Path) -> Project:
    return find_project(shutil.copytree(known, tmp_path / "job-board"))


def renamed(project: Project, old: str, new: str) -> dict[str, str]:
    return {each.path: each.after or "" for each in plan_rename(project, old, new).changes}


TABLES = "src/job_board/adapters/database/__init__.py"


class TestClasses:
    def test_the_type_of_its_ids_and_its_table_follow(self, project: Project) -> None:
        planned = renamed(project, "Task", "Job")
        assert 'JobId = NewType("JobId", UUID)' in planned["src/job_board/domain/value_objects.py"]
        assert 'was=["tasks"]' in planned[TABLES]
        assert 'run("list", "job"' in planned["tests/e2e/test_program.py"]
        assert "describe Job" in planned["docs/tutorials/semantic.md"]

    def test_a_table_that_nothing_was_said_of_is_spoken_of(self, project: Project) -> None:
        planned = renamed(project, "Assignment", "Duty")
        assert 'DUTIES = Table(Duty, was=["assignments"])' in planned[TABLES]
        (project.folder / TABLES).unlink()
        planned = renamed(project, "Person", "Member")
        assert 'MEMBERS = Table(Member, was=["persons"])' in planned[TABLES]

    def test_a_table_of_a_name_of_its_own_keeps_it(self, project: Project) -> None:
        tables = project.folder / TABLES
        tables.write_text(tables.read_text().replace("Table(Person,", 'Table(Person, name="p",'))
        assert "was=" not in renamed(project, "Person", "Member")[TABLES]

    def test_names_before_stay_known(self, project: Project) -> None:
        tables = project.folder / TABLES
        tables.write_text(tables.read_text().replace("Table(Person,", 'Table(Person, was=["p"],'))
        assert 'was=["p", "persons"]' in renamed(project, "Person", "Member")[TABLES]
        tables.write_text(tables.read_text().replace('was=["p"]', "was=[]"))
        assert 'was=["persons"]' in renamed(project, "Person", "Member")[TABLES]

    def test_what_is_not_stored_has_no_table(self, project: Project) -> None:
        planned = renamed(project, "Effort", "Span")
        assert TABLES not in planned
        assert "effort: Span | None" in planned["src/job_board/domain/entities.py"]

    def test_an_id_of_another_name_stays(self, project: Project) -> None:
        for each in project.folder.rglob("*.py"):
            each.write_text(each.read_text().replace("PersonId", "Login"))
        assert "Login" not in str(renamed(project, "Person", "Member").get("x"))

    def test_functions_and_ids_are_renamed_alone(self, project: Project) -> None:
        planned = renamed(project, "is_open", "is_ongoing")
        assert "require=is_ongoing" in planned["src/job_board/services/business_logic/board.py"]
        planned = renamed(project, "PersonId", "Login")
        assert 'Login = NewType("Login", str)' in planned["src/job_board/domain/value_objects.py"]


class TestFields:
    def test_whatever_the_types_know_follows(self, project: Project) -> None:
        found = plan_rename(project, "Task.title", "name")
        planned = {each.path: each.after or "" for each in found.changes}
        board = planned["src/job_board/services/business_logic/board.py"]
        assert "name=title" in board
        assert "title=task.name" in board
        assert 'search=["name"], renamed={"name": "title"}' in planned[TABLES]
        assert any("still says title" in each.found for each in found.doubts)

    def test_calls_over_several_lines_follow(self, project: Project) -> None:
        more = "\n\n\ndef made(of: TaskId) -> Task:\n    return Task(\n        id=of,\n        title='x',\n    )\n"
        entities = project.folder / "src/job_board/domain/entities.py"
        entities.write_text(entities.read_text() + more)
        assert (
            'name="x",'
            in renamed(project, "Task.title", "name")[str(entities.relative_to(project.folder))]
        )

    def test_what_stays_wrong_is_given_up(self, project: Project) -> None:
        more = (
            "\n\n\ndef odd(task: Task) -> object:\n    return (\n        task\n        .  title)\n"
        )
        entities = project.folder / "src/job_board/domain/entities.py"
        entities.write_text(entities.read_text() + more)
        assert renamed(project, "Task.title", "name")

    def test_values_are_columns_of_what_holds_them(self, project: Project) -> None:
        values = project.folder / "src/job_board/domain/value_objects.py"
        more = "\n\n@dataclass(frozen=True, slots=True)\nclass Plan:\n    effort: Effort\n"
        values.write_text(values.read_text() + more)
        entities = project.folder / "src/job_board/domain/entities.py"
        text = entities.read_text().replace("import Effort,", "import Effort, Plan,")
        entities.write_text(text.replace("    name: str\n", "    name: str\n    plan: Plan\n"))
        planned = renamed(project, "Effort.least", "shortest")
        assert '"effort.shortest": "effort.least"' in planned[TABLES]
        assert '"plan.effort.shortest": "plan.effort.least"' in planned[TABLES]
        assert "self.shortest" in planned["src/job_board/domain/value_objects.py"]

    def test_a_project_without_tables_gets_them(self, project: Project) -> None:
        (project.folder / TABLES).unlink()
        planned = renamed(project, "Person.email", "mail")
        assert 'PERSONS = Table(Person, renamed={"mail": "email"})' in planned[TABLES]

    def test_without_a_type_checker_nothing_is_done(
        self, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(workspace, "find_program", lambda _: None)
        with pytest.raises(InvalidInput, match="mypy: is not installed"):
            plan_rename(project, "Task.title", "name")


class TestRefusals:
    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            ("Task", "job", "is no name of a class"),
            ("Task", "Person", "Person is there already"),
            ("is_open", "Is", "is no name"),
            ("Task.title", "due", "cannot be due"),
            ("Task.id", "key", "cannot be key"),
            ("Nothing.title", "name", "Nothing is not in the domain"),
        ],
    )
    def test_what_cannot_be_is_told(self, project: Project, old: str, new: str, told: str) -> None:
        with pytest.raises(InvalidInput, match=told):
            plan_rename(project, old, new)

    @pytest.mark.parametrize(("old", "told"), [("Tsk", "'Task'"), ("Task.titel", "'title'")])
    def test_what_is_meant_is_asked(self, project: Project, old: str, told: str) -> None:
        with pytest.raises(UnknownName, match=told):
            plan_rename(project, old, "Name" if "." not in old else "name")


class TestTerminal:
    def test_nothing_is_written_before_it_is_shown(
        self, project: Project, capsys: pytest.CaptureFixture[str]
    ) -> None:
        words = ["rename", "Effort", "Span", "--folder", str(project.folder)]
        assert TRIPTYCH.run([*words, "--dry-run"]) == 0
        assert "+class Span:" in capsys.readouterr().out
        assert TRIPTYCH.run([*words, "--dry-run", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["changes"]
        assert TRIPTYCH.run(words) == 2
        assert "say --yes" in capsys.readouterr().err
        assert TRIPTYCH.run([*words, "--yes", "--json"]) == 0
        assert (
            "class Span" in (project.folder / "src/job_board/domain/value_objects.py").read_text()
        )

    def test_of_many_doubts_the_first_are_told(
        self, project: Project, capsys: pytest.CaptureFixture[str]
    ) -> None:
        more = "".join(f"\n# a task is a Task {n}" for n in range(20))
        rules = project.folder / "src/job_board/domain/rules.py"
        rules.write_text(rules.read_text() + f"{more}\n")
        words = ["rename", "Task", "Job", "--folder", str(project.folder), "--dry-run"]
        assert TRIPTYCH.run(words) == 0
        assert "more such places" in capsys.readouterr().out
