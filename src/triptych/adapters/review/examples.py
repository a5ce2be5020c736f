"""Runs the examples of modules; in the environment of the project that is reviewed.

It is started as a script, by an interpreter that may know nothing of Triptych, so that it uses
the standard library alone. It is given a mark and the names of modules,
and prints what fails, each on a line of JSON after the mark.
"""

from __future__ import annotations

import doctest
import importlib
import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any


def failures(names: Sequence[str]) -> Iterator[tuple[str, int, str]]:
    """Yields module, line and what was found, of each example that fails.

    Args:
        names: Of the modules; each is imported.

    Example:
        ```python
        from triptych.adapters.review.examples import failures

        assert list(failures(["json"])) == []
        ```
    """
    for name in names:
        try:
            module = importlib.import_module(name)
        except Exception as error:  # noqa: BLE001 - whatever a module of somebody's raises
            yield name, 1, f"cannot be imported: {type(error).__name__}: {error}"
            continue
        for each in doctest.DocTestFinder().find(module, name):
            yield from _failed(name, each)


class _Runner(doctest.DocTestRunner):
    """Notes what fails instead of printing it."""

    def __init__(self) -> None:
        super().__init__(verbose=False, optionflags=doctest.ELLIPSIS)
        self.failed: list[tuple[int, str]] = []

    def report_failure(
        self, out: Any, test: doctest.DocTest, example: doctest.Example, got: str
    ) -> None:
        said = [example.source, f"gives {got}", f"and not {example.want}"]
        told = ", ".join(" ".join(each.split()) for each in said)
        self.failed.append(((test.lineno or 0) + example.lineno + 1, told[:200]))

    def report_unexpected_exception(
        self, out: Any, test: doctest.DocTest, example: doctest.Example, exc_info: Any
    ) -> None:
        self.report_failure(out, test, example, f"{exc_info[0].__name__}: {exc_info[1]}")


def _failed(name: str, test: doctest.DocTest) -> Iterator[tuple[str, int, str]]:
    runner = _Runner()
    runner.run(test)
    yield from ((name, *each) for each in runner.failed)


if __name__ == "__main__":
    for found in failures(sys.argv[2:]):
        # review: ignore[LOG001] it is a script, and this is what it answers
        print(sys.argv[1] + json.dumps(found))
