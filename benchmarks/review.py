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
TREES = ("fastapi", "sqlalchemy", "airflow")
ROUNDS = 3
_SMALL = 80_000
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
        "| tree | lines | review, cold | warm | one file explained | lines a second, cold | "
        + " | ".join(_PEERS)
        + " |",
        "|---" * (6 + len(_PEERS)) + "|",
    ]
    for name in TREES:
        # Some checkers leave out what is installed.
        tree = Path(tempfile.mkdtemp(prefix="triptych-")) / name
        shutil.copytree(INSTALLED / name, tree, ignore=shutil.ignore_patterns("__pycache__"))
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
            f"{found['explain']:.2f} s | {count / cold:,.0f} | " + " | ".join(others) + " |"
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
        return {what: _run(each, told) for what, each in words.items()}


def _run(words: list[str], environment: dict[str, str]) -> float:
    started = perf_counter()
    command = [str(BIN / words[0]), *words[1:]]
    subprocess.run(command, check=False, capture_output=True, env=environment)
    return perf_counter() - started
