"""The matrix: what several rules say together of a role."""

from __future__ import annotations

import pytest

from flights.domain.entities import Flight
from triptych import Actor, Backend, open_store
from triptych.domain.policies import Effect, Policy
from triptych.services.policies.matrix import Cell, May, Somebody, action_cell, somebody

ALL, SOME, NONE = May.ALL, May.SOME, May.NONE


@pytest.mark.parametrize(
    ("ways", "forbids", "is_open", "may"),
    [
        ([], [], True, ALL),
        ([], [], False, NONE),
        ([NONE], [], True, NONE),
        ([NONE, SOME], [], False, SOME),
        ([SOME, ALL], [NONE], False, ALL),
        ([ALL], [SOME], False, SOME),
        ([SOME], [SOME], False, SOME),
        ([ALL], [ALL], True, NONE),
    ],
)
def test_one_way_is_enough_and_forbidding_wins(
    ways: list[May], forbids: list[May], is_open: bool, may: May
) -> None:
    assert action_cell(ways, forbids, is_open=is_open) == Cell(may)


def test_what_is_hidden_is_told_of_what_is_seen() -> None:
    assert str(Cell(SOME, ("reason",))) == "some, less reason"
    assert str(Cell(NONE, ("reason",))) == "none"


def test_somebody_has_some_value_of_every_claim() -> None:
    one = somebody("staff")
    assert isinstance(one, Somebody)
    assert one.claim("carriers") == ("?",)
    assert one.claim("days", int) == (0,)
    assert one.claim("odd", list) == ()


def is_lucky(actor: Actor, flight: Flight) -> bool:
    """Nobody can read what it asks."""
    return hash(actor.id) % 2 == flight.number


def has_enough(actor: Actor, passengers: int) -> bool:
    """There are enough."""
    return passengers > 5


def test_what_cannot_be_known_beforehand_is_some() -> None:
    policies = [
        Policy(effect=Effect.ALLOWS, what=what, rule=rule)
        for what, rule in (("operations.depart", is_lucky), ("operations.board", has_enough))
    ]
    backend = Backend(open_store("flights", "sqlite:///:memory:"), policies=policies)
    matrix = backend.permissions.matrix()
    for what in ("operations.depart", "operations.board"):
        assert matrix.cell(what, "anonymous").may is SOME
