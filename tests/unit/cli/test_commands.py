"""Commands, as their user types them."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from tests.conftest import EXAMPLE, MakeDomain
from tests.fixtures.ledger.domain.entities import Account, Entry
from tests.unit.services.test_expression import ADA, BOB, ENTRY
from triptych import open_store
from triptych.cli.calling import call
from triptych.cli.exits import EXITS, exit_of
from triptych.cli.main import TRIPTYCH, application
from triptych.cli.own import own_commands
from triptych.cli.program import Program
from triptych.domain.errors import InvalidOntology, ObjectMissing, TriptychError
from triptych.services.actions.calling import Calls

FLIGHTS = application("flights", "Flights.")
LIBRARY = application("tests.fixtures.library")
CITY = (
    '"""Cities."""\nfrom __future__ import annotations\nfrom dataclasses import dataclass\n'
    'from typing import NewType\nCityId = NewType("CityId", str)\n\n\n'
    "@dataclass(frozen=True)\nclass City:\n    id: CityId\n"
)


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs each command in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    for name in ("TRIPTYCH_DATABASE", "TRIPTYCH_PORT"):
        monkeypatch.delenv(name, raising=False)


class TestOwnCommands:
    @pytest.fixture
    def program(self, make_domain: MakeDomain) -> Program:
        package = make_domain({"entities.py": CITY})
        folder = Path(import_module(package).__path__[0]) / "cli/commands"
        folder.mkdir(parents=True)
        for each in (folder.parent, folder):
            (each / "__init__.py").write_text("")
        (folder / "greet.py").write_text(
            'def say_hello(name: str, *, loud: bool = False) -> int:\n    """Say hello.\n\n'
            '    Args:\n        name: To whom.\n        loud: Shout.\n    """\n'
            '    print("HELLO" if loud else "hello", name)\n    return 7\n\n\n'
            'def check():\n    print("mine")\n\n\ndef _quiet(): ...\n'
        )
        (folder / "broken.py").write_text("def (\n")
        return application(package)

    def test_they_are_listed_with_the_others(
        self, program: Program, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert program.run([]) == 0
        shown = capsys.readouterr().out
        assert "  say-hello    Say hello." in shown
        assert "Cannot be read: line 1 of broken.py." in shown
        assert "quiet" not in shown

    def test_they_take_what_they_say(
        self, program: Program, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert program.run(["say-hello", "Ada", "--loud"]) == 7
        assert capsys.readouterr().out == "HELLO Ada\n"
        assert program.run(["say-hello"]) == 2

    def test_one_of_our_name_stands_in_its_place(
        self, program: Program, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert program.run(["check"]) == 0
        assert capsys.readouterr().out == "mine\n"

    def test_a_package_that_is_nowhere_has_none(self) -> None:
        assert own_commands("nowhere.at.all") == {}

    def test_they_call_services(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TRIPTYCH_DATABASE", "sqlite:///made.db")

        async def ask(calls: Calls) -> str:
            return f"{calls.by.actor.id} asks {type(calls.backend).__name__}"

        assert call("flights", ask, "ada:dispatcher") == "ada asks Backend"


class TestHelp:
    @pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
    def test_the_commands_are_listed(
        self, words: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert TRIPTYCH.run(words) == 0
        shown = capsys.readouterr().out
        for name in ("demo", "serve", "load", "describe", "check"):
            assert f"  {name}" in shown

    def test_the_version_is_told(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert TRIPTYCH.run(["--version"]) == 0
        assert capsys.readouterr().out == "0.1.0\n"

    def test_a_command_tells_its_parameters(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert FLIGHTS.run(["list", "--help"]) == 0
        shown = capsys.readouterr().out
        assert "--where" in shown
        assert "PACKAGE" not in shown

    def test_an_unknown_command_is_refused(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert TRIPTYCH.run(["serv"]) == 2
        assert "serv" in capsys.readouterr().err

    def test_help_loads_no_parser(self) -> None:
        program = (
            "import sys; from triptych.cli.main import TRIPTYCH; TRIPTYCH.run(['--help']);"
            "assert not {'cyclopts', 'rich', 'sqlalchemy', 'msgspec'} & set(sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_completion_can_be_asked_for(
        self, shell: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert FLIGHTS.run(["completion", shell]) == 0
        assert "describe" in capsys.readouterr().out

    @pytest.mark.parametrize("words", [[], ["tcsh"]])
    def test_completion_needs_a_known_shell(self, words: list[str]) -> None:
        assert FLIGHTS.run(["completion", *words]) == 2


class TestCheck:
    def test_a_good_domain_has_no_mistakes(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert TRIPTYCH.run(["check", "flights"]) == 0
        assert "6 entities, 1 relationship, 7 rules; no mistakes" in capsys.readouterr().out

    def test_warnings_do_no_harm(
        self, make_domain: MakeDomain, capsys: pytest.CaptureFixture[str]
    ) -> None:
        name = make_domain({"entities.py": CITY})
        assert TRIPTYCH.run(["check", name]) == 0
        shown = capsys.readouterr().out
        assert f"{name}/domain/entities.py:9 ONT019 City has no docstring" in shown
        assert "1 entity" in shown

    def test_mistakes_end_with_one(
        self, make_domain: MakeDomain, capsys: pytest.CaptureFixture[str]
    ) -> None:
        name = make_domain({"entities.py": CITY + "    x: list[int]\n"})
        assert TRIPTYCH.run(["check", name, "--json"]) == 1
        found = json.loads(capsys.readouterr().out)
        assert [each["code"] for each in found] == ["ONT019", "ONT022"]

    def test_a_package_that_is_not_there_is_told(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert TRIPTYCH.run(["check", "nowhere"]) == 4
        assert "there is no package nowhere.domain" in capsys.readouterr().err


class TestDescribe:
    def test_everything_is_told(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert FLIGHTS.run(["describe"]) == 0
        shown = capsys.readouterr().out
        for word in (
            "Entities",
            "Airport",
            "departures",
            "has_not_left",
            "FlightPostponed",
            "Named",
        ):
            assert word in shown

    def test_one_type_is_told_with_its_links(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert FLIGHTS.run(["describe", "flight"]) == 0
        shown = capsys.readouterr().out
        assert "When it is due to leave, in UTC." in shown
        assert "one Airport; back by departures" in shown

    def test_the_document_is_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert TRIPTYCH.run(["describe", "flights", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["package"] == "flights"

    def test_an_unknown_type_is_refused(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert FLIGHTS.run(["describe", "fligt"]) == 2
        assert "did you mean 'Flight'" in capsys.readouterr().err

    def test_a_domain_with_mistakes_is_told_without_a_traceback(
        self, make_domain: MakeDomain, capsys: pytest.CaptureFixture[str]
    ) -> None:
        name = make_domain({"entities.py": CITY + "    x: list[int]\n"})
        assert TRIPTYCH.run(["describe", name]) == 1
        shown = capsys.readouterr().err
        assert f"{name}.domain has 1 mistake" in shown
        assert "Traceback" not in shown


class TestObjects:
    def load(self) -> None:
        assert FLIGHTS.run(["load", "airlines", "airports"]) == 0

    def test_some_sources_are_loaded_into_a_file(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.load()
        assert Path("var/flights.db").exists()
        assert "1,458  from airports" in capsys.readouterr().err

    def test_an_unknown_source_is_refused(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert FLIGHTS.run(["load", "airport"]) == 2
        assert "did you mean 'airports'" in capsys.readouterr().err

    def test_a_list_is_a_table(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.load()
        words = [
            "list",
            "airport",
            "-w",
            "altitude.gt=7000",
            "--order=-altitude",
            "--take",
            "2",
            "--total",
        ]
        assert FLIGHTS.run(words) == 0
        shown = capsys.readouterr().out.splitlines()
        assert shown[0].split()[:2] == ["id", "name"]
        assert shown[1].startswith("TEX")
        assert "2 of 13" in shown[3]
        assert shown[4].startswith("more with --after ")

    def test_a_list_may_be_json_and_empty(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.load()
        assert FLIGHTS.run(["list", "carrier", "--take", "1", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["items"][0]["id"] == "9E"
        assert FLIGHTS.run(["list", "flight"]) == 0
        assert capsys.readouterr().out == "nothing\n"

    def test_an_object_is_shown_by_its_parts(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.load()
        assert FLIGHTS.run(["get", "airport", "JFK"]) == 0
        assert "position.latitude   40.639751" in capsys.readouterr().out

    def test_links_are_followed(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.load()
        assert FLIGHTS.run(["links", "airport", "JFK", "departures"]) == 0
        assert capsys.readouterr().out == "nothing\n"

    def test_objects_are_measured_and_drawn(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.load()
        words = ["aggregate", "airport", "-m", "count,max(altitude)", "-b", "time_zone"]
        assert FLIGHTS.run([*words, "--order=-count", "--take", "3", "-w", "altitude.gt=0"]) == 0
        shown = capsys.readouterr().out
        first = shown.splitlines()[1].split()
        assert first[0] == "America/New_York"
        assert "█" in shown
        assert "there are more than 3" in shown
        assert FLIGHTS.run(["aggregate", "airport", "-m", "count", "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {
            "groups": [{"count": 1458}],
            "is_complete": True,
        }

    def test_facets_are_counted(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.load()
        capsys.readouterr()
        assert FLIGHTS.run(["facets", "airport", "time_zone", "-w", "id=JFK"]) == 0
        assert capsys.readouterr().out.splitlines()[1].split()[:2] == ["America/New_York", "1"]
        assert FLIGHTS.run(["facets", "airport", "time_zone", "-w", "id=JFK", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["time_zone"][0]["count"] == 1

    def test_a_rule_is_explained(self, capsys: pytest.CaptureFixture[str]) -> None:
        async def prepare() -> None:
            store = open_store("tests.fixtures.ledger", "sqlite:///var/tests.fixtures.ledger.db")
            await store.open()
            async with store.transaction() as transaction:
                for account in (ADA, BOB):
                    await transaction.repository(Account).add(account)
                await transaction.repository(Entry).add(ENTRY)
            await store.close()

        Path("var").mkdir()
        asyncio.run(prepare())
        ledger = application("tests.fixtures.ledger")
        words = ["why", "entry", "1", "is_of_age", "-w", "least=8"]
        assert ledger.run(words) == 0
        said = capsys.readouterr().out
        assert "is_of_age does not hold: The account has been there for a while." in said
        assert (
            "account's age is 7, least is 8 (tests/fixtures/ledger/domain/rules.py:17:12)" in said
        )
        assert ledger.run([*words, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["clauses"][0]["place"]["line"] == 17

    @pytest.mark.parametrize(
        ("words", "code", "said"),
        [
            (["why", "airport", "JFK", "is_far"], 2, "there is no rule 'is_far'"),
            (["get", "airport", "XXX"], 3, "there is no Airport 'XXX'"),
            (["get", "city", "XXX"], 2, "there is no object type 'city'"),
            (["get", "flight", "XXX"], 2, "is not a FlightId"),
            (["list", "airport", "-w", "name"], 2, "write property=value"),
            (["list", "airport", "-w", "size=1"], 2, "there is no property of Airport 'size'"),
            (["links", "flight", "1", "pilot"], 2, "there is no link of Flight 'pilot'"),
        ],
    )
    def test_what_cannot_be_is_told_in_one_line(
        self, words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.load()
        capsys.readouterr()
        assert FLIGHTS.run(words) == code
        shown = capsys.readouterr().err
        assert said in shown
        assert "Traceback" not in shown

    def test_lists_and_values_of_every_kind_are_shown(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert LIBRARY.run(["list", "book"]) == 0
        assert capsys.readouterr().out == "nothing\n"

    def test_a_wrong_setting_is_told(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("TRIPTYCH_DATABASE", "oracle://x")
        assert FLIGHTS.run(["list", "carrier"]) == 4
        assert "write sqlite:///PATH or postgresql://HOST/NAME" in capsys.readouterr().err


class TestExits:
    def test_the_nearest_family_decides(self) -> None:
        assert exit_of(InvalidOntology("x", [])) == 1
        assert exit_of(ObjectMissing("City", 1)) == 3
        assert all(issubclass(each, TriptychError) for each in EXITS)

    def test_an_interrupt_ends_with_130(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("triptych.cli.check.check_package", interrupt)
        assert TRIPTYCH.run(["check", "flights"]) == 130

    def test_a_reader_who_leaves_is_no_error(self, tmp_path: Path) -> None:
        program = tmp_path / "program.py"
        program.write_text(
            f"import sys\nsys.path.insert(0, {str(EXAMPLE)!r})\n"
            "from triptych.cli.main import TRIPTYCH\n"
            "sys.exit(TRIPTYCH.run(['describe', 'flights', '--json']))\n"
        )
        command = f"{sys.executable} {program} | head -1"
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
        assert (done.stdout, done.stderr) == ("{\n", "")
