"""What cannot be added is told, and nothing of it is written."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from triptych.adapters.projects import manifest
from triptych.adapters.projects.modules import ProjectSource
from triptych.adapters.projects.writing import call
from triptych.cli.main import TRIPTYCH
from triptych.domain.additions import Kind, Request, check_class, check_name, read_field
from triptych.domain.errors import InvalidInput, Misconfigured, UnknownName
from triptych.domain.projects import ProjectName
from triptych.services.additions import Additions, plan_addition
from triptych.services.additions.reading import readers_of
from triptych.services.projects import Origin, new_project
from triptych.services.verification import Project, find_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = new_project(ProjectName("job-board"), tmp_path).folder
    return find_project(folder)


def plan(project: Project, said: str, **more: str) -> dict[str, str]:
    kind, name, *words = shlex.split(said)
    request = Request(kind=Kind(kind), name=name, words=tuple(words), **more)  # type: ignore[arg-type]  # texts
    return {each.path: each.after or "" for each in plan_addition(project, request)}


def add(project: Project, said: str) -> None:
    kind, name, *words = shlex.split(said)
    request = Request(kind=Kind(kind), name=name, words=tuple(words))
    Additions(project).make(request, plan_addition(project, request))


class TestNotation:
    @pytest.mark.parametrize(
        "text", ["", "name", "name:", ":str", "Name:str", "class:str", "a:{}", "a:{B}", "a:{if}"]
    )
    def test_what_is_no_field_is_told(self, text: str) -> None:
        with pytest.raises(InvalidInput, match=r"is no field|no name"):
            read_field(text)

    @pytest.mark.parametrize("name", ["invoice", "In_voice", "", "Invoice!", "1A"])
    def test_what_is_no_class_is_told(self, name: str) -> None:
        with pytest.raises(InvalidInput, match="is no name of a class"):
            check_class(name)

    @pytest.mark.parametrize("name", ["Is", "a-b", "", "if", "_a"])
    def test_what_is_no_name_is_told(self, name: str) -> None:
        with pytest.raises(InvalidInput, match="is no name"):
            check_name(name)


class TestRefusals:
    @pytest.mark.parametrize(
        ("said", "told"),
        [
            ("entity Invoice total:Nothing", "Nothing is not in the domain"),
            ("entity Invoice count:int=many", "'many' is no int"),
            ("entity Invoice total:Decimal=much", "'much' is no Decimal"),
            ("entity Invoice due:date=today", "'today' cannot be the default of a date"),
            ("entity Invoice status:{a,b}=c", "; there are a, b"),
            ("entity Invoice effort:Effort!", "an effort is several columns"),
            ("value-object Money amount:Decimal!", "leave the ! out"),
            ("event Done task:Task!", "leave the ! out"),
            ("action work.do task:Task note:str!", "leave the ! out"),
            ("value-object Money", "it has none; name at least one"),
            ("value-object Money owner:Person", "Money would hold an object"),
            ("relationship Work person:Person", "Work joins 1 entities"),
            ("rule is_it", "'' is none"),
            ("rule is_it 'a +'", "'a \\+' is none"),
            ("rule is_it '1 > 0'", "asks nothing"),
            ("rule is_it 'task.size > limit'", "limit is not in the domain"),
            ("policy may_all", "nothing is allowed"),
            ("lifecycle Task.title a>b", "no state 'title' that is an enum"),
            ("lifecycle Task.status open>gone", "'open>gone' is no step"),
            ("lifecycle Nothing.status a>b", "Nothing is not in the domain"),
            ("action pay", "'pay' names no service"),
            ("action tasks.do task:Task", "tasks are objects already"),
            ("action work.do", "do is about no entity"),
            ("action work.do task:Task", "it would change nothing"),
            ("action work.do task:Task among:[Task]", "an action is not given that"),
            ("query work.count", "no rule is named"),
            ("query work.count is_lost", "there is no rule 'is_lost'"),
            ("adr Nothing", "a decision says why"),
            ("external-api Payments amount:int", "'Payments' names no method"),
            ("external-api Payments.charge", "it is told nothing"),
            ("external-api Payments.charge of:Person", "foreign systems know plain values"),
            ("handler tell TaskFinished Notifier.send", "who is told of what is not said"),
            ("handler a.tell TaskFinished", "who is told of what is not said"),
            ("handler a.tell TaskFinished Nobody.send", "there is no API 'Nobody'"),
            ("handler a.tell TaskFinished Notifier.shout", "Notifier has no 'shout'"),
            ("handler a.tell TaskFinished Notifier.send", "TaskFinished has no 'text'"),
            ("handler a.tell Nothing Notifier.send", "Nothing is not in the domain"),
            ("repository Backlog is_open", "'Backlog' asks nothing"),
            ("repository Backlog.late", "'Backlog.late' asks nothing"),
            ("repository Backlog.late is_open order=size", "Task has no 'size'"),
            ("repository Backlog.late is_open take=1000", "take=1000 makes no sense"),
            ("repository Backlog.late is_open near=here", "near=here makes no sense"),
            ("route late board", "there is no operation 'board'"),
            ("route late", "there is no operation ''"),
            ("route late board.none", "there is no operation 'board.none'"),
            ("route late board.__init__", "there is no operation 'board.__init__'"),
            ("command late nobody.none", "there is no operation 'nobody.none'"),
            ("command late board.finish", "board.finish is given task, and plain values"),
            ("command Late! board.overdue", "is no name"),
            ("source Task", "no file is named"),
            ("source Task data/nowhere.csv", "name a file of the project"),
            ("source Task data/people.csv", "no column of data/people.csv is called so"),
            ("source Place data/places.csv", "is a Spot, which no column is"),
        ],
    )
    def test_what_cannot_be_added_is_told(self, project: Project, said: str, told: str) -> None:
        if said.startswith("lifecycle Task.status"):
            (project.folder / "src/job_board/services/workflows/task.py").unlink(missing_ok=True)
        if said.startswith("source Place"):
            add(project, "value-object Spot x:int")
            add(project, "entity Place spot:Spot")
            (project.folder / "data/places.csv").write_text("id,spot\n")
        with pytest.raises(InvalidInput, match=told):
            plan(project, said)

    def test_an_action_that_sets_what_is_not_there_is_told(self, project: Project) -> None:
        request = Request(
            kind=Kind.ACTION, name="work.do", words=("task:Task",), sets=("colour=red",)
        )
        with pytest.raises(InvalidInput, match="Task has no 'colour'; it has id, title"):
            plan_addition(project, request)

    def test_an_action_that_does_not_say_all_of_what_it_makes_is_told(
        self, project: Project
    ) -> None:
        with pytest.raises(InvalidInput, match="it does not say all of Person; give it name"):
            plan(project, "action work.hire", makes="Person")

    def test_an_event_that_nobody_can_tell_of_is_told(self, project: Project) -> None:
        request = Request(
            kind=Kind.ACTION,
            name="work.describe",
            words=("task:Task", "title:str"),
            records="TaskAssigned",
        )
        with pytest.raises(InvalidInput, match="nobody says person of TaskAssigned"):
            plan_addition(project, request)

    def test_a_module_that_is_broken_is_told(self, project: Project) -> None:
        rules = project.folder / "src/job_board/domain/rules.py"
        rules.write_text("def (")
        with pytest.raises(InvalidInput, match=r"rules\.py: line 1: invalid syntax"):
            plan(project, "entity Invoice")
        rules.write_bytes(b"\xff")
        with pytest.raises(InvalidInput, match="mend the file"):
            plan(project, "entity Invoice")


class TestPlaces:
    def test_a_concept_that_is_a_package_gets_a_module_more(self, project: Project) -> None:
        folder = project.folder / "src/job_board/domain"
        (folder / "entities").mkdir()
        (folder / "entities.py").rename(folder / "entities/__init__.py")
        planned = plan(project, "entity Invoice customer:Person")
        assert "src/job_board/domain/entities/invoice.py" in planned
        assert "customer: PersonId" in planned["src/job_board/domain/entities/invoice.py"]

    def test_a_service_learns_of_a_repository_that_it_has_not(self, project: Project) -> None:
        planned = plan(project, "action board.rename person:Person name:str")
        text = planned["src/job_board/services/business_logic/board.py"]
        assert "        persons: Repository[Person]," in text
        assert "        self.persons = persons" in text

    def test_what_is_said_of_it_is_its_docstring(self, project: Project) -> None:
        planned = plan(project, "entity Invoice", about="What somebody owes us.")
        assert '"""What somebody owes us."""' in planned["src/job_board/domain/entities.py"]

    def test_what_is_there_by_that_name_is_taken(self, project: Project) -> None:
        values = project.folder / "src/job_board/domain/value_objects.py"
        more = 'InvoiceId = NewType("InvoiceId", str)\n\n\nclass InvoiceStatus(StrEnum):\n'
        values.write_text(f'{values.read_text()}\n\n{more}    """A state."""\n\n    A = "a"\n')
        planned = plan(project, "entity Invoice status:{a,b}=a")
        assert "src/job_board/domain/value_objects.py" not in planned
        text = planned["src/job_board/domain/entities.py"]
        assert "status: InvoiceStatus = InvoiceStatus.A" in text

    @pytest.mark.parametrize(
        ("policy", "roles"),
        [
            ('@allows("read", Invoice)\ndef see(actor):\n    return actor.has_role("clerk")\n', ["clerk"]),
            ('@allows("read", Team)\ndef see(actor):\n    return actor.has_role("clerk")\n', []),
            ('@allows("read", Invoice)\ndef see(actor):\n    return actor.id == "ada"\n', []),
            ("@other\ndef see(actor):\n    return True\n\n\nX = 1\n", []),
        ],
    )  # fmt: skip
    def test_who_may_see_is_read_of_policies(
        self, project: Project, policy: str, roles: list[str]
    ) -> None:
        source = ProjectSource(project.folder, project.package)
        source.write("src/job_board/services/policies/own.py", policy, "")
        assert readers_of(source, "Invoice") == roles

    def test_who_tries_an_action_may_see_what_it_is_about(self, project: Project) -> None:
        add(project, "entity Invoice number:str note:str?")
        files = plan(project, "action billing.note invoice:Invoice note:str", role="lead")
        tried = files["tests/unit/services/test_billing_note.py"]
        assert 'SOMEBODY = Actor("somebody", frozenset({"lead", "member"}))' in tried

    def test_an_action_is_tried_with_a_value_of_each_type(self, project: Project) -> None:
        add(project, "value-object Span effort:Effort size:int=1")
        fields = "at:time? tags:[str] effort:Effort status:TaskStatus who:Person span:Span ok:bool"
        add(project, f"entity Visit {fields}")
        given = "at:time? effort:Effort status:TaskStatus span:Span ok:bool who:Person"
        files = plan(project, f"action planning.plan {given}", makes="Visit")
        text = "".join(files["tests/unit/services/test_planning_plan.py"].split())
        effort = "Effort(least=timedelta(hours=1),most=timedelta(hours=1))"
        assert f"None,{effort},TaskStatus.OPEN,Span(effort={effort}),True,who" in text
        for each in (f"effort=={effort}", "atisNone", "okisTrue", "status==TaskStatus.OPEN"):
            assert f"assertdone.result.{each}" in text

    def test_a_handler_is_told_an_event_of_any_type(self, project: Project) -> None:
        add(project, "event Visited tags:[str] who:Person at:time? state:TaskStatus text:str")
        files = plan(project, "handler a.tell Visited Notifier.send who=text")
        text = "".join(files["tests/unit/services/test_a_tell.py"].split())
        assert 'tags=(),who=PersonId("x"),at=None,state=TaskStatus.OPEN,text="x"' in text

    def test_a_test_goes_beside_those_that_are_there(self, project: Project) -> None:
        there = project.folder / "tests/unit/domain/test_moneys.py"
        there.write_text('"""Mine."""\n\nimport pytest\nfrom hypothesis import strategies as st\n')
        planned = plan(project, "value-object Money amount:Decimal")
        assert planned["tests/unit/domain/test_moneys.py"].startswith('"""Mine."""')

    def test_values_are_drawn_by_their_types(self, project: Project) -> None:
        planned = plan(project, "value-object Level state:{low,high} count:int note:str?")
        text = planned["tests/unit/domain/test_levels.py"]
        assert "from job_board.domain.value_objects import Level, LevelState" in text
        for each in ("state=st.from_type(LevelState)", "count=st.from_type(int)", "note=st.none()"):
            assert each in text

    def test_what_holds_something_that_refuses_values_gets_no_test(self, project: Project) -> None:
        planned = plan(project, "value-object Plan effort:Effort")
        assert list(planned) == ["src/job_board/domain/value_objects.py"]

    def test_decisions_are_numbered_on(self, project: Project) -> None:
        planned = plan(project, "adr 'So be it'", context="Why.", decision="What.")
        assert list(planned) == ["docs/architecture/decisions/0002-so-be-it.md"]
        for each in (project.folder / "docs/architecture/decisions").iterdir():
            each.unlink()
        (project.folder / "docs/architecture/decisions").rmdir()
        planned = plan(project, "adr 'So be it'", context="Why.", decision="What.")
        assert list(planned) == ["docs/architecture/decisions/0001-so-be-it.md"]


class TestOutside:
    def test_a_project_without_adapters_gets_them(self, tmp_path: Path) -> None:
        origin = Origin(("flights.domain",))
        made = new_project(ProjectName("sky"), tmp_path, origin)
        project = find_project(made.folder)
        planned = plan(project, "external-api Tower.call text:str")
        wiring = planned["src/sky/adapters/wiring.py"]
        assert "ADAPTERS = Provider(scope=Scope.APP)" in wiring
        assert 'os.environ.get("SKY_TOWER_URL", "http://127.0.0.1:9000")' in wiring
        add(project, "external-api Tower.call text:str")
        planned = plan(project, "external-api Radar.ask text:str")
        assert planned["src/sky/adapters/wiring.py"].count("import os") == 1
        (made.folder / "data").mkdir()
        (made.folder / "data/crew.csv").write_text("Member_ID,flight,role\n")
        planned = plan(project, "source CrewAssignment data/crew.csv")
        reader = planned["src/sky/adapters/file_parsers/crew_assignments.py"]
        assert 'member="Member_ID"' in reader
        assert "from sky.domain.relationships import CrewAssignment" in reader

    def test_a_reader_that_is_there_is_left_alone(self, project: Project) -> None:
        there = project.folder / "src/job_board/adapters/file_parsers/tasks.py"
        there.write_text("")
        (project.folder / "data/tasks.csv").write_text("id,title\n")
        with pytest.raises(InvalidInput, match=r"tasks\.py is there already"):
            plan(project, "source Task data/tasks.csv")

    def test_what_is_there_is_not_added_again(self, project: Project) -> None:
        (project.folder / "data/tasks.csv").write_text("id,title\n")
        for each in (
            "external-api Payments.charge amount:Decimal",
            "handler money.tell TaskFinished Notifier.send text=title",
            "source Task data/tasks.csv",
        ):
            assert plan(project, each)
            add(project, each)
            assert not plan(project, each)

    def test_a_service_that_keeps_more_than_systems_is_left_alone(self, project: Project) -> None:
        service = project.folder / "src/job_board/services/orchestration/moves.py"
        service.write_text(
            "class Moves:\n    def __init__(self, n: int) -> None:\n        self.n = n\n"
        )
        with pytest.raises(InvalidInput, match="moves is made with n, which has no fake"):
            plan(project, "handler moves.tell TaskFinished Notifier.send text=title")

    def test_values_of_every_kind_are_made_for_a_test(self, project: Project) -> None:
        add(project, "event TaskMoved task:Task part:Part note:str? tags:[str] at:datetime")
        planned = plan(project, "handler moves.tell TaskMoved Notifier.send text=note")
        test = planned["tests/unit/services/test_moves_tell.py"]
        for each in ("TaskId(UUID(int=1))", "Part.OWNER", "note=None", "tags=()", "datetime("):
            assert each in test


class TestEntrances:
    def test_a_repository_is_asked_more_than_once(self, project: Project) -> None:
        add(project, "repository Backlog.open is_open")
        add(project, "repository Backlog.late is_overdue now:datetime order=-due")
        assert not plan(project, "repository Backlog.late is_open")
        path = project.folder / "src/job_board/adapters/repositories/backlog.py"
        assert path.read_text().count("class ") == 2
        wiring = (project.folder / "src/job_board/adapters/wiring.py").read_text()
        assert wiring.count("StoredBacklog, provides=Backlog") == 1

    def test_a_repository_of_something_else_is_left_alone(self, project: Project) -> None:
        add(project, "repository Backlog.open is_open")
        add(project, "rule is_ada 'person.name == \"Ada\"'")
        with pytest.raises(InvalidInput, match="Backlog does not keep persons"):
            plan(project, "repository Backlog.adas is_ada")

    def test_a_way_in_carries_what_the_operation_says_of_its_parameters(
        self, project: Project
    ) -> None:
        planned = plan(project, "command put-up board.open")
        code = planned["src/job_board/cli/commands/board.py"]
        assert "due: datetime | None = None" in code
        assert "    title: What is to be done." in code

    def test_an_operation_that_tells_nothing_gets_words_of_its_own(self, project: Project) -> None:
        service = project.folder / "src/job_board/services/business_logic/desk.py"
        service.write_text(
            "class Desk:\n    @action\n    async def close(self, is_late: bool):\n        ...\n\n"
            "    @query\n    async def all(self):\n        ...\n\n"
            "    @action\n    async def clear(self) -> None:\n        ...\n"
        )
        assert "async def clear(calls: Calling) -> dict" in str(
            plan(project, "route clear desk.clear")
        )
        assert "is_late: The is late." in str(plan(project, "command shut desk.close"))
        assert '"--is-late"' in str(plan(project, "command shut desk.close"))
        assert '{"is_late": True}' in str(plan(project, "route shut desk.close"))
        planned = plan(project, "route all desk.all")
        assert "async def all(calls: Calling) -> object:" in str(planned)
        assert 'client.get("/all")' in str(planned)

    def test_what_is_there_is_not_added_again(self, project: Project) -> None:
        for each in ("route late-list board.overdue", "command late-list board.overdue"):
            add(project, each)
            assert not plan(project, each)
        assert "ROUTES = " in str(plan(project, "route others board.overdue"))


class TestTests:
    def test_what_is_there_gets_the_test_it_would_have_had(self, project: Project) -> None:
        domain = project.folder / "src/job_board/domain/value_objects.py"
        more = "\n\n@dataclass(frozen=True, slots=True)\nclass Spot:\n    x: int\n"
        domain.write_text(domain.read_text() + more)
        for name, path in (
            ("Person", "tests/unit/adapters/test_persons.py"),
            ("Assignment", "tests/unit/adapters/test_assignments.py"),
            ("is_open", "tests/unit/domain/test_rules_asked.py"),
            ("Spot", "tests/unit/domain/test_spots.py"),
        ):
            assert path in plan(project, f"test {name}")
            add(project, f"test {name}")
            assert not plan(project, f"test {name}"), "what is there is not added again"

    @pytest.mark.parametrize("name", ["Nobody", "Effort", "is_overdue", "TaskStatus"])
    def test_of_what_only_a_person_knows_there_is_none(self, project: Project, name: str) -> None:
        with pytest.raises(UnknownName, match="no class or rule of the domain"):
            plan(project, f"test {name}")


class TestWriting:
    @pytest.mark.parametrize(("count", "lines"), [(2, 1), (12, 3), (30, 32)])
    def test_a_call_is_written_as_the_formatter_would(self, count: int, lines: int) -> None:
        names = [f"name{n}" for n in range(count)]
        assert len(call("made = something(", names, ")", indent=8)) == lines

    def test_a_call_within_a_call_is_opened_from_outside(self) -> None:
        names = [f"name{n}" for n in range(11)]
        assert len(call("self.events.record(Event(", names, "))", indent=8)) == 3
        assert len(call("self.events.record(Event(", names * 2, "))", indent=8)) == 26


class TestUndo:
    def test_nothing_that_was_edited_since_is_lost(self, project: Project) -> None:
        request = Request(kind=Kind.ENTITY, name="Invoice")
        additions = Additions(project)
        additions.make(request, plan_addition(project, request))
        edited = project.folder / "src/job_board/domain/entities.py"
        edited.write_text(edited.read_text() + "\n# mine\n")
        with pytest.raises(InvalidInput, match=r"entities\.py: was edited since"):
            additions.take_back()
        assert "# mine" in edited.read_text()

    def test_there_may_be_nothing_to_take_back(self, project: Project) -> None:
        with pytest.raises(InvalidInput, match="nothing was written here"):
            Additions(project).take_back()

    def test_a_disk_that_is_full_leaves_everything_as_it_was(
        self, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        request = Request(kind=Kind.ENTITY, name="Invoice")
        changes = plan_addition(project, request)
        write, before = manifest._write, (project.folder / changes[0].path).read_text()

        def full(path: Path, text: str) -> None:
            if path.name == Path(changes[-1].path).name:
                raise OSError(28, "No space left on device")
            write(path, text)

        monkeypatch.setattr(manifest, "_write", full)
        with pytest.raises(Misconfigured, match=r"nothing was written: .*No space left"):
            Additions(project).make(request, changes)
        assert (project.folder / changes[0].path).read_text() == before
        assert not (project.folder / ".triptych").exists()


class TestTerminal:
    def test_the_difference_is_shown_and_nothing_written(
        self, project: Project, capsys: pytest.CaptureFixture[str]
    ) -> None:
        words = ["add", "entity", "Invoice", "number:str!", "--folder", str(project.folder)]
        assert TRIPTYCH.run([*words, "--dry-run"]) == 0
        shown = capsys.readouterr().out
        assert "+class Invoice:" in shown
        assert "an id of its own, so that no other can stand in its place" in shown
        assert TRIPTYCH.run([*words, "--dry-run", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)[0]["path"].endswith("value_objects.py")
        assert TRIPTYCH.run(words) == 2
        assert "say --yes" in capsys.readouterr().err
        assert not (project.folder / ".triptych").exists()
        assert TRIPTYCH.run([*words, "--yes", "--json"]) == 0

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (["entty", "A"], "did you mean 'entity'"),
            (["entity"], "say what the entity is called"),
        ],
    )
    def test_what_is_meant_is_asked(
        self, project: Project, words: list[str], told: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert TRIPTYCH.run(["add", *words, "--folder", str(project.folder)]) == 2
        assert told in capsys.readouterr().err
