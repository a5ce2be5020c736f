"""Runs the examples of documents and docstrings: a plugin of pytest, for any project.

It is there wherever Triptych is installed, and does nothing until a project names, in the
settings of pytest, the files and folders whose examples are run:

    triptych_examples = ["src", "docs", "README.md"]

In Markdown and in docstrings, fenced `python` blocks are run, in order, with what those before
have left; and the doctest lines of HTML comments that begin `Example Test:`, which no reader
sees. `<!-- skip: next -->` leaves out the next block.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

FLAGS = ELLIPSIS | NORMALIZE_WHITESPACE
_SETTING = "triptych_examples"
_collect: dict[int, Any] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Tells pytest of the setting."""
    about = "Files and folders whose examples are run."
    parser.addini(_SETTING, about, type="args", default=[])


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Any:
    """Finds the examples of a file, where its folder is named."""
    paths = parent.config.getini(_SETTING)
    if not paths:
        return None
    if id(parent.config) not in _collect:
        _collect[id(parent.config)] = collector(parent.config.rootpath, paths)
    return _collect[id(parent.config)](file_path=file_path, parent=parent)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Forgets what was made for one run."""
    _collect.pop(id(config), None)


def parsers() -> list[Any]:
    """Makes what finds examples in a document.

    Raises:
        MissingExtra: The part that reads documents is not installed.
    """
    markdown: Any = _part("sybil.parsers.markdown")
    return [markdown.SkipParser(), markdown.PythonCodeBlockParser(), HiddenExampleParser()]


def collector(root: Path, paths: Sequence[str]) -> Any:
    """Makes what collects the examples of files and folders, for pytest.

    Args:
        root: The folder of the project.
        paths: What is read: `.py` files by their docstrings, `.md` files as they are.
    """
    sybil: Any = _part("sybil")
    docstrings: Any = _part("sybil.document").PythonDocStringDocument
    made = []
    for each in paths:
        where = root / each
        if where.is_file():
            found = {"path": str(where.parent), "filenames": [where.name]}
            made.append(sybil.Sybil(parsers=parsers(), **found))
            continue
        code = {"patterns": ["*.py"], "document_types": {".py": docstrings}}
        made.append(sybil.Sybil(parsers=parsers(), path=str(where), **code))
        made.append(sybil.Sybil(parsers=parsers(), path=str(where), patterns=["*.md"]))
    return _part("sybil.sybil").SybilCollection(made).pytest()


class HiddenExampleParser:
    """Finds doctests in HTML comments that begin `Example Test:`."""

    def __init__(self) -> None:
        lexers: Any = _part("sybil.parsers.markdown.lexers")
        self._comments = lexers.DirectiveInHTMLCommentLexer("Example Test")
        doctests: Any = _part("sybil.parsers.abstract.doctest")
        evaluate = _part("sybil.evaluators.doctest").DocTestEvaluator(FLAGS)
        self._doctests = doctests.DocTestStringParser(evaluate)

    def __call__(self, document: Any) -> Iterator[Any]:
        """Yields the examples of a document."""
        strip: Any = _part("sybil.parsers.abstract.lexers").strip_prefix
        for comment in self._comments(document):
            source = strip(comment.lexemes["source"].text, "")
            for doctest in self._doctests(source, document.path):
                doctest.adjust(comment, comment.lexemes["source"])
                yield doctest


def _part(module: str) -> Any:
    # Imported here: the plugin is loaded before anything that measures coverage.
    needs: Any = importlib.import_module("triptych.infrastructure.optional").needs
    return needs(module, "testing", "to run examples")
