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


def table(rounds: int = ROUNDS) -> str:
    """Measures in rounds that take turns, and prints medians and ratios."""
    lines = [
        "| tree | lines | review, cold | warm | lines a second, cold | ruff ALL | bandit | radon cc | pylint |",
        "|---|---|---|---|---|---|---|---|---|",
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
        others = [_beside(found.get(each), cold) for each in ("ruff", "bandit", "radon", "pylint")]
        lines.append(
            f"| {name} | {count:,} | {cold:.2f} s | {found['warm']:.2f} s | {count / cold:,.0f} | "
            + " | ".join(others)
            + " |"
        )
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    return "\n".join([*lines, "", f"The largest process of the run had {most} MiB."])


def _beside(took: float | None, cold: float) -> str:
    return "" if took is None else f"{took:.2f} s ({took / cold:.1f}x)"


def _round(tree: Path, *, is_small: bool) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as home:
        review = [str(BIN / "triptych"), "review", str(tree), "--format", "json"]
        words = {
            "cold": review,
            "warm": review,
            "ruff": [str(BIN / "ruff"), "check", "--select", "ALL", "--no-cache", "--isolated"],
            "radon": [str(BIN / "radon"), "cc"],
        }
        if is_small:
            words["bandit"] = [str(BIN / "bandit"), "-q", "-r"]
            if shutil.which("pylint", path=str(BIN)):
                words["pylint"] = [str(BIN / "pylint"), "--jobs", "2"]
        return {
            what: _run([*each, *([] if what in ("cold", "warm") else [str(tree)])], home)
            for what, each in words.items()
        }


def _run(words: list[str], home: str) -> float:
    started = perf_counter()
    subprocess.run(
        words, check=False, capture_output=True, env=os.environ | {"XDG_CACHE_HOME": home}
    )
    return perf_counter() - started
