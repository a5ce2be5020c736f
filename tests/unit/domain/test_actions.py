"""Edits, lifecycles, moments, actors: values that mean something by themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.desk import flight
from triptych import Actor, Invariant, Lifecycle, Plan, action, on, query
from triptych.domain.actions import Edit, EditKind, Ticker, last_entry, moment_of
from triptych.domain.actions.declaration import events_of, mark_of
from triptych.domain.actor import read_actor
from triptych.domain.errors import (
    IllegalTransition,
    InvalidInput,
    InvariantBroken,
    RequirementFailed,
)

OLD, NEW = flight(1), replace(flight(1), number=7)


@dataclass(frozen=True)
class Door:
    """A door."""

    id: str
    state: str


CYCLE = Lifecycle(Door, "state", {"shut": {"open", "locked"}, "open": {"shut"}}, initial=["shut"])


class TestEdits:
    @pytest.mark.parametrize(
        ("before", "after", "kind"),
        [
            (None, NEW, EditKind.ADDED),
            (OLD, NEW, EditKind.CHANGED),
            (OLD, None, EditKind.REMOVED),
            (OLD, OLD, EditKind.NOTHING),
            (None, None, EditKind.NOTHING),
        ],
    )
    def test_an_edit_knows_what_it_does(self, before: object, after: object, kind: str) -> None:
        edit = Edit("Flight", OLD.id, before, after)
        assert edit.kind is kind
        back = edit.inverse()
        assert (back.before, back.after) == (after, before)

    def test_changes_are_named(self) -> None:
        assert Edit("Flight", OLD.id, OLD, NEW).changes() == {"number": (1, 7)}
        assert Edit("Flight", OLD.id, None, None).changes() == {}
        assert Edit("Flight", OLD.id, None, OLD).changes()["number"] == (None, 1)

    def test_the_inverse_knows_the_version_to_come(self) -> None:
        assert Edit("Flight", 1, OLD, NEW, 3).inverse().version == 4
        assert Edit("Flight", 1, OLD, None, 3).inverse().version == 0
        assert Edit("Flight", 1, OLD, NEW).followed_by(None).kind is EditKind.REMOVED


class TestLifecycle:
    @pytest.mark.parametrize(
        ("before", "after", "told"),
        [
            ("shut", "open", ""),
            ("open", "open", ""),
            ("open", None, ""),
            (None, "shut", ""),
            (None, "open", "is new, and cannot become open; it can become shut"),
            ("open", "locked", "is open, and cannot become locked; it can become shut"),
            ("locked", "open", "is locked, and cannot become open; that is its end"),
        ],
    )
    def test_only_what_is_drawn_may_happen(
        self, before: str | None, after: str | None, told: str
    ) -> None:
        old, new = (None if each is None else Door("d", each) for each in (before, after))
        edit = Edit("Door", "d", old, new)
        if not told:
            CYCLE.check(edit)
            return
        with pytest.raises(IllegalTransition, match=told):
            CYCLE.check(edit)

    def test_a_new_object_may_be_in_any_state_where_none_is_said(self) -> None:
        replace(CYCLE, initial=()).check(Edit("Door", "d", None, Door("d", "open")))

    def test_it_is_drawn(self) -> None:
        assert CYCLE.diagram().splitlines() == [
            "stateDiagram-v2",
            "    [*] --> shut",
            "    shut --> locked",
            "    shut --> open",
            "    locked --> [*]",
            "    open --> shut",
        ]

    def test_a_property_that_is_not_there_is_told(self) -> None:
        with pytest.raises(InvalidInput, match="Door has no property 'colour'"):
            Lifecycle(Door, "colour", {})


class TestMoments:
    @given(st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))
    def test_a_moment_comes_back(self, moment: datetime) -> None:
        assert moment_of(last_entry(moment)) == moment
        assert last_entry(moment) < last_entry(moment + timedelta(microseconds=1))

    @given(st.lists(st.integers(-(10**9), 10**9), max_size=30))
    def test_numbers_grow_whatever_the_clock_does(self, jumps: list[int]) -> None:
        times = iter([datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s) for s in jumps])
        ticker = Ticker(lambda: next(times))
        numbers = [ticker.next() for _ in jumps]
        assert numbers == sorted(set(numbers))

    def test_a_number_is_greater_than_what_was_seen(self) -> None:
        assert Ticker(lambda: datetime.now(UTC)).next(after=2**62) == 2**62 + 1


class TestDeclarations:
    def test_a_method_stays_what_it_is(self) -> None:
        @action
        async def bare() -> int:
            return 7

        @query(allow=lambda actor: True)
        async def asked() -> None: ...

        @on(Door)
        @on(int)
        async def heard(_: object) -> None: ...

        assert mark_of(bare) is not None
        assert mark_of(asked).allow  # type: ignore[union-attr]  # it is marked
        assert events_of(heard) == (int, Door)
        assert mark_of(heard) is None
        assert events_of(bare) == ()
        assert Invariant(bool).rule is bool

    def test_an_actor_is_read(self) -> None:
        assert read_actor("ada:a,b") == Actor("ada", frozenset({"a", "b"}))
        assert read_actor("").id == "anonymous"
        assert str(read_actor("bob")) == "bob"


class TestMessages:
    def test_a_cause_is_told_where_there_is_one(self) -> None:
        assert str(RequirementFailed("act", "is_so", "", "why")).endswith("not so: is_so (why)")
        assert str(InvariantBroken("is_so", "", "City", [1, "x"], "why")).endswith(
            "City 1 and 'x': is_so (why)"
        )

    def test_a_plan_is_read_by_people(self) -> None:
        edit = Edit("Road", ("a", 7), OLD, None)
        shown = str(Plan(action="close", maker=Actor("ada"), edits=(edit,)))
        assert "removed Road a, 7" in shown
        assert "number: 1 -> -" in shown
