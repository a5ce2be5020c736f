"""What a project says of its own review, out of its `pyproject.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.review import Exemption, Layer, ReviewSettings, Severity

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_TABLE = "tool.triptych.review"
_SEVERITIES = ", ".join(Severity)
_LAYERS = ", ".join(each for each in Layer if each not in (Layer.UNKNOWN, Layer.TESTS))


def read_review_settings(root: Path) -> ReviewSettings:
    """Reads what a project says of its review; what it leaves open is as usual.

    Raises:
        InvalidInput: A setting is unknown, or its value makes no sense; all at once.
    """
    file = (root if root.is_dir() else root.parent) / "pyproject.toml"
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ReviewSettings()
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput([Problem(str(file), str(error), "mend the file")]) from None
    return parse_project(said)


def parse_project(said: Mapping[str, Any]) -> ReviewSettings:
    """Reads what the file of a project says of its review, and of what it needs.

    Raises:
        InvalidInput: A setting is unknown, or its value makes no sense; all at once.

    Example:
        ```python
        from triptych.adapters.review.configuration import parse_project

        settings = parse_project({"project": {"dependencies": ["SQLAlchemy>=2"]}})
        assert settings.packages == ("sqlalchemy",)
        ```
    """
    settings = parse_settings(said.get("tool", {}).get("triptych", {}).get("review", {}))
    return replace(settings, packages=tuple(_packages(said.get("project", {}))))


def _packages(project: Mapping[str, Any]) -> Iterator[str]:
    """Yields the names of what a project needs when it runs, as its standard says them."""
    for each in project.get("dependencies", ()):
        name = _NAME.match(str(each))
        if name:
            yield re.sub(r"[-_.]+", "-", name[0]).lower()


def parse_settings(said: Mapping[str, Any]) -> ReviewSettings:
    """Reads what is said of a review.

    Raises:
        InvalidInput: A setting is unknown, or its value makes no sense; all at once.

    Example:
        ```python
        from triptych.adapters.review.configuration import parse_settings
        from triptych.domain.review import Layer

        settings = parse_settings({"layers": {"semantic": ["shop.domain"]}, "fail-on": "warning"})
        assert settings.layers[Layer.SEMANTIC] == ("shop.domain",)
        ```
    """
    problems, values = [], {}
    for name, value in said.items():
        if name not in _KNOWN:
            mend = f"one of {', '.join(_KNOWN)}"
            problems.append(Problem(f"{_TABLE}.{name}", "there is no such setting", mend))
            continue
        field, read = _KNOWN[name]
        try:
            values[field] = read(value)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            problems.append(Problem(f"{_TABLE}.{name}", f"{value!r:.80}: {error}", _MENDS[field]))
    if problems:
        raise InvalidInput(problems)
    return ReviewSettings(**values)


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not all(isinstance(each, str) for each in value):
        raise TypeError("is no list of texts")
    return tuple(value)


def _by_layer(value: Any) -> dict[Layer, tuple[str, ...]]:
    return {Layer(name): _texts(each) for name, each in value.items()}


def _shares(value: Any) -> dict[Layer, int]:
    found = {Layer(name): int(share) for name, share in value.items()}
    if not all(0 <= share <= 100 for share in found.values()):
        raise ValueError("is no percentage")
    return found


def _severities(value: Any) -> dict[str, Severity]:
    return {str(code): Severity(each) for code, each in value.items()}


def _exemption(said: Mapping[str, Any]) -> Exemption:
    until = said.get("until")
    day = date.fromisoformat(until) if isinstance(until, str) else until
    return Exemption(importer=said["from"], imported=said["to"], adr=str(said["adr"]), until=day)


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError("is no whole number from one on")
    return value


_KNOWN: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "src": ("src", _texts),
    "layers": ("layers", _by_layer),
    "allow": ("allowed", _by_layer),
    "ignore": ("ignored", _texts),
    "severity": ("severities", _severities),
    "fail-on": ("fail_on", Severity),
    "exceptions": ("exemptions", lambda value: tuple(_exemption(each) for each in value)),
    "baseline": ("baseline", str),
    "docstrings": ("docstrings", _shares),
    "complexity": ("complexity", _whole),
    "module-lines": ("module_lines", _whole),
}
_MENDS = {
    "src": 'write ["src"]',
    "layers": f'write semantic = ["shop.domain"]; there are {_LAYERS}',
    "allowed": f'write semantic = ["attrs"]; there are {_LAYERS}',
    "ignored": 'write ["DOC005"]',
    "severities": f'write LYR008 = "error"; there are {_SEVERITIES}',
    "fail_on": f"one of {_SEVERITIES}",
    "exemptions": 'write [{ from = "a.b", to = "a.c", adr = "7", until = 2027-01-01 }]',
    "baseline": "write the name of a file",
    "docstrings": "write semantic = 100",
    "complexity": "write 10",
    "module_lines": "write 600",
}
