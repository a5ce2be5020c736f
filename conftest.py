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


class ConsoleParser(CodeBlockParser):
    """Runs the commands of `console` blocks and compares what they print."""

    language = "console"

    def evaluate(self, example: Example) -> str | None:
        command, expected = "", ""
        for line in [*example.parsed.splitlines(keepends=True), "$ "]:
            if not line.startswith("$ "):
                expected += line
                continue
            if command and (wrong := _run(command, expected)):
                return wrong
            command, expected = line[2:], ""
        return None


def _run(command: str, expected: str) -> str | None:
    """Runs a command as a newcomer would, in an empty folder; says what differs."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {
        **os.environ,
        "PATH": path,
        "PYTHONPATH": str(EXAMPLE),
        "COLUMNS": "100",
        "TRIPTYCH_DATABASE": f"sqlite:///{_console.name}/flights.db",
    }
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        env=environment,
        cwd=_console.name,
        check=False,
    )
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
