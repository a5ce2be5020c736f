"""What a policy may say, and what is told where it may not."""

from __future__ import annotations

from typing import Any

import pytest

from flights.domain.entities import Airport, Carrier, Flight
from triptych import Actor, allows, forbids, read_ontology
from triptych.adapters.expression.reader import RuleReader
from triptych.domain.errors import Misconfigured
from triptych.domain.policies import Effect, Policy, policies_of
from triptych.services.policies.registry import Bound, bind, find_policies, place_of


def anybody(actor: Actor) -> bool:
    """Everybody may."""
    return True


def of_flights(actor: Actor, flight: Flight) -> bool:
    return flight.number > 7


def wants_more(actor: Actor, flight: Flight, limit: int) -> bool:
    return flight.number > limit


def unaskable(actor: Actor, flight: Flight) -> bool:
    return hash(flight.number) == 7


def is_odd(number: int) -> bool:
    return number % 2 == 1


def in_tens(number: int) -> int:
    return number // 10 * 10


def bound(*policies: Policy, searched: Any = None) -> Bound:
    return bind(RuleReader(read_ontology("flights")), policies, searched)


def policy(what: str = "read", rule: Any = anybody, **more: Any) -> Policy:
    return Policy(effect=Effect.ALLOWS, what=what, rule=rule, **more)


class TestDeclarations:
    def test_a_function_stays_what_it_is_and_may_be_several_policies(self) -> None:
        @forbids("read", Carrier, fields=["name"])
        @allows("read", Airport)
        def everybody(actor: Actor) -> bool:
            return True

        first, second = policies_of(everybody)
        assert everybody(Actor("x"))
        assert (first.effect, first.fields) == (Effect.FORBIDS, ("name",))
        assert (second.effect, second.about, second.name) == (
            Effect.ALLOWS,
            (Airport,),
            "everybody",
        )

    def test_those_of_an_application_are_found_once_each(self) -> None:
        found = [
            (each.name, each.what, each.about, each.fields) for each in find_policies("flights")
        ]
        assert len(found) == len(set(found)) > 10

    def test_a_place_is_told_where_there_is_one(self) -> None:
        assert place_of(anybody).startswith("tests/unit/services/policies/test_registry.py:")
        assert place_of(len) == "?"


class TestMistakes:
    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            (policy("see"), "there is no 'see' to be allowed; say read, change"),
            (policy("read"), "it is about nothing; name the entities"),
            (policy("audit", about=(Flight,)), "audit is about no objects"),
            (policy("operations.postpone", about=(Flight,)), "is about no objects"),
            (policy("change", about=(Flight,), fields=("delay",)), "not changed one by one"),
            (policy(about=(Flight,), mask=7), "objects are not masked as a whole"),
            (policy(about=(str,)), "str"),
            (policy(about=(Carrier,), rule=of_flights), "flight is Flight, and it is declared of"),
            (policy(about=(Flight,), rule=wants_more), "nothing gives it limit"),
            (policy("audit", rule=of_flights), "nothing gives it flight"),
            (policy(about=(Flight,), rule=unaskable), "hash() cannot be asked of a database"),
            (policy(about=(Flight,), fields=("colour",)), "colour"),
            (policy(about=(Flight,), fields=("id",)), "id is what Flight is known by"),
            (policy(about=(Flight,), fields=("number",), mask="x"), "is str, not int"),
            (policy(about=(Flight,), fields=("number",), mask=is_odd), "is bool, not int"),
            (policy(about=(Flight,), fields=("number",), mask=wants_more), "made of one value"),
            (policy(about=(Airport,), fields=("position",), mask=in_tens), "made of one value"),
            (policy(about=(Airport,), fields=("position",), mask=7), "not Position"),
        ],
    )
    def test_each_is_told_with_its_place(self, wrong: Policy, said: str) -> None:
        with pytest.raises(Misconfigured) as raised:
            bound(wrong)
        assert said in str(raised.value)
        assert "test_registry.py:" in str(raised.value)

    def test_all_are_told_at_once(self) -> None:
        with pytest.raises(Misconfigured) as raised:
            bound(policy("see"), policy("hear"))
        assert len(str(raised.value).splitlines()) == 3

    def test_what_is_searched_by_words_cannot_be_hidden(self) -> None:
        hidden = policy(about=(Carrier,), fields=("name",))
        with pytest.raises(Misconfigured, match="searched by words, which would tell it"):
            bound(hidden, searched={"Carrier": {"name"}})

    def test_masks_are_values_or_functions_of_one(self) -> None:
        fields = [("number", in_tens), ("number", 7)]
        for name, mask in fields:
            made = bound(policy(about=(Flight,), fields=(name,), mask=mask))
            assert made.fields["Flight"][name].allows[0].mask is not None
