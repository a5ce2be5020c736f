"""What every test may use."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parent.parent / "examples" / "flights" / "src"
if str(EXAMPLE) not in sys.path:
    sys.path.insert(0, str(EXAMPLE))

type MakeDomain = Callable[[Mapping[str, str]], str]

_numbers = count(1)


@pytest.fixture
def make_domain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeDomain]:
    """Writes a domain package of some modules and returns the name it is imported by."""
    monkeypatch.syspath_prepend(str(tmp_path))
    made: list[str] = []

    def make(modules: Mapping[str, str]) -> str:
        name = f"shop{next(_numbers)}"
        folder = tmp_path / name / "domain"
        folder.mkdir(parents=True)
        (folder.parent / "__init__.py").write_text('"""A shop."""\n')
        (folder / "__init__.py").write_text('"""What a shop knows."""\n')
        for path, text in modules.items():
            (folder / path).write_text(text)
        made.append(name)
        return name

    yield make
    for name in made:
        for module in [each for each in sys.modules if f"{each}.".startswith(f"{name}.")]:
            del sys.modules[module]
