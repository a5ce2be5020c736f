"""Sessions: kept on the server as digests, good for a while, and ended at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.laws.test_identity import Clock
from triptych import Actor, Backend
from triptych.adapters.identity.tickets import SIGN_IN, Tickets
from triptych.domain.errors import NotSignedIn
from triptych.services.identity.sessions import Sessions

SUE = Actor("sue", frozenset({"staff"}), {"carriers": ("UA", "DL")})
HOUR = timedelta(hours=1)


class Flow:
    """A provider that signs everybody in."""

    def __init__(self) -> None:
        self.began: list[tuple[str, ...]] = []

    async def begin(self, redirect: str, state: str, verifier: str, nonce: str) -> str:
        self.began.append((redirect, state, verifier, nonce))
        return f"https://id.example/?state={state}"

    async def complete(self, redirect: str, code: str, verifier: str) -> str:
        return f"{code} {verifier}"


class Reader:
    """Reads a token as Sue's, if it answers what was begun."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    async def actor_of(
        self, text: str, *, audience: str | None = None, nonce: str | None = None
    ) -> Actor:
        _, _, verifier, wanted = self._flow.began[-1]
        if (text, audience, nonce) != (f"code {verifier}", "flights", wanted):
            raise NotSignedIn
        return SUE


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(desk: Backend, clock: Clock) -> Sessions:
    return Sessions(desk.store, HOUR, clock)


async def completed(sessions: Sessions, flow: Flow, ticket: str, **more: str) -> Any:
    brought = {"state": flow.began[-1][1], "code": "code"} | more
    return await sessions.complete(flow, Reader(flow), "back", brought, ticket, "flights")


class TestSessions:
    async def test_a_session_is_of_who_started_it_until_it_is_over(
        self, sessions: Sessions, clock: Clock
    ) -> None:
        ticket = await sessions.start(SUE)
        clock.moment += HOUR - timedelta(seconds=1)
        assert await sessions.actor_of(ticket) == SUE
        clock.moment += timedelta(seconds=1)
        with pytest.raises(NotSignedIn):
            await sessions.actor_of(ticket)

    async def test_it_ends_at_once(self, sessions: Sessions) -> None:
        ticket, other = await sessions.start(SUE), await sessions.start(SUE)
        await sessions.end(ticket)
        await sessions.end(ticket)
        with pytest.raises(NotSignedIn):
            await sessions.actor_of(ticket)
        assert [each[0] for each in await sessions.list()] == ["sue"]
        await sessions.end_all_of("sue")
        with pytest.raises(NotSignedIn):
            await sessions.actor_of(other)

    async def test_nothing_that_is_kept_is_a_ticket(
        self, desk: Backend, sessions: Sessions
    ) -> None:
        ticket = await sessions.start(SUE)
        (row,) = await desk.store.database.fetch("SELECT * FROM triptych_tickets")
        assert ticket not in " ".join(map(str, row))
        done = await desk.store.ledger.latest(desk.store.database, 1)
        assert (done[0].action, done[0].actor) == ("sessions.start", "sue")

    @pytest.mark.parametrize("ticket", ["", "x", "x" * 10_000, "'; DROP TABLE flights"])
    async def test_what_is_no_ticket_is_nobodys(self, sessions: Sessions, ticket: str) -> None:
        with pytest.raises(NotSignedIn):
            await sessions.actor_of(ticket)


class TestSigningIn:
    async def test_it_ends_once_where_it_began(self, sessions: Sessions) -> None:
        flow = Flow()
        begun = await sessions.begin(flow, "back", "/flights")
        done = await completed(sessions, flow, begun.ticket)
        assert (done.return_to, done.seconds) == ("/flights", 3_600)
        assert await sessions.actor_of(done.ticket) == SUE
        with pytest.raises(NotSignedIn):
            await completed(sessions, flow, begun.ticket)

    async def test_neither_is_taken_for_the_other(self, sessions: Sessions) -> None:
        flow = Flow()
        begun = await sessions.begin(flow, "back", "/")
        with pytest.raises(NotSignedIn):
            await sessions.actor_of(begun.ticket)
        session = await sessions.start(SUE)
        with pytest.raises(NotSignedIn):
            await completed(sessions, flow, session)

    @pytest.mark.parametrize("change", ["state", "code", "ticket", "late"])
    async def test_what_does_not_belong_together_is_refused(
        self, sessions: Sessions, clock: Clock, change: str
    ) -> None:
        flow = Flow()
        begun = await sessions.begin(flow, "back", "/")
        if change == "late":
            clock.moment += timedelta(minutes=11)
        more = {change: "forged"} if change in ("state", "code") else {}
        ticket = "forged" if change == "ticket" else begun.ticket
        with pytest.raises(NotSignedIn):
            await completed(sessions, flow, ticket, **more)

    async def test_a_code_is_needed(self, sessions: Sessions) -> None:
        flow = Flow()
        begun = await sessions.begin(flow, "back", "/")
        brought = {"state": flow.began[-1][1], "error": "access_denied"}
        with pytest.raises(NotSignedIn):
            await sessions.complete(flow, Reader(flow), "back", brought, begun.ticket, "flights")

    async def test_of_two_at_once_one_signs_in(self, sessions: Sessions) -> None:
        flow = Flow()
        begun = await sessions.begin(flow, "back", "/")

        class Slow(Flow):
            began = flow.began

            async def complete(self, redirect: str, code: str, verifier: str) -> str:
                with pytest.raises(NotSignedIn):
                    await completed(sessions, flow, begun.ticket)
                return await flow.complete(redirect, code, verifier)

        slow = Slow()
        slow.began = flow.began
        brought = {"state": flow.began[-1][1], "code": "code"}
        done = await sessions.complete(slow, Reader(flow), "back", brought, begun.ticket, "flights")
        assert await sessions.actor_of(done.ticket) == SUE

    async def test_who_is_second_by_a_moment_is_too_late(self, sessions: Sessions) -> None:
        flow = Flow()
        begun = await sessions.begin(flow, "back", "/")
        database = sessions._database

        class Raced(Tickets):
            async def find(self, fetcher: Any, kind: str, ticket: str, now: int) -> str | None:
                found = await super().find(fetcher, kind, ticket, now)
                await database.write_all([self.dropping(kind, ticket)])
                return found

        sessions._tickets = Raced(database.dialect)
        with pytest.raises(NotSignedIn):
            await completed(sessions, flow, begun.ticket)

    async def test_what_is_over_is_let_go(
        self, desk: Backend, sessions: Sessions, clock: Clock
    ) -> None:
        flow = Flow()
        await sessions.begin(flow, "back", "/")
        clock.moment += HOUR
        begun = await sessions.begin(flow, "back", "/")
        rows = await desk.store.database.fetch("SELECT kind FROM triptych_tickets")
        assert [row[0] for row in rows] == [SIGN_IN]
        assert begun.ticket
