"""Nothing leaks: every answer is that of a world without what may not be seen.

Worlds of the example are drawn, and for each role the same questions are asked of two servers:
one that keeps everything, and one that keeps only what the role may see, as the policies say
when they are called as the plain functions that they are.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flights.domain.entities import Airport, Carrier, CrewMember, Flight, Plane
from flights.domain.relationships import CrewAssignment
from flights.domain.value_objects import (
    AirportCode,
    CarrierCode,
    CrewRole,
    FlightStatus,
    Position,
    TailNumber,
)
from flights.services.policies import reading
from tests.fixtures.desk import flight, member_id
from tests.laws.test_worlds import emptied
from triptych import Actor, Backend, open_store
from triptych.adapters.database.database import Write
from triptych.api.application import Application
from triptych.domain.actor import read_actor
from triptych.domain.policies import policies_of
from triptych.infrastructure.configuration import Settings
from triptych.services.objects import Browser

pytestmark = pytest.mark.unmeasured

ROUNDS = int(os.environ.get("TRIPTYCH_TEST_ROUNDS", "8"))
CARRIERS = ("UA", "DL")
ROLES = (
    "nobody",
    "dan:dispatcher",
    "sue:staff,carriers=UA",
    "cat:crew,member=00000000-0000-0000-0000-0000000003e8",
    "ann:auditor",
)
HIDDEN, MASKED = "reason", "passengers"


@dataclass
class World:
    """What there is: flights, and who works them."""

    flights: list[Flight] = field(default_factory=list)
    crew: list[CrewMember] = field(default_factory=list)
    assignments: list[CrewAssignment] = field(default_factory=list)

    @property
    def objects(self) -> Iterator[Any]:
        for code in CARRIERS:
            yield Carrier(id=CarrierCode(code), name=f"Airline {code}")
        for code in ("JFK", "LAX"):
            place = Position(40.6, -73.8)
            yield Airport(id=AirportCode(code), name=code, position=place, altitude=13)
        for n in range(3):
            yield Plane(id=TailNumber(f"N{n}"))
        yield from (*self.flights, *self.crew, *self.assignments)


@st.composite
def worlds(draw: Any) -> World:
    world = World()
    for n in range(draw(st.integers(1, 6))):
        made = replace(
            flight(n),
            carrier=CarrierCode(draw(st.sampled_from(CARRIERS))),
            plane=TailNumber(f"N{draw(st.integers(0, 2))}"),
            status=draw(st.sampled_from(FlightStatus)),
            delay=timedelta(minutes=draw(st.integers(-9, 200))),
            reason=draw(st.sampled_from([None, "fog", "strike"])),
            passengers=draw(st.none() | st.integers(0, 300)),
        )
        world.flights.append(made)
    for n in range(draw(st.integers(0, 3))):
        carrier = CarrierCode(draw(st.sampled_from(CARRIERS)))
        world.crew.append(CrewMember(id=member_id(n), name=f"Member {n}", carrier=carrier))
    for each in world.crew:
        theirs = [one for one in world.flights if one.carrier == each.carrier]
        for one in draw(st.lists(st.sampled_from(theirs), unique=True)) if theirs else ():
            role = draw(st.sampled_from(CrewRole))
            made_so = CrewAssignment(member=each.id, flight=one.id, role=role)
            world.assignments.append(made_so)
    return world


def may_read(actor: Actor, of: Any, world: World, name: str = "") -> bool:
    """Asks the policies of the example as the plain functions that they are."""
    linked = {
        "crew": tuple(each for each in world.assignments if each.flight == getattr(of, "id", "")),
        "flight": next(
            (each for each in world.flights if each.id == getattr(of, "flight", "")), None
        ),
    }
    held = []
    for function in vars(reading).values():
        for policy in policies_of(function):
            if (
                policy.what == "read"
                and type(of) in policy.about
                and name in (policy.fields or [""])
            ):
                names = inspect.signature(function).parameters
                known = {**linked, "actor": actor, type(of).__name__.lower(): of}
                known |= {"member": of, "assignment": of}
                held.append(function(**{each: known[each] for each in names}))
    return any(held)


def seen_by(actor: Actor, world: World) -> World:
    """Returns the world without what an actor may not see."""
    flights = []
    for each in world.flights:
        if may_read(actor, each, world):
            shown = each if may_read(actor, each, world, HIDDEN) else replace(each, reason=None)
            if not may_read(actor, each, world, MASKED) and shown.passengers is not None:
                shown = replace(shown, passengers=reading.in_fifties(shown.passengers))
            flights.append(shown)
    return World(
        flights,
        [each for each in world.crew if may_read(actor, each, world)],
        [each for each in world.assignments if may_read(actor, each, world)],
    )


def questions(world: World) -> Iterator[str]:
    """Lists what is asked: every way to read, of everything that there is or is not."""
    flights = "/api/flights"
    yield "/api/ontology"
    for of in ("flights", "crew-members", "crew-assignments", "planes", "airports"):
        yield f"/api/{of}?total=true"
        yield f"/api/{of}?take=1&order=-id" if "assign" not in of else f"/api/{of}?take=1"
    for order in ("reason,id", "-reason,id", "passengers,id", "-passengers,-id", "delay,id"):
        yield f"{flights}?order={order}&total=true"
        yield f"{flights}?order={order}&take=1"
    for where in (
        "reason=fog",
        "reason.missing=true",
        "reason.contains=o",
        "passengers.gt=60",
        "passengers=150",
        "passengers.in=1,2,50,99",
        "carrier.name.contains=UA",
        "status=cancelled",
        "rule=has_not_left",
        "rule=fits_its_crew",
        "rule=is_later_than&limit=PT1H",
        "is_late=true",
    ):
        yield f"{flights}?{where}&total=true"
    yield f"{flights}?facets=reason,passengers,status,carrier"
    yield f"{flights}?by=reason&measure=count,sum(passengers),max(passengers),mean(delay)"
    yield f"{flights}?by=carrier.name&measure=distinct(reason),median(passengers)"
    yield f"{flights}?by=bins(passengers,100)"
    yield f"{flights}?include=crew,crew.member,carrier,plane"
    yield "/api/planes?include=flights,flights.crew"
    yield "/api/carriers?include=flights,crew&search=airline"
    yield "/api/crew-members?search=member&include=assignments.flight"
    yield "/api/crew-members?by=carrier"
    yield "/api/carriers/UA/flights?total=true"
    yield "/api/carriers/UA/crew?total=true"
    yield "/api/airports/JFK/departures?by=status"
    for each in world.flights:
        at = f"{flights}/{each.id}"
        yield from (at, f"{at}?fields=reason,passengers,is_late", f"{at}/crew?total=true")
        yield from (f"{at}/plane", f"{at}/carrier", f"{at}/timeline", f"{at}/timeline?take=1")
        yield from (f"{at}/why?rule=has_not_left", f"{at}/why?rule=fits_its_crew")
        yield from (f"{at}?as_of=9000000000000000000", f"{at}/timeline?since=1")
    yield f"{flights}?as_of=9000000000000000000&by=reason,passengers"
    yield f"{flights}?as_of=9000000000000000000&include=crew&total=true"
    for person in world.crew:
        at = f"/api/crew-members/{person.id}"
        yield from (at, f"{at}/assignments", f"{at}/carrier", f"{at}/timeline")
    for held in world.assignments:
        at = f"/api/crew-assignments/{held.member},{held.flight}"
        yield from (at, f"{at}/flight", f"{at}/member", f"{at}/timeline")


type Servers = tuple[Server, Server]


class Server:
    """A server that is asked in process."""

    def __init__(self, app: Application) -> None:
        self.app = app

    async def ask(self, path: str, method: str = "GET", body: bytes = b"") -> tuple[Any, ...]:
        """Asks, and returns status, headers and body; what differs by nature is made the same."""
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body}

        async def send(message: Any) -> None:
            sent.append(message)

        address, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": address,
            "raw_path": address.encode(),
            "query_string": query.replace(" ", "%20").encode(),
            "headers": [(b"x-correlation-id", b"1"), (b"content-type", b"application/json")],
            "client": ("127.0.0.1", 1),
        }
        await self.app(scope, receive, send)
        text = b"".join(each.get("body", b"") for each in sent[1:]).decode()
        text = re.sub(r'"(receipt|at|since|until)":"[^"]*"', r'"\1":"*"', text)
        text = re.sub(r'"milliseconds":[\d.e-]+', '"milliseconds":0', text)
        headers = {name: value for name, value in sent[0]["headers"] if name != b"content-length"}
        return sent[0]["status"], headers, text

    async def fill(self, world: World) -> None:
        """Keeps a world in the place of the one before; statements stay compiled."""
        store = self.app.backend.store
        names = ["crew_assignments", "flights", "crew_members", *self._others]
        await store.database.write_all([Write(f"DELETE FROM {name}") for name in names])
        async with store.transaction() as transaction:
            for each in world.objects:
                await transaction.repository(type(each)).add(each)

    async def change(self, flights: Iterable[Flight]) -> None:
        """Saves flights as they have become."""
        for each in flights:
            async with self.app.backend.store.transaction() as transaction:
                repository = transaction.repository(Flight)
                await repository.get(each.id)
                await repository.save(each)

    @property
    def _others(self) -> list[str]:
        names = [each.name for each in self.app.backend.store.tables]
        kept = {"crew_assignments", "flights", "crew_members", "triptych_meta"}
        return [name for name in names if name not in kept and "triptych" not in name]


async def serve(url: str, actor: str) -> Server:
    store = open_store("flights", url)
    backend = Backend(store)
    await backend.open()
    settings = Settings(actor=actor, largest_page=50)
    return Server(Application(Browser(store), settings, backend))


async def check(world: World, actor: str, servers: Servers) -> None:
    whole, part = servers
    asker = read_actor(actor)
    seen = seen_by(asker, world)
    await whole.fill(world)
    await part.fill(seen)
    changed = replace(world, flights=[replace(each, reason="smoke") for each in world.flights])
    known, new = (
        {each.id: each for each in one.flights} for one in (seen, seen_by(asker, changed))
    )
    await whole.change(changed.flights)
    await part.change(each for key, each in new.items() if each != known[key])
    which = f"{actor} {world}"
    for path in questions(world):
        await same(whole, part, path, which)
    for each in world.flights:
        # Reasons and crews are of interest to whoever may not know them: try to be told.
        for name, arguments in (
            ("postpone", {"by": "PT1H", "reason": "x"}),
            ("board", {"passengers": 7}),
            ("release-crew", {}),
        ):
            body = json.dumps({"flight": str(each.id), **arguments}).encode()
            path = f"/api/operations/{name}?preview=true"
            answers = [await one.ask(path, "POST", body) for one in servers]
            assert answers[0] == answers[1], f"{path} {which}"


async def same(whole: Server, part: Server, path: str, which: str) -> None:
    """Asks both, page by page."""
    while path:
        answers = [await each.ask(path) for each in (whole, part)]
        assert answers[0] == answers[1], f"{path} {which}"
        following = re.search(r'"next":"([^"]+)"', answers[0][2])
        path = re.sub(r"&after=.*", "", path) + f"&after={following[1]}" if following else ""


@contextmanager
def serving(urls: tuple[str, str], actor: str) -> Iterator[tuple[asyncio.Runner, Servers]]:
    """Serves twice, in one loop for all worlds."""
    with asyncio.Runner() as runner:
        whole, part = (runner.run(serve(url, actor)) for url in urls)
        yield runner, (whole, part)
        for each in (whole, part):
            runner.run(each.app.backend.close())


@pytest.fixture(params=ROLES)
def embedded(request: pytest.FixtureRequest) -> Iterator[Any]:
    urls = "sqlite:///:memory:", "sqlite:///:memory:"
    with serving(urls, request.param) as made:
        yield request.param, *made


@pytest.fixture(params=ROLES)
def remote(request: pytest.FixtureRequest, postgres_url: str) -> Iterator[Any]:
    other = f"{postgres_url}_part"
    asyncio.run(emptied(other))
    with serving((postgres_url, other), request.param) as made:
        yield request.param, *made
    asyncio.run(emptied(other))


LONG = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@settings(LONG, max_examples=ROUNDS)
@given(world=worlds())
def test_an_answer_is_that_of_a_world_without_what_is_hidden(embedded: Any, world: World) -> None:
    actor, runner, servers = embedded
    runner.run(check(world, actor, servers))


@settings(LONG, max_examples=max(ROUNDS // 3, 1))
@given(world=worlds())
def test_it_is_on_postgresql(remote: Any, world: World) -> None:
    actor, runner, servers = remote
    runner.run(check(world, actor, servers))
