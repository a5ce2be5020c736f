"""`triptych review`, as its user types it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from triptych.cli.main import TRIPTYCH

SERVICE = "src/shop/services/billing.py"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    root = tmp_path / "shop"
    for layer in ("domain", "adapters", "services"):
        (root / "src/shop" / layer).mkdir(parents=True)
        (root / "src/shop" / layer / "__init__.py").write_text('"""A layer."""\n')
    (root / SERVICE).write_text(
        "import fastapi\n\n\ndef pay() -> None:\n    raise Exception('no')\n"
    )
    return root


def run(*words: str) -> int:
    return TRIPTYCH.run(["review", *words])


def git(shop: Path, *words: str) -> None:
    own = ["-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(shop), *own, *words], check=True, capture_output=True)


class TestReview:
    def test_it_tells_where_what_and_what_to_do(
        self, shop: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(str(shop)) == 1
        shown = capsys.readouterr().out
        assert "LYR004 A service imports a web framework" in shown
        assert f"{SERVICE}:1  the service imports fastapi" in shown
        assert "of 100" in shown

    def test_the_second_time_nothing_is_read_anew(
        self, shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        run(str(shop), "--format", "json")
        first = capsys.readouterr().out
        cached = list((shop.parent / "cache/triptych/review").iterdir())
        before = [each.stat().st_mtime_ns for each in cached]
        run(str(shop), "--format", "json")
        assert capsys.readouterr().out == first
        assert [each.stat().st_mtime_ns for each in cached] == before
        for each in cached:
            each.write_bytes(b"broken")
        run(str(shop), "--format", "json")
        assert capsys.readouterr().out == first

    def test_findings_end_with_one_only_from_a_severity_on(self, shop: Path) -> None:
        (shop / SERVICE).write_text("def pay() -> None:\n    raise Exception('no')\n")
        assert run(str(shop)) == 0
        assert run(str(shop), "--fail-on", "warning") == 1
        assert run(str(shop), "--fail-on", "warning", "--ignore", "err") == 0
        assert run(str(shop), "--fail-on", "nothing") == 2

    def test_several_reports_are_written_at_once(
        self, shop: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        words = [str(shop), "--out", "sarif=a.sarif", "--out", "html=a.html", "--format", "concise"]
        assert run(*words) == 1
        assert json.loads(Path("a.sarif").read_text())["version"] == "2.1.0"
        assert "<svg" in Path("a.html").read_text()
        assert f"{SERVICE}:1: LYR004 error" in capsys.readouterr().out

    @pytest.mark.parametrize(
        "words",
        [
            ["--format", "pdf"],
            ["--out", "sarif"],
            ["--out", "sarif=no/such/a"],
            ["--out", "text=y"],
        ],
    )
    def test_a_format_or_a_file_that_cannot_be_is_told(self, shop: Path, words: list[str]) -> None:
        assert run(str(shop), *words) in (2, 3)

    def test_a_place_that_is_not_there_is_told(self, shop: Path) -> None:
        assert run(str(shop / "nowhere")) == 2

    def test_one_file_is_reviewed(self, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(str(shop / SERVICE), "--fail-on", "warning", "--no-cache") == 1
        assert "ERR004" in capsys.readouterr().out

    def test_what_cannot_be_read_is_a_finding(
        self, shop: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder = shop / "src/shop"
        (folder / "a.py").write_text("def (\n")
        (folder / "b.py").write_bytes(b"# coding: nonsense\n")
        (folder / "c.py").write_bytes(b"x = '\xff'\n")
        os.mkfifo(folder / "d.py")
        (folder / "e.py").symlink_to(folder / "a.py")
        (folder / "f.py").write_text("X = 1\n" * 400_000)
        (folder / "g.py").write_text("(" * 5_000 + ")" * 5_000)
        run(str(shop), "--format", "concise")
        told = [line for line in capsys.readouterr().out.splitlines() if "PRS001" in line]
        assert [line.partition(":")[0][-4:] for line in told] == [f"{e}.py" for e in "abcdefg"]


class TestDiff:
    def test_only_what_is_new_since_a_commit_is_told(
        self, shop: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        git(shop, "init", "-b", "main")
        git(shop, "add", ".")
        git(shop, "commit", "-m", "one")
        assert run(str(shop), "--diff", "main", "--format", "concise") == 0
        assert capsys.readouterr().out == ""
        git(shop, "mv", SERVICE, "src/shop/services/paying.py")
        paying = shop / "src/shop/services/paying.py"
        paying.write_text("\n\n" + paying.read_text())
        (shop / "src/shop/domain/new.py").write_text("import shop.services.paying\n")
        assert run(str(shop), "--diff", "main", "--format", "concise") == 1
        (line,) = capsys.readouterr().out.splitlines()
        assert line.startswith("src/shop/domain/new.py:1: LYR001")
        # What was there at the commit is kept; another commit is another matter.
        assert run(str(shop), "--diff", "main", "--format", "concise") == 1
        assert capsys.readouterr().out.splitlines() == [line]
        git(shop, "add", ".")
        git(shop, "commit", "-m", "two")
        assert run(str(shop), "--diff", "main", "--format", "concise") == 0
        assert run(str(shop), "--diff", "main~1", "--format", "concise") == 1
        assert capsys.readouterr().out.splitlines() == [line]

    @pytest.mark.parametrize("name", ["nowhere", "--output=x"])
    def test_a_commit_that_is_not_there_is_told(self, shop: Path, name: str) -> None:
        git(shop, "init", "-b", "main")
        assert run(str(shop), f"--diff={name}") == 2


class TestBaseline:
    def test_it_only_shrinks(self, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
        folder = ["--folder", str(shop)]
        assert run("baseline", *folder) == 0
        assert run(str(shop)) == 0
        assert "known before" in capsys.readouterr().out
        (shop / "src/shop/domain/new.py").write_text("import shop.services\n")
        (shop / SERVICE).write_text("import fastapi\n\n\ndef pay() -> None: ...\n")
        assert run(str(shop)) == 1
        assert run("baseline", *folder) == 0
        assert run(str(shop)) == 1
        kept = (shop / ".review-baseline.jsonl").read_text()
        assert "ERR004" not in kept
        assert "LYR004" in kept
        assert "LYR001" not in kept

    def test_a_place_where_it_cannot_be_is_told(self, shop: Path) -> None:
        for name in ("no/such/folder/a", "src"):
            said = f'[tool.triptych.review]\nbaseline = "{name}"\n'
            (shop / "pyproject.toml").write_text(said)
            assert run("baseline", "--folder", str(shop)) == 2

    def test_a_line_that_is_broken_is_told(self, shop: Path) -> None:
        (shop / ".review-baseline.jsonl").write_text("{}\nnonsense\n")
        assert run(str(shop)) == 2


class TestOthers:
    def test_a_rule_is_explained(self, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("explain", "lyr001") == 0
        assert "## When to ignore" in capsys.readouterr().out

    def test_a_file_is_explained(self, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("explain", SERVICE, "--folder", str(shop)) == 0
        shown = capsys.readouterr().out
        assert "is dynamic (confidence 0.64)" in shown
        assert "but entry" in shown
        assert "move" not in shown
        assert "LYR004 line 1" in shown
        assert run("explain", "nothing.py", "--folder", str(shop)) == 2

    def test_rules_are_listed(self, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("rules") == 0
        assert capsys.readouterr().out.startswith("LYR001  error    boundaries  The domain")

    def test_the_layers_that_are_seen_are_written_down_once(
        self, shop: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (shop / "pyproject.toml").write_text('[project]\nname = "shop"\n')
        assert run("init", "--folder", str(shop)) == 0
        said = (shop / "pyproject.toml").read_text()
        assert said.startswith('[project]\nname = "shop"\n')
        assert 'semantic = ["shop.domain"]' in said
        kept = (shop / ".review-baseline.jsonl").read_text()
        assert f"holds {kept.count(chr(10))} finding" in capsys.readouterr().out
        assert "LYR004" in kept
        assert run(str(shop)) == 0
        assert run("init", "--folder", str(shop)) == 2

    def test_where_nothing_is_found_there_is_no_baseline(self, tmp_path: Path) -> None:
        (tmp_path / "one.py").write_text("")
        assert run("init", "--folder", str(tmp_path)) == 0
        assert not (tmp_path / ".review-baseline.jsonl").exists()

    def test_settings_that_make_no_sense_are_told_at_once(
        self, shop: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (shop / "pyproject.toml").write_text(
            '[tool.triptych.review]\nnone = 1\nfail-on = "bad"\ncomplexity = 0\n'
            'src = "src"\ndocstrings = { semantic = 101 }\nlayers = { middle = ["a"] }\n'
            'exceptions = [{ from = "a" }]\n'
        )
        assert run(str(shop)) == 2
        told = capsys.readouterr().err
        for name in ("none", "fail-on", "complexity", "src", "docstrings", "layers", "exceptions"):
            assert f"tool.triptych.review.{name}" in told
        (shop / "pyproject.toml").write_text("[tool\n")
        assert run(str(shop)) == 2

    def test_settings_are_kept_to(self, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (shop / "pyproject.toml").write_text(
            '[tool.triptych.review]\nsrc = ["src"]\nfail-on = "info"\nignore = ["LYR", "DOC"]\n'
            'severity = { ERR004 = "info" }\n[[tool.triptych.review.exceptions]]\n'
            'from = "a"\nto = "b"\nadr = "7"\nuntil = "2020-01-01"\n'
        )
        assert run(str(shop)) == 1
        shown = capsys.readouterr().out
        assert "info ERR004" in shown
        assert "LYR004" not in shown
        assert "the exception of decision 7 has ended" in shown


class TestWatch:
    def test_it_tells_what_changes_until_it_is_ended(
        self, shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        steps = iter(
            ["def pay() -> None:\n    raise Exception('no')\n", "def pay() -> None: ...\n"]
        )

        def sleep(_: float) -> None:
            text = next(steps, None)
            if text is None:
                raise KeyboardInterrupt
            (shop / SERVICE).write_text(text)

        monkeypatch.setattr("time.sleep", sleep)
        assert run(str(shop), "--watch") == 0
        first, told = capsys.readouterr().out.split("watching; Ctrl-C ends it\n")
        assert "LYR004" in first
        assert told.splitlines()[0] == f"- {SERVICE}:1 LYR004 the service imports fastapi"
        assert f"- {SERVICE}:2 ERR004 raises Exception\n" in told
        assert told.splitlines()[-1].endswith("of 100")
