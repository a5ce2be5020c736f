"""What is found in one module is what is found in it among all: in this project, module by module."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from triptych.domain.review import PANELS
from triptych.services.review.project import open_project
from triptych.services.review.reviewing import find_all, find_in

# More is wanted than this project keeps to, so that there is something to be found.
HARD = dict.fromkeys(PANELS, 101)


def test_one_module_is_told_of_as_among_all() -> None:
    project = open_project(Path(__file__).parents[2], date(2026, 1, 1), is_cached=False)
    whole = replace(project, settings=replace(project.settings, docstrings=HARD)).read()
    everything = find_all(whole)
    assert len(everything) > len(PANELS)
    for module in whole.modules[::5]:
        assert find_in(whole, module) == [each for each in everything if each.path == module.path]
