"""Runs every example of the docstrings, the documentation and the README."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from pathlib import Path

from sybil import Document, Example, Region, Sybil
from sybil.document import PythonDocStringDocument
from sybil.evaluators.doctest import DocTestEvaluator
from sybil.parsers.abstract.doctest import DocTestStringParser
from sybil.parsers.abstract.lexers import strip_prefix
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser
from sybil.parsers.markdown.lexers import DirectiveInHTMLCommentLexer
from sybil.sybil import SybilCollection

ROOT = Path(__file__).parent
EXAMPLE = ROOT / "examples" / "flights" / "src"
if str(EXAMPLE) not in sys.path:
    sys.path.insert(0, str(EXAMPLE))

_FLAGS = ELLIPSIS | NORMALIZE_WHITESPACE
_console = tempfile.TemporaryDirectory(prefix="triptych-console-")


class HiddenExampleParser:
    """Finds doctests in HTML comments that begin `Example Test:`."""

    def __init__(self) -> None:
        self._comments = DirectiveInHTMLCommentLexer("Example Test")
        self._doctests = DocTestStringParser(DocTestEvaluator(_FLAGS))

    def __call__(self, document: Document) -> Iterable[Region]:
        for comment in self._comments(document):
            source = strip_prefix(comment.lexemes["source"].text, "")
            for doctest in self._doctests(source, document.path):
                doctest.adjust(comment, comment.lexemes["source"])
                yield doctest


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
    if OutputChecker().check_output(expected, printed, _FLAGS):
        return None
    return f"{command}expected:\n{expected}\nprinted:\n{printed}"


_parsers = [SkipParser(), PythonCodeBlockParser(), HiddenExampleParser(), ConsoleParser()]

_code = {
    "parsers": _parsers[:3],
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
