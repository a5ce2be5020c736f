"""What an application declares in its services: found, read, wired, or refused with a reason."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import MakeDomain
from triptych import Actor, open_store
from triptych.adapters.actions.arguments import (
    read_arguments,
    read_result,
    read_texts,
    write_arguments,
    write_result,
)
from triptych.domain.errors import (
    EffectRefused,
    InvalidInput,
    InvariantBroken,
    Misconfigured,
    ObjectMissing,
    RequirementFailed,
    UnknownName,
    WriteConflict,
)
from triptych.services.actions import Backend
from triptych.services.actions.calls import read_call
from triptych.services.actions.registry import find_declared
from triptych.services.actions.wiring import find_providers
from triptych.services.events import Patience, Relay

VALUES = '''"""Values."""
from __future__ import annotations
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

CityId = NewType("CityId", str)
HouseId = NewType("HouseId", str)


class Size(StrEnum):
    """How large."""

    SMALL = "small"
    LARGE = "large"


@dataclass(frozen=True)
class Area:
    """A place on the map."""

    width: int
    height: int
'''
ENTITIES = '''"""Cities."""
from __future__ import annotations
from dataclasses import dataclass
from {name}.domain.value_objects import Area, CityId, HouseId, Size


@dataclass(frozen=True)
class City:
    """A city."""

    id: CityId
    name: str
    size: Size = Size.SMALL
    area: Area | None = None


@dataclass(frozen=True)
class House:
    """A house in a city."""

    id: HouseId
    city: CityId
'''
ROADS = '''"""Roads."""
from __future__ import annotations
from dataclasses import dataclass
from typing import Annotated
from {name}.domain.value_objects import CityId


@dataclass(frozen=True)
class Road:
    """A road between cities."""

    start: Annotated[CityId, "roads_out"]
    end: Annotated[CityId, "roads_in"]
'''
EVENTS = '''"""What happens."""
from __future__ import annotations
from dataclasses import dataclass


@dataclass(frozen=True)
class Rained:
    """It rained."""

    millimetres: int
'''
HEAD = """from __future__ import annotations
from datetime import timedelta
from typing import Annotated, Any
from triptych import Actions, Actor, Events, Invariant, Lifecycle, Repository, Secret
from triptych import action, effect, on, query
from {name}.domain.entities import City, House
from {name}.domain.value_objects import Area, CityId, HouseId, Size
from {name}.domain.events import Rained
"""

type MakeTown = Callable[..., Backend]


@pytest.fixture
def make_town(make_domain: MakeDomain, tmp_path: Path) -> MakeTown:
    """Writes a package with a domain and services, and returns its backend."""

    def make(services: str, wiring: str = "", start: str = "", **domain: str) -> Backend:
        name = make_domain({"value_objects.py": VALUES, "events.py": EVENTS})
        folder = tmp_path / name
        domain = {"entities": ENTITIES, **domain}
        for path, text in domain.items():
            (folder / "domain" / f"{path}.py").write_text(text.replace("{name}", name))
        (folder / "services").mkdir()
        (folder / "services" / "__init__.py").write_text(start)
        body = HEAD.replace("{name}", name) + services.replace("{name}", name)
        (folder / "services" / "town.py").write_text(body)
        if wiring:
            (folder / "adapters").mkdir()
            (folder / "adapters" / "__init__.py").write_text("")
            (folder / "adapters" / "wiring.py").write_text(wiring.replace("{name}", name))
        sys.modules.pop(name, None)
        return Backend(open_store(name, "sqlite:///:memory:"))

    return make


TOWN = """
class Town:
    def __init__(self, cities: Repository[City], events: Events) -> None:
        self.cities, self.events = cities, events

    @action
    async def found(
        self, name: str, size: Size = Size.LARGE, area: Area | None = None, *,
        nicknames: list[str] = (), ids: frozenset[CityId] = frozenset(), password: str = "",
        hint: Annotated[str, Secret] = "", age: timedelta = timedelta(0)
    ) -> City:
        '''Found a city.

        It is there from then on.

        Args:
            name: What it is called.
        '''
        return await self.cities.add(City(CityId(name), name, size, area))

    @action
    async def twin(self, cities: list[City], first: City | None = None) -> list[City]:
        '''Twin cities.'''
        return cities

    @query
    async def nicknames(self) -> list[str]:
        return ["a", "b"]

    @query
    async def smallest(self) -> City | None:
        return None

    @action
    async def rain(self, amount: int) -> None:
        self.events.record(Rained(amount) if amount else "nothing")

    @action
    async def shout(self) -> None:
        effect("shout")

    def plain(self) -> None: ...
"""


class TestSignatures:
    async def test_an_operation_is_what_its_signature_says(self, make_town: MakeTown) -> None:
        found = make_town(TOWN).declared.operation("town.found")
        assert (found.description, found.details) == (
            "Found a city.",
            "It is there from then on.",
        )
        said = {each.name: each for each in found.inputs}
        assert said["name"].value.description == "What it is called."
        assert said["name"].value.default is None
        assert said["password"].is_secret
        assert said["hint"].is_secret
        assert not said["name"].is_secret

    async def test_what_is_given_is_read_and_written(self, make_town: MakeTown) -> None:
        found = make_town(TOWN).declared.operation("town.found")
        raw = {
            "name": "Rome",
            "size": "small",
            "area": {"width": 1, "height": 2},
            "nicknames": ["Eternal"],
            "password": "x",
            "age": "PT1H",
        }
        given = read_arguments(found, raw)
        assert given["nicknames"] == ["Eternal"]
        assert write_arguments(found, given, is_masked=False) == {**raw, "age": "PT3600S"}
        assert write_arguments(found, given)["password"] == "***"

    async def test_text_is_read_as_people_write_it(self, make_town: MakeTown) -> None:
        backend = make_town(TOWN)
        found = backend.declared.operation("town.found")
        pairs = [
            ("name", "Rome"),
            ("nicknames", "a,b"),
            ("nicknames", "c"),
            ("area", '{"width": 1, "height": 2}'),
            ("age", "1h30m"),
            ("why", "x"),
        ]
        assert read_texts(found, pairs) == {
            "name": "Rome",
            "nicknames": ["a", "b", "c"],
            "area": {"width": 1, "height": 2},
            "age": "PT5400S",
            "why": "x",
        }
        with pytest.raises(InvalidInput) as caught:
            read_texts(found, [("name", "a"), ("name", "b"), ("area", "{"), ("age", "long")])
        assert [each.where for each in caught.value.problems] == ["name", "area", "age"]

    async def test_what_may_be_none_is_left_out(self, make_town: MakeTown) -> None:
        town = make_town(TOWN.replace("first: City | None = None", "first: City | None"))
        twin = town.declared.operation("town.twin")
        said = read_texts(twin, [("cities", "Rome,Troy")])
        assert said == {"cities": ["Rome", "Troy"], "first": None}

    async def test_several_entities_are_given_by_their_ids(self, make_town: MakeTown) -> None:
        backend = make_town(TOWN)
        await backend.open()
        calls = backend.caller()
        for name in ("Rome", "Troy"):
            await backend.run(backend.read_call("town.found", {"name": name}), calls.by)
        call = backend.read_call("town.twin", {"cities": ["Rome", "Troy"], "first": None})
        outcome = await backend.run(call, calls.by)
        assert [each.id for each in outcome.result] == ["Rome", "Troy"]
        assert [each["id"] for each in outcome.plain] == ["Rome", "Troy"]
        read = read_result(call.operation.output, outcome.plain, backend.ontology)
        assert read == outcome.result
        direct = read_call(call.operation, backend.ontology, (outcome.result,), {})
        assert direct.given == {"cities": ["Rome", "Troy"]}
        for bad in ("Rome", 5):
            with pytest.raises(InvalidInput, match="not a list"):
                backend.read_call("town.twin", {"cities": bad})
        with pytest.raises(InvalidInput, match="no one object"):
            await backend.run(call, calls.at_version(1).by)
        await backend.close()

    async def test_values_are_returned(self, make_town: MakeTown) -> None:
        backend = make_town(TOWN)
        await backend.open()
        call = backend.read_call("town.nicknames", {})
        done = await backend.ask(call, backend.caller().by)
        assert done.plain == ["a", "b"]
        assert read_result(call.operation.output, done.plain, backend.ontology) == ["a", "b"]
        nobody = backend.read_call("town.smallest", {})
        assert (await backend.ask(nobody, backend.caller().by)).plain is None
        assert read_result(nobody.operation.output, None, backend.ontology) is None
        nothing = backend.declared.operation("town.rain").output
        assert write_result(nothing, "x", backend.ontology) is None
        await backend.close()

    @pytest.mark.parametrize(
        ("method", "told"),
        [
            ("def act(self) -> None: ...", "act must be async"),
            ("async def act(self, x) -> None: ...", "x of Town.act has no type"),
            ("async def act(self, *x: int) -> None: ...", "x of Town.act has no type"),
            ("async def act(self, x: Nowhere) -> None: ...", "name 'Nowhere' is not defined"),
            ("async def act(self, x: dict[str, int]) -> None: ...", "x: dict is mutable"),
            ("async def act(self) -> object: ...", "what it returns: object is not a type"),
            ("async def act(self, x: Actor) -> None: ...", "no value object of the domain"),
        ],
    )
    def test_what_cannot_be_given_from_outside_is_told(
        self, make_town: MakeTown, method: str, told: str
    ) -> None:
        with pytest.raises(Misconfigured, match=told):
            make_town(f"class Town:\n    @action\n    {method}\n")

    def test_a_relationship_is_no_parameter(self, make_town: MakeTown) -> None:
        services = (
            "from {name}.domain.relationships import Road\n"
            "class Town:\n    @action\n    async def act(self, road: Road) -> None: ...\n"
        )
        with pytest.raises(Misconfigured, match="road is the relationship Road"):
            make_town(services, relationships=ROADS)


class TestRegistry:
    def test_a_package_without_services_has_none(self, make_domain: MakeDomain) -> None:
        name = make_domain({"value_objects.py": VALUES})
        backend = Backend(open_store(name, "sqlite:///:memory:"))
        assert backend.declared.operations == {}
        assert find_providers(name) == ()

    def test_a_mistake_in_a_service_is_not_hidden(self, make_town: MakeTown) -> None:
        with pytest.raises(ModuleNotFoundError, match="nowhere"):
            make_town("import nowhere\n")
        with pytest.raises(ModuleNotFoundError, match="nowhere"):
            make_town("", start="import nowhere\n")
        with pytest.raises(ModuleNotFoundError, match="nowhere"):
            make_town("", wiring="import nowhere\n")

    def test_two_services_of_one_name_are_told(self, make_town: MakeTown) -> None:
        same = "class Town:\n    @action\n    async def act(self) -> None: ...\n"
        odd = "class town:\n    @action\n    async def act(self) -> None: ...\n"
        with pytest.raises(Misconfigured, match=r"two services declare town\.act"):
            make_town(same + odd)

    def test_a_service_that_is_called_like_objects_is_told(self, make_town: MakeTown) -> None:
        with pytest.raises(Misconfigured, match="Cities is called like the objects cities"):
            make_town("class Cities:\n    @action\n    async def act(self) -> None: ...\n")

    def test_a_handler_of_what_is_no_event_is_told(self, make_town: MakeTown) -> None:
        with pytest.raises(Misconfigured, match="handles int, which is no event"):
            make_town("class Notes:\n    @on(int)\n    async def hear(self, e: int) -> None: ...\n")

    def test_an_unknown_action_is_told(self, make_town: MakeTown) -> None:
        with pytest.raises(UnknownName, match=r"did you mean 'town\.rain'"):
            make_town(TOWN).declared.operation("town.rian")

    def test_declarations_are_found(self, make_town: MakeTown) -> None:
        backend = make_town(
            "def is_named(city: City) -> bool:\n    return city.name != ''\n"
            "NAMED = Invariant(is_named)\n"
            "SIZES = Lifecycle(City, 'size', {Size.SMALL: {Size.LARGE}})\n"
        )
        declared = find_declared(backend.ontology.package, backend.ontology)
        assert len(declared.lifecycles) == len(declared.invariants) == 1


class TestRules:
    @pytest.mark.parametrize(
        ("rule", "told"),
        [
            ("def r(city: City, limit: int) -> bool: return True", "give r as limit"),
            ("def r(size: int) -> bool: return True", "give r as size"),
            ("def r(size: int | None) -> bool: return True", "give r as size"),
        ],
    )
    def test_a_rule_that_can_be_given_nothing_is_told(
        self, make_town: MakeTown, rule: str, told: str
    ) -> None:
        with pytest.raises(Misconfigured, match=told):
            make_town(
                f"{rule}\nclass Town:\n    @action(require=r)\n"
                "    async def act(self, city: City) -> None: ...\n"
            )

    def test_a_rule_about_an_object_that_is_not_given_is_told(self, make_town: MakeTown) -> None:
        with pytest.raises(Misconfigured, match="give r as city"):
            make_town(
                "def r(city: City) -> bool: return True\n"
                "class Town:\n    @action(require=r)\n    async def act(self) -> None: ...\n"
            )

    def test_an_invariant_that_needs_arguments_is_told(self, make_town: MakeTown) -> None:
        with pytest.raises(Misconfigured, match="nobody says limit"):
            make_town(
                "def r(city: City, limit: int) -> bool:\n    return len(city.name) < limit\n"
                "SHORT = Invariant(r)\n"
            )

    async def test_rules_are_given_what_they_ask_for(self, make_town: MakeTown) -> None:
        backend = make_town(
            "def is_long(city: City, limit: int) -> bool:\n"
            "    '''The name is long.'''\n    return len(city.name) > limit\n"
            "def is_mayor(actor: Actor, city: City) -> bool:\n"
            "    '''The actor is its mayor.'''\n    return actor.id == str(city.id)\n"
            "def is_odd(city: City) -> bool:\n    return hash(city.name) == 7.5\n"
            "def is_small(limit: int) -> bool:\n    return limit < 100\n"
            "class Town:\n"
            "    def __init__(self, cities: Repository[City]) -> None:\n"
            "        self.cities = cities\n"
            "    @action\n    async def found(self, name: str) -> None:\n"
            "        await self.cities.add(City(CityId(name), name))\n"
            "    @action(allow=is_mayor, require=[is_long, is_small])\n"
            "    async def check(self, limit: int, cities: list[City]) -> int:\n"
            "        return len(cities)\n"
            "    @action(require=is_odd)\n"
            "    async def odd(self, city: City, other: City | None = None) -> None: ...\n"
        )
        await backend.open()
        rome = backend.caller(Actor("Rome")).by
        await backend.run(backend.read_call("town.found", {"name": "Rome"}), rome)

        async def told(name: str, by: Any = rome, **raw: Any) -> str:
            try:
                await backend.run(backend.read_call(name, raw), by)
            except Exception as error:  # noqa: BLE001 - what is tested
                return str(error)
            return ""

        assert await told("town.check", limit=3, cities=["Rome"]) == ""
        assert "The name is long. (" in await told("town.check", limit=5, cities=["Rome"])
        assert "not so: is_small" in await told("town.check", limit=300, cities=[])
        bob = backend.caller(Actor("bob")).by
        assert "bob may not" in await told("town.check", bob, limit=3, cities=["Rome"])
        assert (await told("town.odd", city="Rome")).endswith("not so: is_odd")
        await backend.close()

    async def test_a_rule_follows_links_of_what_is_given(self, make_town: MakeTown) -> None:
        backend = make_town(
            "def is_large(house: House, city: City) -> bool:\n"
            "    '''The city is large.'''\n    return city.size == Size.LARGE\n"
            "LARGE = Invariant(is_large)\n"
            "class Town:\n"
            "    def __init__(self, a: Repository[City], b: Repository[House]) -> None:\n"
            "        self.cities, self.houses = a, b\n"
            "    @action\n    async def build(self, size: Size) -> None:\n"
            "        city = await self.cities.add(City(CityId(size), 'x', size))\n"
            "        await self.houses.add(House(HouseId(size), city.id))\n"
            "    @action(require=is_large)\n"
            "    async def enter(self, first: House, second: House | None = None) -> None: ...\n"
            "    @action\n    async def leave(self, house: House) -> None:\n"
            "        await self.houses.remove(house.id)\n"
        )
        await backend.open()
        by = backend.caller().by
        with pytest.raises(InvariantBroken, match="The city is large"):
            await backend.run(backend.read_call("town.build", {"size": "small"}), by)
        await backend.run(backend.read_call("town.build", {"size": "large"}), by)
        await backend.run(backend.read_call("town.enter", {"first": "large"}), by)
        cities: Any = backend.store.repository(backend.ontology.object_type("City").python)
        large = await cities.get("large")
        small = replace(large, size=type(large.size)("small"))
        with pytest.raises(InvariantBroken, match="The city is large"):
            await cities.save(small)
        backend.store.guard = None
        await cities.save(small)
        with pytest.raises(RequirementFailed, match=r"The city is large\. \(does not hold"):
            await backend.run(backend.read_call("town.enter", {"first": "large"}), by)
        await backend.run(backend.read_call("town.leave", {"house": "large"}), by)
        await backend.close()

    async def test_a_plan_that_only_announces_is_committed_once(
        self, make_town: MakeTown, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        backend = make_town(
            "class Town:\n    def __init__(self, events: Events) -> None:\n"
            "        self.events = events\n"
            "    @action\n    async def rain(self) -> None:\n"
            "        self.events.record(Rained(1))\n"
        )
        await backend.open()
        ada, eve = backend.caller(Actor("ada"), key="k").by, backend.caller(Actor("eve")).by
        call = backend.read_call("town.rain", {})
        name = await backend.keep(await backend.preview(call, ada))
        first = await backend.commit_kept(name, ada)
        again = await backend.commit_kept(name, ada)
        assert (again.receipt, again.is_replayed) == (first.receipt, True)
        with pytest.raises(ObjectMissing, match="there is no plan"):
            await backend.commit_kept(name, eve)
        name = await backend.keep(await backend.preview(call, ada))
        ends = await asyncio.gather(
            *(backend.commit_kept(name, eve) for _ in range(4)), return_exceptions=True
        )
        assert sum(isinstance(each, ObjectMissing) for each in ends) == 3, ends
        events = await backend.store.database.fetch("SELECT count(*) FROM triptych_events")
        assert [tuple(each) for each in events] == [(2,)]
        name = await backend.keep(await backend.preview(call, ada))

        async def perform(*_: Any) -> None:
            raise WriteConflict("rain")

        monkeypatch.setattr(backend.path, "perform", perform)
        with pytest.raises(WriteConflict):
            await backend.commit_kept(name, eve)
        await backend.close()

    async def test_a_handler_that_changes_things_fails(self, make_town: MakeTown) -> None:
        backend = make_town(
            "class Town:\n    def __init__(self, cities: Repository[City], events: Events) -> None:\n"
            "        self.cities, self.events = cities, events\n"
            "    @action\n    async def rain(self) -> None:\n"
            "        self.events.record(Rained(1))\n"
            "    @on(Rained)\n    async def grow(self, event: Rained) -> None:\n"
            "        await self.cities.add(City(CityId('x'), 'x'))\n"
        )
        await backend.open()
        await backend.run(backend.read_call("town.rain", {}), backend.caller().by)
        relay = Relay(backend, Patience(tries=1))
        await relay.deliver()
        (dead,) = await relay.deliveries.listed(backend.store.database, "dead")
        assert "let it run actions instead" in dead.error
        await backend.close()


class TestWiring:
    def test_a_part_that_is_missing_is_told(self, make_town: MakeTown) -> None:
        services = (
            "class Bell: ...\n"
            "class Town:\n    def __init__(self, bell: Bell) -> None: ...\n"
            "    @action\n    async def ring(self) -> None: ...\n"
        )
        with pytest.raises(Misconfigured, match=r"the services cannot be built[\s\S]*Bell"):
            make_town(services)

    def test_parts_in_a_circle_are_told(self, make_town: MakeTown) -> None:
        services = (
            "class Town:\n    def __init__(self, hall: Hall) -> None: ...\n"
            "    @action\n    async def ring(self) -> None: ...\n"
            "class Hall:\n    def __init__(self, town: Town) -> None: ...\n"
            "    @action\n    async def ring(self) -> None: ...\n"
        )
        with pytest.raises(Misconfigured, match="the services cannot be built"):
            make_town(services)

    @pytest.mark.parametrize("hint", ["Nowhere", "Repository[Nowhere]"])
    def test_a_name_that_leads_nowhere_is_told(self, make_town: MakeTown, hint: str) -> None:
        services = (
            f"class Town:\n    def __init__(self, x: {hint}) -> None: ...\n"
            "    @action\n    async def ring(self) -> None: ...\n"
        )
        with pytest.raises(Misconfigured, match="Nowhere"):
            make_town(services)

    def test_a_repository_of_what_is_no_object_is_told(self, make_town: MakeTown) -> None:
        services = (
            "class Town:\n    def __init__(self, x: Repository[int]) -> None: ...\n"
            "    @action\n    async def ring(self) -> None: ...\n"
        )
        with pytest.raises(UnknownName, match="no object type 'int'"):
            make_town(services)

    async def test_parts_of_the_application_are_found(self, make_town: MakeTown) -> None:
        backend = make_town(
            "from {name}.adapters.wiring import Bell\n"
            "class Town:\n    def __init__(self, bell: Bell) -> None:\n        self.bell = bell\n"
            "    @action\n    async def ring(self) -> str:\n        return self.bell.sound\n"
            "class Silent:\n    @action\n    async def rest(self) -> None: ...\n",
            wiring="from dishka import Provider, Scope\n"
            "class Bell:\n    sound = 'dong'\n"
            "PARTS = Provider(scope=Scope.APP)\nPARTS.provide(Bell)\n",
        )
        await backend.open()
        outcome = await backend.run(backend.read_call("town.ring", {}), backend.caller().by)
        assert outcome.result == "dong"
        await backend.close()


class TestEffects:
    async def test_an_action_does_not_reach_out(self, make_town: MakeTown) -> None:
        backend = make_town(TOWN)
        await backend.open()
        by = backend.caller().by
        with pytest.raises(EffectRefused, match=r"town\.shout tried to shout"):
            await backend.run(backend.read_call("town.shout", {}), by)
        with pytest.raises(UnknownName, match="no event 'str'"):
            await backend.run(backend.read_call("town.rain", {"amount": 0}), by)
        await backend.run(backend.read_call("town.rain", {"amount": 3}), by)
        await backend.close()

    async def test_an_action_runs_no_other_one(self, make_town: MakeTown) -> None:
        backend = make_town(
            "class Town:\n    def __init__(self, actions: Actions) -> None:\n"
            "        self.actions = actions\n"
            "    @action\n    async def act(self) -> None:\n"
            "        await self.actions.run(Town.act)\n"
        )
        await backend.open()
        with pytest.raises(EffectRefused, match="tried to run act"):
            await backend.run(backend.read_call("town.act", {}), backend.caller().by)
        await backend.close()
