"""Actors, and what is known of them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import NewType
from uuid import UUID

import pytest

from triptych import Actor
from triptych.domain.actor import SYSTEM, read_actor

MemberId = NewType("MemberId", UUID)


class TestClaims:
    @pytest.mark.parametrize("said", ["UA", ["UA"], ("UA",), {"UA"}, frozenset({"UA"})])
    def test_one_value_and_several_are_read_alike(self, said: object) -> None:
        assert Actor("x", claims={"carriers": said}).claim("carriers") == ("UA",)

    def test_texts_are_read_as_what_they_are_asked_as(self) -> None:
        actor = Actor(
            "x", claims={"n": "7", "day": "2026-11-25", "at": "2026-11-25T12:00:00+00:00"}
        )
        assert actor.claim("n", int) == (7,)
        assert actor.claim("day", date) == (date(2026, 11, 25),)
        assert actor.claim("at", datetime) == (datetime(2026, 11, 25, 12, tzinfo=UTC),)

    def test_what_cannot_be_read_is_left_out(self) -> None:
        actor = Actor("x", claims={"member": ["no", str(UUID(int=7)), 7, None]})
        assert actor.claim("member", MemberId) == (UUID(int=7),)

    def test_nothing_known_is_nothing(self) -> None:
        assert Actor("x").claim("carriers") == ()


class TestActors:
    def test_an_agent_is_named_with_whom_it_acts_for(self) -> None:
        helped = Actor("ada", agent=Actor("bot", agent=Actor("sub")))
        assert str(helped) == "ada by bot by sub"
        assert [each.id for each in helped.actors] == ["ada", "bot", "sub"]

    def test_the_application_knows_its_own(self) -> None:
        assert SYSTEM.is_ours
        assert Actor("handler:Notices.tell").is_ours
        assert not read_actor("ada:system").is_ours
