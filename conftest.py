"""Runs every example of the docstrings, the documentation and the README."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from doctest import OutputChecker
from pathlib import Path

from sybil import Example, Sybil
from sybil.document import PythonDocStringDocument
from sybil.parsers.markdown import CodeBlockParser
from sybil.sybil import SybilCollection

from triptych.testing.examples import FLAGS, parsers

ROOT = Path(__file__).parent
EXAMPLE = ROOT / "examples" / "flights" / "src"
if str(EXAMPLE) not in sys.path:
    sys.path.insert(0, str(EXAMPLE))

_console = tempfile.TemporaryDirectory(prefix="triptych-console-")


# What `uv run` does in a project whose environment is that of the suite.
_UV = """#!/usr/bin/env bash
set -e
shift
unset TRIPTYCH_DATABASE
export PYTHONPATH=src
if [ -d "src/${1//-/_}" ]; then set -- python -m "${1//-/_}" "${@:2}"; fi
exec "$@"
"""
_bin = Path(_console.name, "bin")
_bin.mkdir()
(_bin / "uv").write_text(_UV)
(_bin / "uv").chmod(0o755)
_folders: dict[str, str] = {}


class ConsoleParser(CodeBlockParser):
    """Runs the commands of `console` blocks and compares what they print."""

    language = "console"

    def evaluate(self, example: Example) -> str | None:
        command, expected = "", ""
        for line in [*example.parsed.splitlines(keepends=True), "$ "]:
            if not line.startswith("$ "):
                expected += line
                continue
            if command and (wrong := _run(command, expected, example.path)):
                return wrong
            command, expected = line[2:], ""
        return None


def _run(command: str, expected: str, page: str) -> str | None:
    """Runs a command as a newcomer would, in an empty folder; says what differs.

    The folder that one ends in is where the next of the page begins.
    """
    path = f"{_bin}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    left = Path(_console.name, "left")
    environment = {
        **os.environ,
        "PATH": path,
        "PYTHONPATH": str(EXAMPLE),
        "COLUMNS": "100",
        "TRIPTYCH_DATABASE": f"sqlite:///{_console.name}/flights.db",
    }
    done = subprocess.run(
        ["bash", "-c", f"{command}\ncode=$?; pwd > {left}; exit $code"],
        capture_output=True,
        text=True,
        env=environment,
        cwd=_folders.get(page, _console.name),
        check=False,
    )
    _folders[page] = left.read_text().strip()
    printed = done.stdout + done.stderr
    if OutputChecker().check_output(expected, printed, FLAGS):
        return None
    return f"{command}expected:\n{expected}\nprinted:\n{printed}"


_parsers = [*parsers(), ConsoleParser()]

_code = {
    "parsers": parsers(),
    "patterns": ["*.py"],
    "document_types": {".py": PythonDocStringDocument},
}
pytest_collect_file = SybilCollection(
    [
        Sybil(path="src", **_code),
        Sybil(path="examples/flights/src", **_code),
        Sybil(path="docs", parsers=_parsers, patterns=["*.md"]),
        Sybil(path=".", parsers=_parsers, filenames=["README.md", "CONTRIBUTING.md"]),
    ]
).pytest()
