"""What docstrings tell, in any of the three usual styles."""

from __future__ import annotations

import re

from triptych.domain.review import Told

_GOOGLE = re.compile(r"^(?P<indent>\s*)(?:Args|Arguments|Parameters|Params):\s*$", re.MULTILINE)
_ENTRY = re.compile(r"\*{0,2}(?P<name>\w+)\s*(?:\([^)]*\))?\s*:")
_SPHINX = re.compile(r"^\s*:param\s+(?:[\w\[\], .|]+\s+)?\*{0,2}(?P<name>\w+)\s*:", re.MULTILINE)
_NUMPY = re.compile(r"^(?P<indent>[ \t]*)Parameters[ \t]*\n[ \t]*-{4,}[ \t]*\n", re.MULTILINE)
_NUMPY_ENTRY = re.compile(r"\*{0,2}(?P<name>\w+)(?:\s*,\s*\*{0,2}\w+)*\s*(?::.*)?$")
_RAISES = re.compile(r"^(?P<indent>\s*)Raises:\s*$", re.MULTILINE)
_RAISED = re.compile(r"(?P<name>[\w.]+)\s*:")
_SPHINX_RAISES = re.compile(
    r"^\s*:(?:raises?|except|exception)\s+(?P<name>[\w., ]+?)\s*:", re.MULTILINE
)
_NUMPY_RAISES = re.compile(r"^(?P<indent>[ \t]*)Raises[ \t]*\n[ \t]*-{4,}[ \t]*\n", re.MULTILINE)
_NUMPY_RAISED = re.compile(r"(?P<name>[\w.]+)\s*$")
_EXAMPLE = re.compile(r"^\s*(?:>>> |```py)", re.MULTILINE)


def read_docstring(text: str) -> Told:
    r"""Reads what a docstring tells.

    Example:
        ```python
        from triptych.adapters.review.docstrings import read_docstring

        told = read_docstring("Adds.\n\nArgs:\n    one: This.\n    two: That.\n")
        assert told.parameters == ("one", "two") and not told.has_example
        ```
    """
    names = [each["name"] for each in _SPHINX.finditer(text)]
    google = _GOOGLE.search(text)
    if google:
        names += _entries(text[google.end() :], len(google["indent"]), _ENTRY)
    numpy = _NUMPY.search(text)
    if numpy:
        names += _entries("\n" + text[numpy.end() :], len(numpy["indent"]) - 1, _NUMPY_ENTRY)
    styles = {"google": google, "numpy": numpy, "sphinx": names}
    style = next((name for name, found in styles.items() if found), "")
    return Told(tuple(names), bool(_EXAMPLE.search(text)), style, tuple(_errors(text)))


def _errors(text: str) -> list[str]:
    """Lists the errors that a docstring names."""
    names = [
        one.strip() for each in _SPHINX_RAISES.finditer(text) for one in each["name"].split(",")
    ]
    google, numpy = _RAISES.search(text), _NUMPY_RAISES.search(text)
    if google:
        names += _entries(text[google.end() :], len(google["indent"]), _RAISED)
    if numpy:
        names += _entries("\n" + text[numpy.end() :], len(numpy["indent"]) - 1, _NUMPY_RAISED)
    return names


def _entries(text: str, indent: int, entry: re.Pattern[str]) -> list[str]:
    """Lists the names that begin the entries of a section, which ends where its indent does."""
    names: list[str] = []
    depth: int | None = None
    for line in text.split("\n")[1:]:
        if not line.strip():
            continue
        here = len(line) - len(line.lstrip())
        if here <= indent or (depth is not None and here < depth):
            break
        depth = here if depth is None else depth
        found = entry.match(line.strip()) if here == depth else None
        if found:
            names.append(found["name"])
    return names
