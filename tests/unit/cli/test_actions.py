"""Actions, timelines and the ledger, as their user types them."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from pathlib import Path

import pytest

from tests.fixtures.desk import flight_id, member_id, open_desk
from triptych.adapters.database.sqlite import SqliteDatabase
from triptych.cli.main import TRIPTYCH, application

FLIGHTS = application("flights", "Flights.")
FLIGHT, MEMBER = str(flight_id(1)), str(member_id(1))
type Shown = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs each command as a dispatcher, on a desk with a little traffic."""
    url = f"sqlite:///{tmp_path}/desk.db"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("TRIPTYCH_DATABASE", url)
    monkeypatch.setenv("TRIPTYCH_ACTOR", "ada:dispatcher")

    async def fill() -> None:
        async with open_desk(url):
            pass

    asyncio.run(fill())


def run(words: str, shown: Shown, code: int = 0) -> str:
    """Runs a command and returns what it has said."""
    assert FLIGHTS.run(words.split()) == code
    said = shown.readouterr()
    return said.out + said.err


class TestActions:
    def test_what_can_be_done_is_listed(self, capsys: Shown) -> None:
        said = run("actions", capsys)
        assert "operations postpone FLIGHT --by --reason" in said
        assert "Put a departure off." in said
        named = json.loads(run("actions --json", capsys))
        assert {"action": "operations.depart", "description": "Let a flight leave."} in named

    def test_help_tells_of_services(self, capsys: Shown) -> None:
        assert "SERVICE ACTION" in run("--help", capsys)
        said = run("operations postpone --help", capsys)
        assert "How much later it is to leave." in said
        assert "--preview" in said

    def test_a_preview_shows_what_would_change(self, capsys: Shown) -> None:
        said = run(f"operations postpone {FLIGHT} --by 45m --reason fog --preview", capsys)
        assert "changed Flight" in said
        assert "0:45:00" in said
        assert "would announce FlightPostponed" in said
        raw = run(f"operations postpone {FLIGHT} --by 45m --reason fog --preview --json", capsys)
        assert json.loads(raw)["edits"][0]["kind"] == "changed"
        assert "PT0S" in run(f"get flight {FLIGHT}", capsys)

    def test_an_action_is_run_once_for_a_key(self, capsys: Shown) -> None:
        words = f"operations postpone {FLIGHT} --by 45m --reason fog --key k"
        assert "receipt" in run(words, capsys)
        assert "nothing was done again" in run(words, capsys)
        assert json.loads(run(f"{words} --json", capsys))["is_replayed"]

    def test_a_refusal_is_told_and_written_down(self, capsys: Shown) -> None:
        said = run(f"operations depart {FLIGHT} --as bob", capsys, 5)
        assert "bob may not operations.depart" in said
        assert "refused" in run("audit", capsys)
        run(f"operations depart {FLIGHT}", capsys)
        said = run(f"operations postpone {FLIGHT} --by 1h --reason x", capsys, 3)
        assert "The flight has not left yet." in said

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (f"operations postpone {FLIGHT} --by 4x --reason x", "by: '4x' is not a timedelta"),
            ("operations postpone x --by 1h --reason x", "is not a FlightId"),
            ("operations nothing x", "no action 'operations.nothing'"),
            (f"operations postpone {FLIGHT} --by 1h", "reason"),
            ("nothing x", "Unknown command"),
            ("undo 7", "no receipt '7'"),
            ("commit nothing", "no plan 'nothing'"),
        ],
    )
    def test_what_does_not_fit_is_told(self, capsys: Shown, words: str, told: str) -> None:
        assert FLIGHTS.run(words.split()) in (2, 3)
        said = capsys.readouterr()
        assert told in said.out + said.err

    def test_a_query_is_answered(self, capsys: Shown) -> None:
        assert run("operations waiting JFK", capsys) == "4\n"

    def test_what_was_done_is_undone(self, capsys: Shown) -> None:
        raw = run(f"operations depart {FLIGHT} --json", capsys)
        said = run(f"undo {json.loads(raw)['receipt']}", capsys)
        assert "changed Flight" in said
        assert "scheduled" in run(f"get flight {FLIGHT}", capsys)

    def test_a_plan_is_committed_by_somebody_else(self, capsys: Shown) -> None:
        said = run(f"operations cancel {FLIGHT} --reason snow --plan", capsys)
        assert "somebody may commit it" in said
        raw = run(f"operations cancel {FLIGHT} --reason snow --plan --json", capsys)
        plan = json.loads(raw)["plan"]
        assert "somebody else than ada" in run(f"commit {plan}", capsys, 5)
        assert "changed Flight" in run(f"commit {plan} --as eve:dispatcher", capsys)
        assert "somebody else" in run(
            f"operations cancel {flight_id(2)} --reason snow --preview", capsys
        )

    def test_what_removes_something_is_asked_before(
        self, capsys: Shown, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run(f"operations assign-crew {FLIGHT} {MEMBER} --role captain", capsys)
        said = run(f"operations release-crew {FLIGHT}", capsys, 2)
        assert "removed CrewAssignment" in said
        assert "say --yes" in said

        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return True

        for answer, code in (("n\n", 2), ("y\n", 0)):
            monkeypatch.setattr(sys, "stdin", Terminal(answer))
            run(f"operations release-crew {FLIGHT}", capsys, code)
        run(f"operations assign-crew {FLIGHT} {MEMBER} --role captain", capsys)
        assert "removed" in run(f"operations release-crew {FLIGHT} --yes", capsys)
        assert "nothing would change" in run(f"operations release-crew {FLIGHT} --preview", capsys)


class TestLedger:
    def test_a_timeline_tells_what_became_of_an_object(self, capsys: Shown) -> None:
        run(f"operations depart {FLIGHT}", capsys)
        said = run(f"timeline flight {FLIGHT}", capsys)
        assert "ada operations.depart" in said
        assert "scheduled → departed" in said
        raw = json.loads(run(f"timeline flight {FLIGHT} --json", capsys))
        assert [each["kind"] for each in raw] == ["changed", "added"]

    def test_the_audit_is_shown_and_verified(self, capsys: Shown) -> None:
        run(f"operations depart {FLIGHT}", capsys)
        assert "operations.depart" in run("audit --actor ada", capsys)
        assert run("audit --actor nobody", capsys).count("\n") == 1
        (entry,) = json.loads(run("audit --action operations.depart --json", capsys))
        assert entry["decision"] == "done"
        assert "2 entries are sound, 0 wait" in run("audit verify", capsys)
        assert TRIPTYCH.run(["audit", "flights", "verify"]) == 0

    def test_a_change_of_the_past_is_seen(self, capsys: Shown, tmp_path: Path) -> None:
        run(f"operations depart {FLIGHT}", capsys)

        async def tamper() -> None:
            database = SqliteDatabase(tmp_path / "desk.db")
            await database.open()
            await database.execute("UPDATE triptych_entries SET actor = 'bob' WHERE actor = 'ada'")
            await database.close()

        asyncio.run(tamper())
        said = run("audit verify", capsys, 1)
        assert "not sound" in said
        assert "is not as it was bound" in said

    def test_an_object_is_erased(self, capsys: Shown) -> None:
        assert "say --yes" in run(f"erase crew-member {MEMBER}", capsys, 2)
        assert "it is gone; 1 entries" in run(f"erase crew-member {MEMBER} --yes", capsys)
        assert "there is no CrewMember" in run(f"get crew-member {MEMBER}", capsys, 3)

    def test_dead_letters_are_listed_replayed_and_dropped(
        self, capsys: Shown, tmp_path: Path
    ) -> None:
        assert "no dead letters" in run("deadletters", capsys)
        run(f"operations postpone {FLIGHT} --by 1h --reason fog", capsys)

        async def bury() -> None:
            database = SqliteDatabase(tmp_path / "desk.db")
            await database.open()
            await database.execute(
                "INSERT INTO triptych_deliveries (handler, entry, place, subject, state, error,"
                " worker, tries, due, leased) SELECT 'Notices.tell_of_delay', entry, place,"
                " subject, 'dead', 'oh', '', 8, 0, 0 FROM triptych_events"
            )
            await database.close()

        for what, told in (("replay", "1 will be tried again"), ("drop", "1 dropped")):
            asyncio.run(bury())
            listed = json.loads(run("deadletters --json", capsys))
            assert "oh" in run("deadletters", capsys)
            name = f"{listed[0]['handler']}:{listed[0]['entry']}.{listed[0]['place']}"
            assert told in run(f"deadletters {what} {name}", capsys)
            asyncio.run(_forget(tmp_path))
        assert "no dead letter 'all'" in run("deadletters drop all", capsys, 3)


async def _forget(folder: Path) -> None:
    database = SqliteDatabase(folder / "desk.db")
    await database.open()
    await database.execute("DELETE FROM triptych_deliveries")
    await database.close()


class TestScenario:
    def steps(self, *steps: str) -> list[str]:
        return ["scenario", *steps]

    def said(self, words: list[str], shown: Shown, code: int = 0) -> str:
        assert FLIGHTS.run(words) == code
        found = shown.readouterr()
        return found.out + found.err

    def test_what_would_be_is_shown_and_asked_about(self, capsys: Shown) -> None:
        late = f"operations postpone {FLIGHT} --by 2h --reason 'thick fog'"
        said = self.said(
            self.steps(late, late, "--ask", "flight?by=status", "--ask", "flight?is_late=true"),
            capsys,
        )
        assert "0:00:00    →  4:00:00" in said
        assert ["delayed", "1"] in [line.split()[:2] for line in said.splitlines()]
        assert "PT14400S" in said
        assert "delay" in run(f"get flight {FLIGHT}", capsys)
        assert "4:00:00" not in run(f"timeline flight {FLIGHT}", capsys)

    def test_its_difference_is_kept_and_committed(self, capsys: Shown) -> None:
        step = f"operations postpone {FLIGHT} --by=45m --reason fog"
        made = json.loads(self.said(self.steps(step, "--plan", "--json"), capsys))
        assert made["answers"] == []
        run(f"commit {made['plan']}", capsys)
        assert "there is no plan" in run(f"commit {made['plan']}", capsys, 3)
        assert "0:45:00" in run(f"timeline flight {FLIGHT}", capsys)

    @pytest.mark.parametrize(
        ("step", "told", "code"),
        [
            (f"operations postpone {FLIGHT} --by", "--by: is given nothing", 2),
            (f"operations depart {FLIGHT} {FLIGHT}", "has no place for it", 2),
            ("operations", "is no action", 2),
            ("operations depart 'x", "No closing quotation", 2),
            ("operations fly x", "there is no action", 2),
            (f"operations depart {MEMBER}", "there is no Flight", 3),
        ],
    )
    def test_what_cannot_be_tried_is_told(
        self, step: str, told: str, code: int, capsys: Shown
    ) -> None:
        assert told in self.said(self.steps(step), capsys, code)


class TestForgetting:
    def test_what_is_too_old_is_forgotten(self, capsys: Shown) -> None:
        assert "it is kept what was from" in run("forget --days 400 --yes", capsys)
        assert "forget" in run("audit", capsys)
        for days in (0, -5, 10**12):
            assert "1 or more" in run(f"forget --days {days} --yes", capsys, 2)
        assert "say --yes" in run("forget --days 400", capsys, 2)


class TestKeys:
    def test_a_key_is_made_listed_rotated_and_revoked(self, capsys: Shown) -> None:
        said = run("keys make eve --role dispatcher --claim carriers=UA,DL --days 90", capsys)
        prefix = said.split("_")[1]
        assert "shown only now" in said
        (listed,) = json.loads(run("keys --json", capsys))
        assert (listed["prefix"], listed["actor"], listed["roles"]) == (
            prefix,
            "eve",
            ["dispatcher"],
        )
        assert listed["claims"] == {"carriers": ["UA", "DL"]}
        assert listed["used"] is None
        new = json.loads(run(f"keys rotate {prefix} --grace-hours 1 --json", capsys))
        assert new["key"].startswith(f"tk_{new['prefix']}_")
        assert "is revoked" in run(f"keys revoke {prefix} --yes", capsys)
        said = run("keys", capsys)
        assert "revoked" in said
        assert new["prefix"] in said
        assert said.count("eve") == 2

    def test_what_cannot_be_done_is_told(self, capsys: Shown) -> None:
        assert "no keys" in run("keys", capsys)
        assert "whom it is for" in run("keys make", capsys, 2)
        assert "which, by its prefix" in run("keys revoke", capsys, 2)
        assert "there is no key" in run("keys rotate 0123", capsys, 3)
        assert "say --yes" in run("keys revoke 0123", capsys, 2)
        assert "did you mean" in run("keys mak eve", capsys, 2)
        assert "--days: 1000000 is not" in run("keys make eve --days 1000000", capsys, 2)
        assert "--grace-hours: -1 is" in run("keys rotate 01 --grace-hours -1", capsys, 2)
