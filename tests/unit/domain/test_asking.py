"""What is asked of many objects: filters, aggregates, names, and what a link leads from."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triptych.adapters.expression.reader import RuleReader
from triptych.domain.actions.operations import Held, Input, Output
from triptych.domain.errors import InvalidInput, UnknownName
from triptych.domain.expression import Condition, Kind, Operator
from triptych.domain.expression.aggregates import split_terms
from triptych.domain.expression.building import kind_of
from triptych.domain.expression.filters import Asked, ask, split_key
from triptych.domain.expression.moving import around, moved
from triptych.domain.expression.names import named_value
from triptych.domain.expression.nodes import Linked, Variable
from triptych.domain.expression.summary import mean, middle, ranked, zero
from triptych.domain.ontology import Property, Scalar, ScalarKind, Source
from triptych.services.ontology import read_ontology

FLIGHTS = read_ontology("flights")
NAMES = RuleReader(FLIGHTS)
WORDS = st.text(alphabet="abc_", min_size=1, max_size=5)


class TestFilters:
    @given(name=WORDS, operator=st.sampled_from(list(Operator)))
    def test_a_key_is_said_as_it_was_asked(self, name: str, operator: Operator) -> None:
        assert split_key(f"{name}.{operator}") == (name, operator)
        assert split_key(name) == (name, Operator.EQ)
        assert Asked(name, operator).key in (name, f"{name}.{operator}")

    @given(st.integers(1, 2_000))
    def test_lists_of_like_length_share_a_statement(self, count: int) -> None:
        size = ask("a.in", list(range(count))).size
        assert count <= size < 2 * count
        assert size & (size - 1) == 0

    def test_nothing_and_what_is_not_several(self) -> None:
        assert ask("a", None) == Asked("a", Operator.MISSING, 1)
        assert ask("a.ne", None) == Asked("a", Operator.MISSING, 0)
        assert ask("a.in", []).size == 0
        with pytest.raises(InvalidInput, match="give a list"):
            ask("a.in", "JFK")


class TestSummaries:
    @given(st.lists(st.integers(), min_size=1), st.fractions(0, 1))
    def test_a_rank_is_the_first_that_enough_are_not_beyond(
        self, values: list[int], fraction: Fraction
    ) -> None:
        ordered = sorted(values)
        found = ranked(ordered, float(fraction))
        assert sum(each <= found for each in ordered) >= float(fraction) * len(ordered)
        mirrored = ranked([-each for each in reversed(ordered)], float(fraction))
        assert ranked(ordered, float(fraction), is_descending=True) == -mirrored

    @given(st.decimals(-10, 10, places=2), st.decimals(-10, 10, places=2))
    def test_the_middle_lies_between(self, one: Decimal, other: Decimal) -> None:
        low, high = sorted([one, other])
        assert low <= middle(low, high) <= high
        assert middle(None, None) is None

    def test_a_mean_of_none_is_nothing(self) -> None:
        assert mean(Decimal(3), 2) == Decimal("1.5")
        assert mean(timedelta(0), 0) is None

    @pytest.mark.parametrize(
        ("kind", "found"),
        [
            (ScalarKind.INT, 0),
            (ScalarKind.DECIMAL, Decimal(0)),
            (ScalarKind.TIMEDELTA, timedelta(0)),
        ],
    )
    def test_a_sum_of_none_is_of_its_kind(self, kind: ScalarKind, found: object) -> None:
        made = zero(Kind(Scalar(kind)))
        assert made == found
        assert type(made) is type(found)


class TestTerms:
    @given(st.lists(WORDS, max_size=4))
    def test_commas_in_brackets_part_nothing(self, names: list[str]) -> None:
        terms = [f"bins({each}, 5)" for each in names]
        assert split_terms(", ".join(terms)) == tuple(terms)


class TestNames:
    @pytest.mark.parametrize(
        ("name", "kind"),
        [("distance", "Miles"), ("plane.seats", "Seats | None"), ("departure.month", "int")],
    )
    def test_a_name_stands_for_a_value(self, name: str, kind: str) -> None:
        value = named_value(NAMES, FLIGHTS.object_type("Flight"), name)
        assert kind_of(value).label == kind

    def test_what_is_not_there_is_told(self) -> None:
        with pytest.raises(UnknownName, match="distanse"):
            named_value(NAMES, FLIGHTS.object_type("Flight"), "distanse")


class TestMoving:
    def test_what_is_asked_of_an_airport_is_asked_of_a_flights_origin(self) -> None:
        origin = FLIGHTS.link("Flight", "origin")
        airport = Linked(("origin",), "Airport", link=origin, of=Variable((), "Flight"))
        name = named_value(NAMES, FLIGHTS.object_type("Airport"), "name")
        there = moved(name, airport)
        assert there == named_value(NAMES, FLIGHTS.object_type("Flight"), "origin.name")

    def test_a_way_back_asks_whether_one_is_among_them(self) -> None:
        back = FLIGHTS.link("Flight", "origin")
        found = around(Condition("Airport"), back)
        assert found.type_name == "Flight"
        assert found.expression is not None


class TestOperations:
    def test_what_an_operation_takes_and_gives(self) -> None:
        taken = Input(
            value=Property(name="limit", type=Scalar(ScalarKind.INT), source=Source("a.py", 1)),
            held=Held.LIST,
        )
        assert taken.name == "limit"
        assert not taken.is_secret
        assert Output("Flight", is_optional=True).value is None
