"""How long a review takes, against checkers of lines, on trees that lie in the environment."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

INSTALLED = Path(sysconfig.get_paths()["purelib"])
BIN = Path(sys.executable).parent
TREES = ("fastapi", "django", "airflow", "sqlalchemy")
ROUNDS = 3
_SMALL, _EDITED = 80_000, 10
_PEERS = ("ruff ALL", "import-linter", "bandit", "radon cc", "pylint")
_CONTRACT = """
[importlinter]
root_package = {name}
include_external_packages = True

[importlinter:contract:one]
name = one
type = forbidden
source_modules = {name}
forbidden_modules = sqlite3
"""


def table(rounds: int = ROUNDS) -> str:
    """Measures in rounds that take turns, and prints medians and ratios."""
    lines = [
        "| tree | lines | review, cold | warm | ten files edited, `--diff` | again | one file explained | lines a second, cold | "
        + " | ".join(_PEERS)
        + " |",
        "|---" * (8 + len(_PEERS)) + "|",
    ]
    for name in TREES:
        # Some checkers leave out what is installed.
        tree = Path(tempfile.mkdtemp(prefix="triptych-")) / name
        shutil.copytree(INSTALLED / name, tree, ignore=shutil.ignore_patterns("__pycache__"))
        _commit(tree)
        count = sum(each.read_bytes().count(b"\n") for each in tree.rglob("*.py"))
        seconds: dict[str, list[float]] = {}
        for _ in range(rounds):
            for what, took in _round(tree, is_small=count < _SMALL).items():
                seconds.setdefault(what, []).append(took)
        found = {what: median(each) for what, each in seconds.items()}
        shutil.rmtree(tree.parent)
        cold = found["cold"]
        others = [_beside(found.get(each), cold) for each in _PEERS]
        lines.append(
            f"| {name} | {count:,} | {cold:.2f} s | {found['warm']:.2f} s | "
            f"{found['edited']:.2f} s | {found['again']:.2f} s | {found['explain']:.2f} s | {count / cold:,.0f} | "
            + " | ".join(others)
            + " |"
        )
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    return "\n".join([*lines, "", f"The largest process of the run had {most} MiB."])


def _beside(took: float | None, cold: float) -> str:
    return "" if took is None else f"{took:.2f} s ({took / cold:.1f}x)"


def _round(tree: Path, *, is_small: bool) -> dict[str, float]:
    """Runs everything once; checkers that take long for every line, on small trees only."""
    with tempfile.TemporaryDirectory() as home:
        review = ["triptych", "review"]
        files = sorted(tree.rglob("*.py"), key=lambda each: each.stat().st_size)
        one = str(files[len(files) // 2].relative_to(tree))
        contract = Path(home, "contract.ini")
        contract.write_text(_CONTRACT.format(name=tree.name))
        words = {
            "cold": [*review, str(tree), "--format", "json"],
            "warm": [*review, str(tree), "--format", "json"],
            "explain": [*review, "explain", one, "--folder", str(tree)],
            "ruff ALL": ["ruff", "check", "--select", "ALL", "--no-cache", "--isolated", str(tree)],
            "import-linter": ["lint-imports", "--no-cache", "--config", str(contract)],
            "radon cc": ["radon", "cc", str(tree)],
        }
        if is_small:
            words["bandit"] = ["bandit", "-q", "-r", str(tree)]
            words["pylint"] = ["pylint", "--jobs", "2", str(tree)]
        # What is imported by name is this copy, not what is installed.
        told = os.environ | {"XDG_CACHE_HOME": home, "PYTHONPATH": str(tree.parent)}
        taken = {what: _run(each, told) for what, each in words.items()}
        return taken | _edited(tree, files, told)


def _commit(tree: Path) -> None:
    """Lets git keep a tree."""
    git = ["git", "-C", str(tree), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "all"]):
        subprocess.run([*git, *words], check=True, capture_output=True)


def _edited(tree: Path, files: list[Path], told: dict[str, str]) -> dict[str, float]:
    """Edits ten files, reviews what is new since, twice, and takes the edits back."""
    some = files[:: max(len(files) // _EDITED, 1)][:_EDITED]
    before = {each: each.read_bytes() for each in some}
    for each, content in before.items():
        each.write_bytes(content + b"\ndef added() -> None:\n    raise Exception('x')\n")
    diff = ["triptych", "review", str(tree), "--diff", "HEAD", "--format", "json"]
    taken = {"edited": _run(diff, told), "again": _run(diff, told)}
    for each, content in before.items():
        each.write_bytes(content)
    return taken


def _run(words: list[str], environment: dict[str, str]) -> float:
    started = perf_counter()
    command = [str(BIN / words[0]), *words[1:]]
    subprocess.run(command, check=False, capture_output=True, env=environment)
    return perf_counter() - started
