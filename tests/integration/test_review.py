"""Code that nobody wrote for a review goes through it: no crash, and nothing is left out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # its stubs are a package more

from triptych.cli.main import TRIPTYCH
from triptych.domain.review import ReviewSettings
from triptych.services.review.project import ReviewedProject

ROOT = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).parent / "triptych"
STDLIB = Path(sysconfig.get_paths()["stdlib"])
INSTALLED = Path(sysconfig.get_paths()["purelib"])


@pytest.mark.parametrize(
    "folder",
    [STDLIB / "asyncio", STDLIB / "email", INSTALLED / "airflow", INSTALLED / "fastapi"],
    ids=lambda folder: folder.name,
)
def test_it_is_reviewed_whole(folder: Path) -> None:
    project = ReviewedProject(folder, ReviewSettings(), date(2026, 1, 1), is_cached=False)
    read = project.read()
    report = project.review()
    assert report.modules + len(read.unread) == len(list(_files(folder)))
    assert 0 <= report.score.whole <= 100


def _files(folder: Path) -> list[Path]:
    skipped = {"__pycache__", "build", "dist", "env"}
    return [e for e in folder.rglob("*.py") if not skipped & set(e.relative_to(folder).parts)]


def test_nothing_that_lies_where_it_is_started_is_run(tmp_path: Path) -> None:
    """Python looks for its own modules in the current folder first, if it is let to."""
    ran = tmp_path / "ran"
    shop = tmp_path / "shop"
    shop.mkdir()
    for name in sys.stdlib_module_names:
        (shop / f"{name}.py").write_text(f"open({str(ran)!r}, 'a').write(__name__)\n")
    done = subprocess.run(
        [PROGRAM, "review", "--format", "json"],
        cwd=shop,
        env=os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache")},
        capture_output=True,
        check=False,
    )
    assert json.loads(done.stdout)["modules"] == len(sys.stdlib_module_names)
    assert not ran.exists()
    assert not done.stderr


class TestGit:
    """A project may come with a git configuration of its own, which names programs."""

    @pytest.fixture
    def shop(self, tmp_path: Path) -> Path:
        shop = tmp_path / "shop"
        shop.mkdir()
        (shop / "a.py").write_text("x = 1\n")
        (shop / ".gitattributes").write_text("*.py filter=mine diff=mine\n")
        who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        for words in (("init", "-q"), ("add", "."), (*who, "commit", "-qm", "all")):
            self.git(shop, *words)
        program = tmp_path / "program"
        program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\ncat\n")
        program.chmod(0o755)
        (shop / ".git/hooks").mkdir(exist_ok=True)
        (shop / ".git/hooks/post-index-change").symlink_to(program)
        for name in ("core.fsmonitor", "filter.mine.clean", "diff.mine.command"):
            self.git(shop, "config", name, str(program))
        self.git(shop, "config", "filter.mine.required", "true")
        with (shop / "a.py").open("a") as file:
            file.write("\n\ndef f() -> None:\n    raise Exception('no')\n")
        return shop

    @staticmethod
    def git(folder: Path, *words: str) -> None:
        subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)

    @staticmethod
    def review(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAM, "review", "--diff", "HEAD", "--format", "concise", *words],
            cwd=folder,
            env=os.environ | {"XDG_CACHE_HOME": str(folder.parent / "cache")},
            capture_output=True,
            text=True,
            check=False,
        )

    @pytest.mark.parametrize("words", [(), ("--tier", "lint")], ids=["read", "linted"])
    def test_nothing_that_it_names_is_run(self, shop: Path, words: tuple[str, ...]) -> None:
        done = self.review(shop, *words)
        assert "a.py:5: ERR004" in done.stdout, done.stderr
        assert not (shop.parent / "ran").exists()
        # Whoever asks git themselves has it run.
        self.git(shop, "status")
        assert (shop.parent / "ran").exists()

    def test_a_repository_within_is_left_alone(self, shop: Path) -> None:
        inner = shop / "inner.py"
        shutil.copytree(shop / ".git", inner / ".git", symlinks=True)
        (inner / "b.py").write_text("x = 1\n")
        who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        self.git(shop, "-c", "core.fsmonitor=false", "add", "inner.py")
        self.git(shop, *who, "-c", "core.fsmonitor=false", "commit", "-qm", "inner", "inner.py")
        (shop.parent / "ran").unlink(missing_ok=True)
        done = self.review(shop)
        assert "a.py:5: ERR004" in done.stdout, done.stderr
        assert not (shop.parent / "ran").exists()

    def test_what_cannot_be_taken_out_is_told(self, shop: Path) -> None:
        self.git(shop, "config", "filter.a=b.clean", str(shop.parent / "program"))
        done = self.review(shop)
        assert done.returncode == 2
        assert "'filter.a=b' would be run" in done.stderr
        assert not (shop.parent / "ran").exists()


class TestAction:
    """The action of code hosts, run by the shell that they run it by."""

    def run(self, tmp_path: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
        said = yaml.safe_load((ROOT / "action.yml").read_text())
        (step,) = said["runs"]["steps"]
        names = {
            name: str(value).split()[1].removeprefix("inputs.")
            for name, value in step["env"].items()
        }
        given = {name: said["inputs"][of]["default"] for name, of in names.items()}
        given |= {name: inputs[of] for name, of in names.items() if of in inputs}
        programs = tmp_path / "bin"
        programs.mkdir()
        # What is fetched there is what is here.
        (programs / "uvx").write_text(
            f'#!/bin/sh\ntest "$1 $2" = "--quiet --from" || exit 9\nshift 4\nexec {PROGRAM} "$@"\n'
        )
        (programs / "uvx").chmod(0o755)
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            env=os.environ
            | given
            | {
                "PATH": f"{programs}:{os.environ['PATH']}",
                "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
                "XDG_CACHE_HOME": str(tmp_path / "cache"),
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    def test_findings_stand_beside_the_change_and_on_the_page(self, tmp_path: Path) -> None:
        (tmp_path / "billing.py").write_text("def pay() -> None:\n    raise Exception('no')\n")
        done = self.run(tmp_path, **{"fail-on": "warning", "sarif": "review.sarif"})
        assert done.returncode == 1, done.stderr
        assert "::warning file=billing.py,line=2" in done.stdout
        assert "ERR004" in (tmp_path / "summary.md").read_text()
        assert json.loads((tmp_path / "review.sarif").read_text())["version"] == "2.1.0"

    def test_it_fails_as_the_project_says(self, tmp_path: Path) -> None:
        (tmp_path / "billing.py").write_text("def pay() -> None:\n    raise Exception('no')\n")
        assert self.run(tmp_path).returncode == 0


class TestTiers:
    """What a small project is checked by is run, and told."""

    @pytest.fixture
    def shop(self, tmp_path: Path) -> Path:
        files = {
            "src/shop/__init__.py": "",
            "src/shop/domain/__init__.py": '"""What there is."""\n',
            "src/shop/services/__init__.py": '"""What is decided."""\n',
            "src/shop/services/billing.py": (
                "def pay(amount: int) -> int:\n"
                '    """Pays.\n\n    >>> pay(1)\n    3\n    """\n'
                "    if amount < 0:\n"
                "        return amount.nothing + eval('1')\n"
                "    return amount\n"
            ),
            "tests/test_billing.py": (
                "from shop.services.billing import pay\n\n\n"
                "def test_pay() -> None:\n    assert pay(1) == 2\n"
            ),
            "mkdocs.yml": "site_name: Shop\n",
            "docs/index.md": "# Shop\n\n[gone](gone.md)\n",
            "pyproject.toml": "[tool.coverage.run]\nsource = ['src']\n",
        }
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        return tmp_path

    @pytest.fixture
    def findings(
        self, shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> Callable[..., dict[str, list[str]]]:
        monkeypatch.setenv("NO_MKDOCS_2_WARNING", "1")

        def reviewed(*words: str) -> dict[str, list[str]]:
            told = ["review", str(shop), "--no-cache", "--format", "json", *words]
            assert TRIPTYCH.run(told) in (0, 1)
            found: dict[str, list[str]] = {}
            for each in json.loads(capsys.readouterr().out)["findings"]:
                found.setdefault(each["code"], []).append(each["found"])
            return found

        return reviewed

    def test_all_is_run_where_all_is_asked_for(
        self, findings: Callable[..., dict[str, list[str]]]
    ) -> None:
        found = findings("--tier", "all")
        assert found["SEC008"] == [
            "1 of the dynamic layer: B307 1; most in src/shop/services/billing.py 1"
        ]
        assert found["CPX006"][0].startswith(
            "1 in 10 lines of the dynamic layer: S307 1; most in src/shop"
        )
        assert 'attr-defined: "int" has no attribute "nothing"' in found["TYP003"]
        assert found["TST002"] == ["1 of 4 lines are not run: 8"]
        assert found["TST008"][0].startswith("1 failed")
        assert "gone.md" in found["DOC007"][0]
        assert found["DOC006"] == ["pay(1), gives 1, and not 3"]
        assert found["TST001"] == ["75 % of the lines, 80 are wanted; least of all here"]
        assert not {"TYP003", "TST001", "TST002", "TST008", "DOC006", "DOC007"} & set(findings())

    def test_of_a_change_its_lines_are_asked_about(
        self, shop: Path, findings: Callable[..., dict[str, list[str]]]
    ) -> None:
        git = ["git", "-c", "user.name=t", "-c", "user.email=t@t", "-C", str(shop)]
        for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "first"]):
            subprocess.run([*git, *words], check=True)
        file = shop / "src/shop/services/billing.py"
        file.write_text(file.read_text() + "\n\ndef send(amount: int) -> int:\n    return 1\n")
        (shop / "src/shop/services/new.py").write_text("def f() -> int:\n    return ''\n")
        (shop / "tests/test_billing.py").write_text(
            "from shop.services.billing import pay\n\n\n"
            "def test_pay() -> None:\n    assert pay(1) == 1\n"
        )
        found = findings("--tier", "types", "--tier", "tests", "--diff", "main")
        assert [each.partition(":")[0] for each in found["TYP003"]] == ["return-value"]
        assert found["TST003"] == ["no test runs 13", "no test runs 1-2"]
        assert not {"TST001", "TST002", "TST008"} & set(found)

    def test_what_is_no_tier_is_told(self, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert TRIPTYCH.run(["review", str(shop), "--tier", "speed"]) == 2
        assert "lint, types, tests, docs" in capsys.readouterr().err
