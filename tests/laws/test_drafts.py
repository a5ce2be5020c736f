"""Whatever somebody has, what is drafted of it is a sound domain, written as people write."""

from __future__ import annotations

import ast
import sys
from dataclasses import replace
from itertools import count
from pathlib import Path

import black
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from triptych.domain.drafts import Part, Role, Shape, Survey, linked
from triptych.services.drafts.deciding import draft_of
from triptych.services.drafts.modules import domain_modules, table_module
from triptych.services.drafts.pages import page_names
from triptych.services.drafts.readers import reader_module
from triptych.services.ontology.reading import check_package

LINE = 100
MODE = black.Mode(line_length=LINE)
TYPES = ["str", "int", "float", "bool", "bytes", "Decimal", "UUID", "date", "datetime", "time"]
WORDS = [
    "id",
    "order",
    "orders",
    "Class",
    "import",
    "type",
    "status",
    "ü",
    "2nd",
    "user_id",
    "List",
]
NAMES = st.one_of(st.sampled_from(WORDS), st.text(min_size=1, max_size=25))
MEMBERS = st.lists(st.sampled_from(["a", "b c", "Token", "a-b", "9", "class", "é"]), max_size=4)
_numbers = count(1)


@st.composite
def surveys(draw: st.DrawFn) -> Survey:
    """Draws shapes of any names, that hold each other and lead to each other as they like."""
    names = draw(st.lists(NAMES, min_size=1, max_size=5, unique=True))
    shapes = []
    for name in names:
        parts: dict[str, Part] = {}
        for each in draw(st.lists(NAMES, min_size=1, max_size=6, unique=True)):
            of = draw(st.sampled_from(["", "", *names]))
            parts[each] = Part(
                name=each,
                type="" if of and draw(st.booleans()) else draw(st.sampled_from(TYPES)),
                of=of,
                members=tuple(dict.fromkeys(draw(MEMBERS))),
                is_optional=draw(st.booleans()),
                is_many=draw(st.booleans()),
                about=draw(st.text(max_size=200)),
            )
        scalar = [part for part in parts.values() if part.type and not part.is_many]
        key = draw(st.lists(st.sampled_from(scalar), max_size=3, unique=True)) if scalar else []
        for part in key:
            parts[part.name] = replace(part, is_optional=False, members=())
        shapes.append(
            Shape(
                name=name,
                parts=tuple(parts.values()),
                key=tuple(part.name for part in key),
                about=draw(st.text(max_size=200)),
                data="data/rows.csv" if draw(st.booleans()) else "",
                missing=("NA",) if draw(st.booleans()) else (),
            )
        )
    return Survey(*linked(tuple(shapes), ()))


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(survey=surveys())
def test_what_is_drafted_is_sound_and_in_order(
    survey: Survey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = draft_of(survey)
    if not draft.of(Role.ENTITY):
        return
    package = f"drafted{next(_numbers)}"
    modules = domain_modules(draft, package)
    modules["adapters/database/__init__.py"] = table_module(draft, package)
    for place, each in enumerate(draft.classes):
        if each.role in (Role.ENTITY, Role.RELATIONSHIP):
            modules[f"adapters/file_parsers/r{place}.py"] = reader_module(each, package)
    for path, text in modules.items():
        ast.parse(text)
        # A name may be so long that no line can hold it, or fit on one but for its escapes.
        if all(len(ascii(line)) <= LINE for line in text.splitlines()):
            assert black.format_str(text, mode=MODE) == text, path
        file = tmp_path / package / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / package / "__init__.py").write_text('"""Drafted."""\n')
    (tmp_path / package / "domain/__init__.py").write_text('"""What the world is."""\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    try:
        assert check_package(package).diagnostics == ()
    finally:
        for name in [each for each in sys.modules if f"{each}.".startswith(f"{package}.")]:
            del sys.modules[name]
    assert page_names(draft, package, is_loaded=False)["doubts"]
