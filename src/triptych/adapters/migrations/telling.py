"""Migrations in words: what is done to a table, and what that does to what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from triptych.adapters.migrations.comparing import HISTORY, Comparison, TableChange
from triptych.domain.migrations import Phase, Safety, Step


def steps_of(change: TableChange, rows: int, whole: str = "") -> Iterator[tuple[str, Step]]:
    """Yields what is done to a table, each with a name that it is found by.

    Args:
        change: What is to become of the table.
        rows: How many rows it has.
        whole: Who waits, where all of it is one; else it is said by who makes the statements.
    """
    telling = _Telling(change, rows, whole)
    if change.found is None:
        yield "make", telling.step("make the table")
        return
    yield from telling.names()
    yield from telling.columns()
    yield from telling.promises()


class _Telling:
    """Tells of one table that is there."""

    def __init__(self, change: TableChange, rows: int, whole: str) -> None:
        self._change, self._rows, self._whole = change, rows, whole

    def step(self, about: str, **more: Any) -> Step:
        return Step(table=self._change.name, about=about, **{"lock": self._whole, **more})

    def names(self) -> Iterator[tuple[str, Step]]:
        """What is called otherwise."""
        change = self._change
        if change.is_renamed and change.found:
            about = f"rename {change.found.name} to {change.name}"
            yield "rename table", self.step(about, breaks=True)
        for now, was in change.renamed.items():
            yield f"rename {now}", self.step(f"rename {was} to {now}", breaks=True)

    def columns(self) -> Iterator[tuple[str, Step]]:
        """What becomes of columns and of what they hold."""
        change = self._change
        for name in change.made:
            yield f"add {name}", self._filled(name, "add")
        for name in change.converted:
            yield f"convert {name}", self._filled(name, "convert")
        for name, pairs in change.replaced.items():
            said = ", ".join(f"{old} by {new}" for old, new in pairs.items())
            about = f"replace values of {name}: {said}"
            yield f"replace {name}", self._touching(about, breaks=True)
        for name in change.relaxed:
            yield f"relax {name}", self.step(f"let {name} be empty")
        for name in change.required:
            about = f"require {name}" + _how(change, name)
            yield f"require {name}", self._touching(about, phase=Phase.CONTRACT)
        for name in change.dropped:
            safety = Safety.SAFE if name in change.moved_away else Safety.DESTRUCTIVE
            dropped = self._touching(f"drop {name}", safety=safety, phase=Phase.CONTRACT)
            yield f"drop column {name}", dropped

    def promises(self) -> Iterator[tuple[str, Step]]:
        """What becomes of constraints and indexes."""
        change = self._change
        for name in change.lost_constraints:
            yield f"drop {name}", self.step(f"{_again(name in change.constraints)} {name}")
        for name in change.lost_indexes:
            yield f"unindex {name}", self.step(f"{_again(name in change.indexes)} {name}")
        for name in change.indexes:
            if name not in change.lost_indexes:
                yield f"index {name}", self.step(f"make {name}", rows=self._rows)
        for name in change.constraints:
            if name not in change.lost_constraints:
                made = self.step(f"make {name}", phase=Phase.CONTRACT, rows=self._rows)
                yield f"check {name}", made

    def _touching(self, about: str, **more: Any) -> Step:
        return self.step(about, **{"safety": Safety.BACKFILL, "rows": self._rows, **more})

    def _filled(self, name: str, verb: str) -> Step:
        fill, about = self._change.fill_of(name), f"{verb} {name}" + _how(self._change, name)
        if verb == "add" and fill is not None and fill.constant is not None:
            return self.step(about)
        return self._touching(about, breaks=verb == "convert")


def _again(is_made: bool) -> str:
    return "make anew" if is_made else "drop"


def _how(change: TableChange, name: str) -> str:
    fill = change.fill_of(name)
    return f", filled with {fill.about}" if fill else ""


def drops_of(comparison: Comparison, rows: dict[str, int], whole: str = "") -> Iterator[Step]:
    """Yields the tables that are dropped."""
    for each in comparison.dropped:
        yield Step(
            table=each.name,
            about="drop the table",
            safety=Safety.DESTRUCTIVE,
            phase=Phase.CONTRACT,
            lock=whole,
            rows=rows.get(each.name, 0),
        )


def guesses_of(comparison: Comparison) -> Iterator[str]:
    """Yields what may have been meant: something that is gone and something new of its kind."""
    for change in comparison.changes:
        if change.found is not None and not change.name.endswith(HISTORY):
            yield from _renamed_perhaps(change)
    made = [each for each in comparison.changes if each.found is None and each.wanted.filler]
    for gone in comparison.dropped:
        for change in made:
            if set(gone.columns) == set(change.expected.columns):
                yield f"{change.name}: if this was {gone.name}, say was=[{gone.name!r}]"


def _renamed_perhaps(change: TableChange) -> Iterator[str]:
    said = {name for name in change.made if (fill := change.fill_of(name)) and fill.is_said}
    for gone in change.dropped:
        if gone in change.moved_away:
            continue
        kind = change.found.columns[gone].kind if change.found else ""
        for name in change.made:
            if change.wanted.kinds[name] == kind and name not in said:
                hint = f"renamed={{{name!r}: {gone!r}}}"
                yield f"{change.name}: if {gone} is called {name} now, say {hint}"
