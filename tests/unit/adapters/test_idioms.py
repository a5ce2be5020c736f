"""What databases are told of Python's own ways."""

from __future__ import annotations

import sys

from triptych.adapters.database.idioms import SPACE


def test_all_that_python_takes_for_space_is_taken_off() -> None:
    assert [each for each in map(chr, range(sys.maxunicode + 1)) if each.isspace()] == list(SPACE)
