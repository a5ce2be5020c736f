"""Each rule finds its bad tree and leaves its good one alone: the pages are the corpus."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from triptych.adapters.review.configuration import parse_project
from triptych.adapters.review.files import module_name, read_module
from triptych.adapters.review.pages import read_page
from triptych.domain.review import (
    Covered,
    Finding,
    Measured,
    Mistake,
    Module,
    ReviewSettings,
    Unread,
)
from triptych.services.review import RULES, Reviewed
from triptych.services.review.reviewing import find_all

CODES = [each.rule.code for each in RULES]
# A project of three layers, so that there is something to be held to.
FRAME = {
    f"src/shop/{layer}/__init__.py": '"""A layer."""\n' * 3
    for layer in ("domain", "adapters", "services")
}
LONG = {
    "CPX003": "X = 1\n" * 601,
    "LYR011": "X = 1\n" * 400,
    "CPX004": "".join(f"    def method_{n}(self) -> None: ...\n" for n in range(31)),
}


SERVICE = "src/shop/services/billing.py"
MEASURED = {
    "CPX006": Measured(faults=(Mistake(SERVICE, 1, "B006", "a mutable default"),)),
    "SEC008": Measured(holes=(Mistake(SERVICE, 2, "B307", "eval"),)),
    "TYP003": Measured(mistakes=(Mistake(SERVICE, 2, "attr-defined", "no upper"),)),
    "TST001": Measured(coverage={SERVICE: Covered(frozenset({1}), frozenset({2}))}),
    "TST002": Measured(coverage={SERVICE: Covered(frozenset({1}), frozenset({3}))}),
    "TST003": Measured(coverage={SERVICE: Covered(missed=frozenset({2}))}, changed={}),
    "TST008": Measured(failed="1 failed"),
    "DOC006": Measured(examples=(Mistake(SERVICE, 4, "example", "pay(2)"),)),
    "DOC007": Measured(broken=("a link leads nowhere",)),
}

# What running it tells where all is as it should be.
KEPT = Measured(coverage={SERVICE: Covered(frozenset({1, 2}))})


def read(
    files: Mapping[str, str],
    settings: ReviewSettings | None = None,
    measured: Measured | None = None,
) -> Reviewed:
    read = []
    if settings is None:
        settings = parse_project(tomllib.loads(files.get("pyproject.toml", "")))
    for path, text in files.items():
        if not path.endswith(".py"):
            continue
        parts = list(PurePosixPath(path).parts)
        path_ = "/".join(parts[2:] if parts[:2] == ["src", ".."] else parts)
        read.append(read_module(path_, module_name(path_), text.encode()))
    modules = [each for each in read if isinstance(each, Module)]
    unread = [each for each in read if isinstance(each, Unread)]
    return Reviewed(modules, unread, settings, measured=measured)


def found(
    files: Mapping[str, str],
    settings: ReviewSettings | None = None,
    measured: Measured | None = None,
) -> list[Finding]:
    return find_all(read(files, settings, measured))


@pytest.mark.parametrize("code", CODES)
def test_a_rule_finds_what_breaks_it_and_nothing_else(code: str) -> None:
    page = read_page(code)
    assert page.bad, "a page shows the rule broken"
    assert page.good, "and kept"
    bad = {
        path: text.replace("# very long\n", LONG.get(code, "")) for path, text in page.bad.items()
    }
    assert code in {each.code for each in found(FRAME | bad, measured=MEASURED.get(code))}
    good = {
        path: text.replace("# very long\n", LONG.get(code, "")) for path, text in page.good.items()
    }
    kept = KEPT if code in MEASURED else None
    assert code not in {each.code for each in found(FRAME | good, measured=kept)}


@pytest.mark.parametrize("code", CODES)
def test_a_page_says_why_and_when_not(code: str) -> None:
    text = read_page(code).text
    assert text.index("## Bad") > 60
    assert text.partition("## When to ignore\n\n")[2].strip().endswith(".")


@pytest.mark.parametrize("code", CODES)
def test_a_rule_can_be_left_out(code: str) -> None:
    settings = ReviewSettings(ignored=(code,))
    findings = found(FRAME | read_page(code).bad, settings, MEASURED.get(code))
    assert code not in {each.code for each in findings}


def test_few_faults_are_not_told_and_those_of_tests_never() -> None:
    path = "src/shop/services/a.py"
    files = FRAME | {path: "X = 1\n" * 1_500, "tests/test_a.py": "def test_a(): assert 1\n"}
    one = Mistake(path, 1, "B006", "a mutable default")
    others = (replace(one, path="tests/test_a.py"), replace(one, path="elsewhere.py"))
    codes = {each.code for each in found(files, measured=Measured(faults=(one, *others)))}
    assert "CPX006" not in codes
    codes = {each.code for each in found(files, measured=Measured(faults=(one, one)))}
    assert "CPX006" in codes
    codes = {each.code for each in found(files, measured=Measured(faults=(one,), changed={}))}
    assert "CPX006" in codes
