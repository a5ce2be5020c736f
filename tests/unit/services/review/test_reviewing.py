"""What a review tells, knows, and takes out; and what it scores."""

from __future__ import annotations

import json
from datetime import date
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.services.review.test_rules import CODES, FRAME, read
from triptych.adapters.review.reports import FORMATS, write_report
from triptych.domain.review import (
    Axis,
    Exemption,
    Finding,
    Layer,
    Report,
    ReviewSettings,
    Score,
    Severity,
    fingerprints,
)
from triptych.services.review import RULES, Reviewed, review
from triptych.services.review.reviewing import find_all, renamed
from triptych.services.review.rules import safety

KNOWN = {each.rule.code: each.rule for each in RULES}
BROKEN = {
    "src/shop/services/billing.py": (
        "import fastapi\n\n\ndef f() -> None:\n    raise Exception('<b>&|*')\n    raise Exception('x')\n"
    ),
    "src/shop/domain/orders.py": "import shop.services.billing\n",
}
GOOD = {
    "src/shop/domain/orders.py": '"""Orders."""\n\n\ndef f(a: int) -> int:\n    """F.\n\n    >>> f(1)\n    1\n    """\n    return a\n',
    "tests/unit/test_orders.py": "from shop.domain.orders import f\n\n\ndef test_f():\n    assert f(1)\n",
}


class TestReports:
    def test_a_comment_takes_a_finding_out_with_its_reason(self) -> None:
        text = "raise Exception(1)  # review: ignore[ERR004, KIN001] nobody catches it\n"
        report = review(read(FRAME | {"src/shop/services/a.py": text}))
        assert report.notes == [
            "src/shop/services/a.py:1 takes KIN001 out, which is not found there"
        ]
        quiet = ReviewSettings(ignored=("KIN",))
        assert not review(read(FRAME | {"src/shop/services/a.py": text}, quiet)).notes
        assert [(e.code, reason) for e, reason in report.suppressed] == [
            ("ERR004", "nobody catches it")
        ]
        assert "ERR004" not in {each.code for each in report.findings}

    def test_a_comment_above_speaks_of_the_line_below(self) -> None:
        text = "# review: ignore[ERR004] so it is\nraise Exception(1)\nraise Exception(2)\n"
        report = review(read(FRAME | {"src/shop/services/a.py": text}))
        assert [each.line for each, _ in report.suppressed] == [2]
        assert [each.line for each in report.findings if each.code == "ERR004"] == [3]

    def test_what_a_baseline_knows_is_counted_and_not_told(self) -> None:
        project = read(FRAME | BROKEN)
        marks = fingerprints(review(project).findings)
        report = review(project, marks[1:])
        assert len(report.findings) == 1
        assert report.known == len(marks) - 1

    def test_only_what_is_new_is_told_however_lines_move(self) -> None:
        before = find_all(read(FRAME | BROKEN))
        moved = {path: f"\n\n{text}" for path, text in BROKEN.items()}
        assert review(read(FRAME | moved), before=before).findings == []
        more = moved | {"src/shop/services/c.py": "raise Exception('more')\n"}
        assert {e.code for e in review(read(FRAME | more), before=before).findings} == {"ERR004"}

    def test_a_second_finding_of_the_same_line_is_new(self) -> None:
        before = find_all(read(FRAME | {"src/shop/services/a.py": "raise Exception\n"}))
        now = read(FRAME | {"src/shop/services/a.py": "raise Exception\nraise Exception\n"})
        assert len(review(now, before=before).findings) == 1

    def test_a_file_that_was_renamed_keeps_its_findings(self) -> None:
        before = [Finding("ERR004", "a.py", 1, "x", Severity.INFO)]
        assert renamed(before, {"a.py": "b.py"})[0].path == "b.py"

    def test_patterns_that_match_nothing_and_exceptions_that_ended_are_told(self) -> None:
        settings = ReviewSettings(
            layers={Layer.SEMANTIC: ("shop.domain", "shop.gone")},
            exemptions=(
                Exemption(importer="a", imported="b", adr="7", until=date(2026, 1, 1)),
                Exemption(importer="a", imported="b", adr="8"),
            ),
        )
        modules = read(FRAME).modules
        report = review(Reviewed(modules, (), settings, date(2026, 2, 1)))
        assert report.notes == [
            "the exception of decision 7 has ended on 2026-01-01",
            "decision 8 allows b to a: nobody imports it",
        ]
        (found,) = report.findings
        assert found.found == "'shop.gone' of the semantic layer matches no module"

    def test_what_a_decision_allows_is_told(self) -> None:
        exemption = Exemption(importer="shop.services.*", imported="shop.adapters.rows", adr="7")
        rows = "import sqlalchemy\n\n\nclass Rows:\n    def get(self) -> None: ...\n"
        service = "from shop.adapters.rows import Rows\n\n\ndef f() -> object:\n    return Rows()\n"
        files = FRAME | {"src/shop/adapters/rows.py": rows, "src/shop/services/a.py": service}
        report = review(read(files, ReviewSettings(exemptions=(exemption,))))
        assert not {"LYR003", "LYR015"} & {each.code for each in report.findings}
        assert "decision 7 allows 1 import" in report.notes
        assert {"LYR003", "LYR015"} <= {each.code for each in review(read(files)).findings}

    def test_that_there_are_no_layers_is_told(self) -> None:
        assert "no model of layers" in review(read({"a.py": "x = 1\n"})).notes[0]

    def test_where_nothing_could_be_read_it_is_told(self) -> None:
        (note,) = review(Reviewed([])).notes
        assert "nothing is reviewed" in note
        django = {f"a{n}.py": "import django\n" for n in range(4)}
        assert "project of django" in review(read(django)).notes[0]

    def test_it_fails_at_a_severity(self) -> None:
        report = review(read(FRAME | BROKEN))
        assert report.fails(Severity.ERROR)
        info = Report(findings=[Finding("A", "a", 1, "x", Severity.INFO)], score=Score(1))
        assert not info.fails(Severity.WARNING)
        assert report.counts()[Severity.ERROR] == 2


class TestScores:
    def test_what_is_good_scores_high_and_what_is_broken_low(self) -> None:
        good, bad = review(read(FRAME | GOOD)).score, review(read(FRAME | BROKEN)).score
        assert good.whole >= 95
        assert bad.whole <= 85
        assert bad.layers[Layer.DYNAMIC] <= 79
        assert bad.causes[0].code in ("LYR001", "LYR004")
        assert bad.axes[Layer.SEMANTIC][Axis.BOUNDARIES] < 100

    def test_three_grave_findings_cap_a_layer(self) -> None:
        text = "import fastapi\nimport flask\nimport sqlalchemy\n"
        score = review(read(FRAME | {"src/shop/services/a.py": text})).score
        assert score.layers[Layer.DYNAMIC] <= 59

    def test_without_layers_there_is_half_at_most(self) -> None:
        assert review(read({"a.py": "X = 1\n"})).score.whole == 50

    def test_of_nothing_nothing_is_wrong(self) -> None:
        assert review(read({})).score.whole == 100


class TestFormats:
    @pytest.mark.parametrize("name", FORMATS)
    @pytest.mark.parametrize("files", [{}, FRAME | BROKEN | {"src/shop/bad.py": "def (\n"}])
    def test_every_format_is_written_the_same_each_time(
        self, name: str, files: dict[str, str]
    ) -> None:
        written = {write_report(name, review(read(files)), KNOWN) for _ in range(2)}
        assert len(written) == 1
        text = written.pop()
        if name in ("json", "sarif", "gitlab"):
            json.loads(text)
        if name in ("junit", "svg"):
            ElementTree.fromstring(text)
        if name == "jsonl":
            assert all(json.loads(line)["fingerprint"] for line in text.splitlines())

    def test_sarif_has_every_rule_and_points_at_it(self) -> None:
        text = "raise Exception(1)  # review: ignore[ERR004] so it is\n"
        report = review(read(FRAME | BROKEN | {"src/shop/services/b.py": text}))
        (run,) = json.loads(write_report("sarif", report, KNOWN))["runs"]
        rules = [each["id"] for each in run["tool"]["driver"]["rules"]]
        assert rules == CODES
        for each in run["results"]:
            assert rules[each["ruleIndex"]] == each["ruleId"]
            assert each["partialFingerprints"]["triptych/v1"]
        assert [
            e["suppressions"][0]["justification"] for e in run["results"] if "suppressions" in e
        ] == ["so it is"]

    def test_sarif_holds_the_worst_of_too_many(self) -> None:
        many = [
            Finding("ERR004", "a.py", n, "x", Severity.ERROR if n == 5_100 else Severity.INFO)
            for n in range(1, 5_101)
        ]
        (run,) = json.loads(write_report("sarif", Report(findings=many, score=Score(1)), KNOWN))[
            "runs"
        ]
        assert len(run["results"]) == 5_000
        assert run["results"][0]["level"] == "error"
        told = run["invocations"][0]["toolExecutionNotifications"]
        assert "100 findings more" in told[0]["message"]["text"]

    @given(st.text(st.characters(codec="utf-8"), max_size=30))
    def test_whatever_is_found_is_written_so_that_it_can_be_read(self, text: str) -> None:
        found = Finding("ERR004", text or "a", 3, text, Severity.WARNING, text=text)
        report = Report(findings=[found], score=Score(50), notes=[text])
        ElementTree.fromstring(write_report("junit", report, KNOWN))
        assert json.loads(write_report("json", report, KNOWN))["findings"][0]["found"] == text
        assert write_report("github", report, KNOWN).count("\n") == 1
        assert "<script" not in write_report("html", report, KNOWN)

    def test_pages_show_some_of_many(self) -> None:
        many = [Finding("ERR004", "a.py", n, "x", Severity.INFO) for n in range(1, 300)]
        report = Report(findings=many, score=Score(50))
        assert "and 99 more" in write_report("markdown", report, KNOWN)
        assert "and 99 more" in write_report("html", report, KNOWN)

    def test_the_picture_shows_what_may_not_be(self) -> None:
        report = review(read(FRAME | BROKEN))
        assert "semantic -.->|1 may not| dynamic" in write_report("mermaid", report, KNOWN)
        assert "1 of 1 may not" in write_report("svg", report, KNOWN)


def test_rules_are_found_by_code() -> None:
    assert RULES["SEC001"].check is safety.secret_in_code
