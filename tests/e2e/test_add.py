"""What is added to a project is in order, works, and can be taken back byte for byte."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from tests.e2e.test_new import CHECKS, verified, wheel
from triptych.cli.main import TRIPTYCH

BIN = Path(sys.executable).parent
EVERY_KIND = [
    "value-object Money amount:Decimal currency:str=EUR rate:float=1",
    (
        "entity Invoice number:str! customer:Person total:Money? due:date "
        "status:{draft,sent,paid}=draft note:str? tags:[str] watchers:[Person] "
        "is_urgent:bool=false weight:Decimal=1.5"
    ),
    "entity Team name:str! size:int=3",
    "relationship Membership member:Person team:Team since:date",
    "event InvoicePaid invoice:Invoice amount:Decimal customer:Person number:str",
    "rule is_draft 'invoice.status == InvoiceStatus.DRAFT'",
    "rule is_due_before 'invoice.due < limit' limit:date",
    "lifecycle Invoice.status draft>sent sent>paid draft>paid",
    (
        "action billing.pay invoice:Invoice amount:Decimal --sets status=paid --requires is_draft "
        "--records InvoicePaid --role lead"
    ),
    "action billing.issue number:str customer:Person due:date --makes Invoice",
    "action staffing.found name:str --makes Team",
    "action billing.annotate invoice:Invoice note:str",
    "query billing.drafts is_draft",
    "query billing.due is_due_before limit:date",
    "policy leads_see_everything read:Invoice read:Team billing.issue --role lead",
    "external-api Payments.charge amount:Decimal reference:str",
    "external-api Postbox.post text:str",
    "handler ledger.tell_of_payment InvoicePaid Payments.charge reference=number",
    "handler notices.post_of_payment InvoicePaid Postbox.post text=amount",
    "repository Ledger.unpaid is_due_before limit:date order=-due take=5",
    "repository Ledger.drafted is_draft",
    "route due-invoices billing.due",
    "route found-team staffing.found",
    "command due-invoices billing.due",
    "command found-team staffing.found",
    "source Team data/teams.csv",
    "adr 'Money is a Decimal' --context 'Floats lose cents.' --decision 'Amounts are Decimals.'",
]


type Run = Callable[[Sequence[str]], int]


def made(folder: Path, run: Run = TRIPTYCH.run) -> Path:
    assert run(["new", "job-board", "--folder", str(folder)]) == 0
    return folder / "job-board"


def tree(project: Path) -> dict[str, bytes | None]:
    """Reads every file and folder of a project, but for what programs leave behind."""
    return {
        str(each.relative_to(project)): each.read_bytes() if each.is_file() else None
        for each in sorted(project.rglob("*"))
        if "__pycache__" not in each.parts
    }


def add(project: Path, said: str, run: Run = TRIPTYCH.run) -> int:
    return run(["add", *shlex.split(said), "--yes", "--folder", str(project)])


def test_every_kind_leaves_the_project_in_order(tmp_path: Path) -> None:
    project = made(tmp_path)
    (project / "data/teams.csv").write_text(f"team_id,Name,size\n{UUID(int=1)},Ada's,2\n")
    trees = []
    for each in EVERY_KIND:
        trees.append(tree(project))
        assert add(project, each) == 0
        assert tree(project) != trees[-1]
        there = tree(project)
        assert add(project, each) == 0
        assert tree(project) == there, "what is there is not added again"
    found = verified(project)
    assert list(found) == CHECKS
    assert {found[name] for name in CHECKS if name not in ("database", "lock", "image")} == {
        "passed"
    }
    for before in reversed(trees):
        assert TRIPTYCH.run(["add", "--undo", "--folder", str(project)]) == 0
        after = {k: v for k, v in tree(project).items() if not _is_left_behind(k)}
        assert after == {k: v for k, v in before.items() if not _is_left_behind(k)}


def _is_left_behind(path: str) -> bool:
    """Tells whether the checks have made it, or the notes of what was added."""
    return path.startswith((".", "build", "site", ".triptych", "var"))


# One sequence is always the same; whoever has the time draws more.
DRAWN = int(os.environ.get("DRAWN_ADDITIONS", "1"))
_PLAIN = ["str", "int", "float", "bool", "bytes", "Decimal", "UUID"]
_PLAIN += ["date", "time", "datetime", "timedelta"]
_TYPES = st.sampled_from([*_PLAIN, "Effort", "TaskStatus", "[str]", "[Effort]", "{low,high}"])
_LINKS = st.sampled_from(["Person", "[Task]", "Task"])
_MARKS = st.sampled_from(["", "?", "!"])


class _Drawing:
    """What was said so far, and what the next thing can build upon."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw, self.said = draw, list[str]()
        self.entities = ["Task", "Person"]
        self.drafts, self.events, self.asked = list[str](), list[str](), list[str]()
        self.rules, self.ports = dict[str, tuple[str, str]](), list[str]()
        self._letters = iter("abcdefghij")

    def step(self) -> None:
        """Adds one thing of a kind that what is there allows."""
        kinds = [self.entity, self.value_object, self.relationship, self.adr, self.external_api]
        kinds += [self.rule, self.lifecycle, self.event, self.making, self.policy]
        kinds += [self.query, self.repository] if self.rules else []
        kinds += [self.action] if self.rules and self.events else []
        kinds += [self.handler] if self.events and self.ports else []
        kinds += [self.route, self.command] if self.asked else []
        self._draw(st.sampled_from(kinds))(next(self._letters))

    def _fields(self, types: st.SearchStrategy[str], marks: st.SearchStrategy[str]) -> str:
        places = range(self._draw(st.integers(1, 4)))
        said = (f"f{at}:{self._draw(types)}{self._draw(marks)}" for at in places)
        # What is of several columns, or several values, cannot be unique by one mark.
        return " ".join(re.sub(r"(Effort|\]|\})[!?]", r"\1", each) for each in said)

    def _one(self, of: Sequence[str]) -> str:
        return self._draw(st.sampled_from(list(of)))

    def entity(self, letter: str) -> None:
        fields = self._fields(_TYPES | _LINKS, _MARKS)
        fields = f"{fields} title:str status:{{draft,done}}=draft"
        self.said.append(f"entity Thing{letter} {fields} --about 'A thing.'")
        self.entities.append(f"Thing{letter}")
        self.drafts.append(letter)

    def value_object(self, letter: str) -> None:
        self.said.append(f"value-object Value{letter} {self._fields(_TYPES, st.just(''))}")

    def relationship(self, letter: str) -> None:
        one, two = self._one(self.entities), self._one(self.entities)
        self.said.append(f"relationship Tie{letter} one:{one} two:{two}")

    def adr(self, letter: str) -> None:
        said = f"adr 'Decided {letter}' --context 'It was open.' --decision 'It is not.'"
        self.said.append(said)

    def external_api(self, letter: str) -> None:
        self.said.append(f"external-api Port{letter}.send text:str")
        self.ports.append(letter)

    def rule(self, letter: str) -> None:
        of = self._one(self.drafts)
        asked, given = self._draw(
            st.sampled_from(
                [(f"status == Thing{of}Status.DRAFT", ""), ("title == name", " name:str")]
            )
        )
        self.said.append(f"rule is_so_{letter} 'thing{of}.{asked}'{given}")
        self.rules[f"is_so_{letter}"] = (of, given)

    def lifecycle(self, letter: str) -> None:
        said = f"lifecycle Thing{self._one(self.drafts)}.status draft>done"
        self.said += [] if said in self.said else [said]

    def event(self, letter: str) -> None:
        of = self._one(self.drafts)
        self.said.append(f"event Done{of}{letter} thing{of}:Thing{of} title:str")
        self.events.append(f"{of}{letter}")

    def making(self, letter: str) -> None:
        of = self._one(self.drafts)
        (entity,) = [each for each in self.said if each.startswith(f"entity Thing{of} ")]
        fields = [e.rstrip("!") for e in entity.split(" status:")[0].split()[2:]]
        # An action is given plain values and objects; the rest is written by hand.
        if not any(mark in each for each in fields for mark in "[{"):
            self.said.append(f"action making.make_{letter} {' '.join(fields)} --makes Thing{of}")

    def policy(self, letter: str) -> None:
        of = self._one([f"read:Thing{each}" for each in self.drafts] + self.asked)
        self.said.append(f"policy may_{letter} {of} --role {self._one(['lead', 'guest'])}")

    def query(self, letter: str) -> None:
        rule = self._one([*self.rules])
        self.said.append(f"query asking.find_{letter} {rule}{self.rules[rule][1]}")
        self.asked.append(f"asking.find_{letter}")

    def repository(self, letter: str) -> None:
        rule = self._one([*self.rules])
        self.said.append(f"repository Store{letter}.found {rule}{self.rules[rule][1]} take=3")

    def action(self, letter: str) -> None:
        event = self._one(self.events)
        rules = [rule for rule, (of, given) in self.rules.items() if of == event[0] and not given]
        needed = f" --requires {self._one(rules)}" if rules else ""
        of = f"thing{event[0]}:Thing{event[0]}"
        said = f"action doing.do_{letter} {of} --sets status=done{needed} --records Done{event}"
        self.said.append(said)

    def handler(self, letter: str) -> None:
        event, port = self._one(self.events), self._one(self.ports)
        self.said.append(f"handler telling.tell_{letter} Done{event} Port{port}.send text=title")

    def route(self, letter: str) -> None:
        self.said.append(f"route way-{letter} {self._one(self.asked)}")

    def command(self, letter: str) -> None:
        self.said.append(f"command way-{letter} {self._one(self.asked)}")


@st.composite
def additions(draw: st.DrawFn) -> list[str]:
    """Draws additions that build upon each other."""
    drawing = _Drawing(draw)
    drawing.entity("z")
    for _ in range(draw(st.integers(4, 9))):
        drawing.step()
    return drawing.said


@settings(
    max_examples=DRAWN,
    deadline=None,
    derandomize=DRAWN == 1,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(said=additions())
def test_any_sequence_leaves_the_project_in_order(
    said: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    project = made(tmp_path_factory.mktemp("added"), wheel)
    before = tree(project)
    for each in said:
        note(each)
        assert add(project, each, wheel) == 0
    found = verified(project, *(each for each in CHECKS if each != "docs"))
    assert found["tests"] == found["coverage"] == "passed"
    for _ in said:
        assert wheel(["add", "--undo", "--folder", str(project)]) == 0
    after = {k: v for k, v in tree(project).items() if not _is_left_behind(k)}
    assert after == {k: v for k, v in before.items() if not _is_left_behind(k)}
