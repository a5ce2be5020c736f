"""What is added to a project is in order, works, and can be taken back byte for byte."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.e2e.test_new import CHECKS, verified
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


def wheel(words: Sequence[str]) -> int:
    """Runs the program of the wheel, where the gate has installed it; else this one."""
    other = os.environ.get("WHEEL_PROGRAM")
    return subprocess.run([other, *words], check=False).returncode if other else TRIPTYCH.run(words)


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
_TYPES = st.sampled_from(["str", "int", "Decimal", "date", "UUID", "Person", "Effort", "bool"])
_MARKS = st.sampled_from(["", "?", "!"])


@st.composite
def additions(draw: st.DrawFn) -> list[str]:
    """Draws additions that build upon each other."""
    said, entities = [], ["Person", "Task"]
    for number in range(draw(st.integers(2, 5))):
        kind = draw(st.sampled_from(["entity", "value-object", "relationship", "event", "rule"]))
        types = _TYPES.filter(lambda of: of != "Person") if kind == "value-object" else _TYPES
        fields = " ".join(
            f"f{place}:{draw(types)}{draw(_MARKS) if kind == 'entity' else ''}"
            for place in range(draw(st.integers(1, 4)))
        )
        name = f"Thing{'ABCDE'[number].lower()}"
        if kind == "relationship":
            ends = [draw(st.sampled_from(entities)) for _ in range(2)]
            fields = f"one:{ends[0]} two:{ends[1]}"
        if kind == "rule":
            said.append(f"rule has_a_title_{number} 'len(task.title) > {number}'")
            continue
        said.append(f"{kind} {name} {fields}")
        if kind == "entity":
            entities.append(name)
    return said


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
        assert add(project, each, wheel) == 0
    verified(project, "ontology", "layers", "format", "lint", "types")
    new = [str(each) for each in (project / "tests/unit/adapters").glob("test_*.py")]
    done = subprocess.run(
        [BIN / "pytest", "-q", "-p", "no:cacheprovider", "tests/unit/domain", *new],
        check=False,
        cwd=project,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    for _ in said:
        assert wheel(["add", "--undo", "--folder", str(project)]) == 0
    after = {k: v for k, v in tree(project).items() if not _is_left_behind(k)}
    assert after == {k: v for k, v in before.items() if not _is_left_behind(k)}
