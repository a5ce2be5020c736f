"""A project is reviewed again whenever a file has changed, and only then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from triptych.services.review.project import open_project
from triptych.services.review.watching import watch

BROKEN = "def pay() -> None:\n    raise Exception('no')\n"


class Ended(Exception):
    """The watch is over."""


def waiting(*steps: Callable[[], object]) -> Callable[[], None]:
    """Makes a wait in which things happen, one after the other; then it is over."""
    left: Iterator[Callable[[], object]] = iter(steps)

    def wait() -> None:
        step = next(left, None)
        if step is None:
            raise Ended
        step()

    return wait


def test_what_is_new_and_what_is_gone_is_told(tmp_path: Path) -> None:
    file = tmp_path / "billing.py"
    file.write_text("x = 1\n")
    project = open_project(tmp_path, date(2026, 12, 1), is_cached=False)
    steps = [lambda: file.write_text(BROKEN), lambda: None, file.unlink]
    told = []
    with pytest.raises(Ended):
        for seen in watch(project, waiting(*steps)):
            told.append(([each.code for each in seen.new], [each.code for each in seen.gone]))
    assert told == [([], []), (["ERR004"], []), ([], ["ERR004"])]
