"""Verifying: what is wrong is told, what can be mended is, and nothing runs on."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from triptych.adapters.projects.running import run
from triptych.cli.main import TRIPTYCH
from triptych.domain.errors import InvalidInput
from triptych.domain.verification import Check, State, Verdict
from triptych.services.verification import checks_of, find_project, verify

UNTIDY = "import os\nx = { 'a':1 }\n"
TANGLED = "def f(a):\n" + "".join(f"    if a == {n}:\n        return {n}\n" for n in range(12))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Gives a small project that is not in order."""
    domain = tmp_path / "src" / "shop" / "domain"
    domain.mkdir(parents=True)
    (tmp_path / "tests").mkdir()
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\nline-length = 100\n")
    (domain / "__init__.py").write_text("")
    (domain / "values.py").write_text(UNTIDY)
    return tmp_path


async def come_out(folder: Path, *names: str, mends: bool = False) -> dict[str, Verdict]:
    project = find_project(folder)
    picked = [each for each in checks_of(project) if each.name in names]
    found = await verify(project, picked, mends=mends)
    return {each.check.name: each for each in found}


class TestProjects:
    @pytest.mark.parametrize("text", [None, "not toml = [", "\udcff"])
    def test_what_is_no_project_is_told(self, tmp_path: Path, text: str | None) -> None:
        if text is not None:
            raw = text.encode("utf-8", "surrogateescape")
            (tmp_path / "pyproject.toml").write_bytes(raw)
        with pytest.raises(InvalidInput, match="name a project's folder"):
            find_project(tmp_path)

    def test_one_without_a_domain_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_text("")
        with pytest.raises(InvalidInput, match="has no package with a domain"):
            find_project(tmp_path)

    def test_what_does_not_apply_says_why(self, folder: Path) -> None:
        skipped = {each.name: each.skipped for each in checks_of(find_project(folder))}
        assert skipped["docs"] == "there is no mkdocs.yml"
        assert skipped["lock"] == "there is no uv.lock"
        assert skipped["image"] == "there is no docker/Dockerfile"
        assert skipped["database"] == "there is none here"

    @pytest.mark.parametrize("engine", ["docker", "podman", ""])
    def test_an_image_is_built_by_whatever_engine_is_here(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str
    ) -> None:
        (folder / "docker").mkdir()
        (folder / "docker" / "Dockerfile").write_text("FROM scratch\n")
        source = folder / "pyproject.toml"
        (programs := tmp_path / "programs").mkdir()
        monkeypatch.setenv("PATH", str(programs))
        if engine:
            (programs / engine).write_text("#!/bin/sh\n")
            (programs / engine).chmod(0o755)
        (image,) = [each for each in checks_of(find_project(folder)) if each.name == "image"]
        assert image.skipped == ("" if engine else "there is no engine here")
        assert image.words[:2] == (engine, "build")
        source.write_text("[tool.uv.sources]\ntriptych = { path = '/triptych', editable = true }\n")
        (image,) = [each for each in checks_of(find_project(folder)) if each.name == "image"]
        assert "which an image cannot hold" in image.skipped

    def test_a_database_that_is_named_or_made_is_looked_at(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def skipped() -> str:
            checks = checks_of(find_project(folder))
            return next(each.skipped for each in checks if each.name == "database")

        for text, why in (("database = 'sqlite:///x.db'", ""), ("port = 1", "there is none here")):
            (folder / "triptych.toml").write_text(text)
            assert skipped() == why
        (folder / "var").mkdir()
        (folder / "var/shop.db").write_text("")
        assert skipped() == ""
        (folder / "var/shop.db").unlink()
        monkeypatch.setenv("TRIPTYCH_DATABASE", "sqlite:///y.db")
        assert skipped() == ""


class TestVerify:
    async def test_a_database_that_does_not_answer_here_is_skipped(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TRIPTYCH_DATABASE", "postgresql://postgres@127.0.0.1:1/shop")
        looked = (await come_out(folder, "database"))["database"]
        assert looked.state is State.SKIPPED
        assert "127.0.0.1:1" in looked.note

    async def test_a_link_that_leads_nowhere_is_found(self, folder: Path) -> None:
        (folder / "mkdocs.yml").write_text("site_name: Shop\n")
        (folder / "docs").mkdir(exist_ok=True)
        (folder / "docs/index.md").write_text("# Shop\n")
        assert (await come_out(folder, "docs"))["docs"].state is State.PASSED
        (folder / "docs/index.md").write_text("# Shop\n\n[gone](gone.md)\n")
        found = (await come_out(folder, "docs"))["docs"]
        assert found.state is State.FAILED
        assert "gone.md" in found.output

    async def test_what_is_wrong_is_told_and_the_safe_part_mended(self, folder: Path) -> None:
        found = await come_out(folder, "format", "lint", "docs")
        assert found["format"].state is State.FAILED
        assert found["lint"].state is State.FAILED
        assert "F401" in found["lint"].output
        assert found["docs"].state is State.SKIPPED
        mended = await come_out(folder, "format", "lint", mends=True)
        again = await come_out(folder, "format", "lint")
        assert mended["lint"].state is again["lint"].state is State.PASSED
        assert again["format"].state is State.PASSED

    async def test_a_program_that_only_speaks_of_faults_fails_by_speaking(
        self, folder: Path
    ) -> None:
        assert (await come_out(folder, "complexity"))["complexity"].state is State.PASSED
        (folder / "src" / "shop" / "domain" / "rules.py").write_text(TANGLED)
        assert (await come_out(folder, "complexity"))["complexity"].state is State.FAILED

    async def test_a_program_that_is_not_there_is_a_fault(self, folder: Path) -> None:
        project = find_project(folder)
        words = ("no-such-program",)
        lost = Check(name="lost", about="", standard="C", words=words, mend=words)
        (found,) = await verify(project, [lost], mends=True)
        assert found.state is State.MISSING
        assert found.output == "no-such-program is not installed; uv add --dev no-such-program"

    async def test_what_cannot_run_here_is_skipped(self, folder: Path) -> None:
        says = ("python", "-c", "print('no engine'); raise SystemExit(1)")
        check = Check(name="image", about="", standard="P4", words=says, absent="no engine")
        for absent, state in (("no engine", State.SKIPPED), ("other", State.FAILED)):
            one = replace(check, absent=absent)
            assert (await verify(find_project(folder), [one]))[0].state is state

    async def test_what_runs_alone_runs_last(self, folder: Path) -> None:
        told: list[tuple[str, State]] = []
        quick = ("python", "-c", "")
        checks = [
            Check(name="alone", about="", standard="T1", words=quick, is_alone=True),
            Check(name="one", about="", standard="C", words=quick),
            Check(name="other", about="", standard="C", words=quick),
        ]
        found = await verify(
            find_project(folder), checks, lambda each: told.append((each.check.name, each.state))
        )
        assert [each.check.name for each in found] == ["alone", "one", "other"]
        assert told[-2:] == [("alone", State.RUNNING), ("alone", State.PASSED)]

    async def test_nothing_runs_on_where_nobody_waits(self, folder: Path) -> None:
        late = "import time, pathlib; time.sleep(2); pathlib.Path('late').write_text('x')"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await run(("python", "-c", late), folder)
        await asyncio.sleep(2.2)
        assert not (folder / "late").exists()


class TestTheCommand:
    def test_it_says_what_is_wrong_and_ends_with_one(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert TRIPTYCH.run(["verify", "lint", "format", "--folder", str(folder)]) == 1
        said = capsys.readouterr().out
        assert "ruff check" in said
        assert "--fix mends format and lint" in said
        assert TRIPTYCH.run(["verify", "lint", "format", "--fix", "--folder", str(folder)]) == 0
        assert "everything holds" in capsys.readouterr().out

    def test_it_is_there_for_machines_too(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        TRIPTYCH.run(["verify", "lint", "--json", "--folder", str(folder)])
        (found,) = json.loads(capsys.readouterr().out)
        assert (found["check"], found["standard"], found["state"]) == ("lint", "C6", "failed")

    def test_a_check_that_there_is_not_is_told(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert TRIPTYCH.run(["verify", "typos", "--folder", str(folder)]) != 0
        assert "there is no check 'typos'; did you mean 'types'" in capsys.readouterr().err
