"""What running a project tells, and how it is told."""

from __future__ import annotations

import pytest

from tests.unit.services.review.test_rules import FRAME, SERVICE, found, read
from triptych.domain.review import Covered, Finding, Measured, Mistake, ReviewSettings, Severity
from triptych.services.review import review

FILES = FRAME | {SERVICE: "def pay(amount: int) -> int:\n    return amount\n"}
OTHER = "tests/test_a.py"


def told(measured: Measured, code: str, settings: ReviewSettings | None = None) -> list[Finding]:
    return [each for each in found(FILES, settings, measured) if each.code == code]


def covered(*missed: int, run: int = 0) -> dict[str, Covered]:
    return {SERVICE: Covered(frozenset(range(100, 100 + run)), frozenset(missed))}


class TestTypes:
    def test_mistakes_of_a_kind_are_one_finding(self) -> None:
        mistakes = tuple(Mistake(SERVICE, n, "misc", f"wrong {n}") for n in (1, 2))
        (one,) = told(Measured(mistakes=mistakes), "TYP003")
        assert (one.line, one.severity) == (1, Severity.WARNING)
        assert one.found == "misc, 2 times: wrong 1"

    def test_what_cannot_work_is_an_error_unless_the_project_says_otherwise(self) -> None:
        measured = Measured(mistakes=(Mistake(SERVICE, 1, "call-arg", "no"),))
        assert told(measured, "TYP003")[0].severity is Severity.ERROR
        settings = ReviewSettings(severities={"TYP003": Severity.INFO})
        assert told(measured, "TYP003", settings)[0].severity is Severity.INFO

    def test_tests_and_files_of_others_are_left_alone(self) -> None:
        mistakes = (Mistake(OTHER, 1, "misc", "no"), Mistake("elsewhere.py", 1, "misc", "no"))
        files = FILES | {OTHER: "def test_a() -> None:\n    assert True\n"}
        findings = found(files, None, Measured(mistakes=mistakes))
        assert not [each for each in findings if each.code == "TYP003"]


class TestCoverage:
    @pytest.mark.parametrize(
        ("missed", "shown"),
        [
            ((3,), "3"),
            ((3, 4, 5), "3-5"),
            ((1, 3, 4, 9), "1, 3-4, 9"),
            ((1, 3, 5, 7, 9, 11), "1, 3, 5, 7, 9 and more"),
        ],
    )
    def test_lines_that_follow_each_other_are_one(
        self, missed: tuple[int, ...], shown: str
    ) -> None:
        (one,) = told(Measured(coverage=covered(*missed)), "TST002")
        assert one.found.endswith(f"are not run: {shown}")

    def test_enough_is_enough(self) -> None:
        assert told(Measured(coverage=covered(1, run=3)), "TST001")
        assert not told(Measured(coverage=covered(1, run=4)), "TST001")
        assert not told(Measured(), "TST001")

    def test_of_what_is_new_only_its_lines_are_asked_about(self) -> None:
        measured = Measured(
            mistakes=(Mistake(SERVICE, 1, "misc", "a"), Mistake(SERVICE, 2, "misc", "b")),
            coverage=covered(1, 2) | {"b.py": Covered()},
        ).within({SERVICE: frozenset({2})})
        assert [each.line for each in told(measured, "TYP003")] == [2]
        assert [each.found for each in told(measured, "TST003")] == ["no test runs 2"]
        assert not told(measured, "TST001")
        assert not told(measured, "TST002")


def test_a_comment_about_what_was_not_run_is_left_alone() -> None:
    text = "def pay(amount: int) -> int:\n    return amount  # review: ignore[TYP003] it is known\n"
    files = FRAME | {SERVICE: text}
    assert not review(read(files)).notes
    assert review(read(files, None, Measured(failed="1 failed"))).notes == [
        f"{SERVICE}:2 takes TYP003 out, which is not found there"
    ]
