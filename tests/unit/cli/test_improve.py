"""`triptych improve`, as its user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.test_review import SERVICE, git, shop
from tests.unit.services.review.test_rules import FRAME
from triptych.adapters.review.pages import read_page
from triptych.cli.main import TRIPTYCH
from triptych.domain.review import Mending
from triptych.services.review import RULES

VALUES = "src/shop/domain/values.py"
VALUE = "from dataclasses import dataclass\n\n\n@dataclass\nclass Money:\n    amount: int\n"
RAISES = "def pay(order: int) -> int:\n    try:\n        return 1 // order\n    except ZeroDivisionError as e:\n        raise e\n"
MENDED = {each.rule.code: each.rule.mending for each in RULES}
PARTLY = ("SEC006", "TYP001")
__all__ = ["shop"]


def run(*words: str) -> int:
    return TRIPTYCH.run(["improve", *words])


def tree(root: Path) -> dict[str, bytes]:
    files = [each for each in root.rglob("*") if each.is_file()]
    return {str(each.relative_to(root)): each.read_bytes() for each in files}


@pytest.mark.parametrize(
    "code",
    # Of these two some forms are mended: their pages show others.
    [each for each, of in MENDED.items() if of is not Mending.HAND and each not in PARTLY],
)
def test_what_a_page_shows_is_mended(
    code: str, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / SERVICE).unlink()
    for path, text in (FRAME | read_page(code).bad).items():
        (shop / path).parent.mkdir(parents=True, exist_ok=True)
        (shop / path).write_text(text)
    assert run(str(shop), "--unsafe", "--write", "--only", code.lower()) == 0
    capsys.readouterr()
    TRIPTYCH.run(["review", str(shop), "--format", "json"])
    assert code not in {each["code"] for each in json.loads(capsys.readouterr().out)["findings"]}
    assert run(str(shop), "--unsafe", "--write") == 0
    capsys.readouterr()
    before = tree(shop)
    assert run(str(shop), "--unsafe", "--write") == 0
    assert "nothing is found" in capsys.readouterr().out
    assert tree(shop) == before


class TestImprove:
    def test_it_shows_and_writes_only_when_told(
        self, shop: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (shop / SERVICE).write_text(RAISES)
        before = tree(shop)
        assert run(str(shop)) == 0
        shown = capsys.readouterr().out
        assert "-        raise e\n+        raise\n" in shown
        assert "ERR002 1x" in shown
        assert "--write does" in shown
        assert tree(shop) == before
        assert run(str(shop), "--write") == 0
        assert (shop / SERVICE).read_text() == RAISES.replace("raise e\n", "raise\n")
        assert run(str(shop), "--undo") == 0
        assert tree(shop) == before
        assert run(str(shop), "--undo") == 2

    def test_only_what_is_asked_for(self, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (shop / SERVICE).write_text(RAISES)
        (shop / VALUES).write_text(VALUE)
        run(str(shop), "--only", "SEM", "--json")
        assert [each["path"] for each in json.loads(capsys.readouterr().out)["changes"]] == [VALUES]
        assert run(str(shop), "--only", "NON") == 2
        assert "no rule NON" in capsys.readouterr().err

    def test_only_what_is_new(self, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (shop / SERVICE).write_text(RAISES)
        git(shop, "init", "--quiet", "--initial-branch", "main")
        git(shop, "add", ".")
        git(shop, "commit", "--quiet", "--message", "first")
        (shop / VALUES).write_text(VALUE)
        run(str(shop), "--diff", "main", "--json")
        assert [each["path"] for each in json.loads(capsys.readouterr().out)["changes"]] == [VALUES]

    def test_what_a_comment_takes_out_stays(self, shop: Path) -> None:
        text = RAISES.replace("raise e\n", "raise e  # review: ignore[ERR002] the line is wanted\n")
        (shop / SERVICE).write_text(text)
        run(str(shop), "--write")
        assert (shop / SERVICE).read_text() == text

    def test_a_file_that_would_be_worse_is_let_be(
        self, shop: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        text = "import time\n\n\nasync def f() -> None:\n    time.sleep(1)\n"
        text += "# filled\n" * (600 - text.count("\n"))
        (shop / SERVICE).write_text(text)
        run(str(shop), "--write", "--unsafe")
        assert "with it mended, CPX003 would be found" in capsys.readouterr().out
        assert (shop / SERVICE).read_text() == text

    def test_lines_end_as_they_did(self, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (shop / SERVICE).write_bytes(RAISES.replace("\n", "\r\n").encode())
        mixed = RAISES.encode() + b"# one\r\n"
        (shop / "src/shop/services/mixed.py").write_bytes(mixed)
        latin = b"# -*- coding: latin-1 -*-\n# \xe9\n" + RAISES.encode()
        (shop / "src/shop/services/latin.py").write_bytes(latin)
        marked = b"\xef\xbb\xbf" + RAISES.encode()
        (shop / "src/shop/services/marked.py").write_bytes(marked)
        run(str(shop), "--write")
        mended = RAISES.replace("raise e\n", "raise\n").replace("\n", "\r\n")
        assert (shop / SERVICE).read_bytes() == mended.encode()
        assert (shop / "src/shop/services/mixed.py").read_bytes() == mixed
        assert (shop / "src/shop/services/latin.py").read_bytes() == latin
        assert (shop / "src/shop/services/marked.py").read_bytes() == marked
        assert "has another encoding, or mixed ends of lines" in capsys.readouterr().out

    def test_what_was_formatted_is(self, shop: Path) -> None:
        (shop / "pyproject.toml").write_text("[tool.black]\nline-length = 53\n")
        text = 'import logging\n\n\ndef pay(order: int) -> None:\n    logging.info(f"the order number {order} is paid")\n'
        (shop / SERVICE).write_text(text)
        (shop / "src/shop/services/free.py").write_text(text.replace("order: int", "order : int"))
        run(str(shop), "--write")
        mended = '    logging.info(\n        "the order number %s is paid", order\n    )\n'
        assert (shop / SERVICE).read_text().endswith(mended)
        free = (shop / "src/shop/services/free.py").read_text()
        assert free.endswith('    logging.info("the order number %s is paid", order)\n')

    def test_tests_that_do_not_hold_take_it_back(
        self, shop: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (shop / SERVICE).write_text(RAISES)
        before = tree(shop)
        assert run(str(shop), "--write", "--test", "python -c 'raise SystemExit(3)'") == 1
        assert "ended with 3: all is as before" in capsys.readouterr().out
        assert run(str(shop), "--write", "--test", "no-such-program") == 1
        assert tree(shop) == before
        assert run(str(shop), "--write", "--test", "python -c pass") == 0
        assert tree(shop) != before
