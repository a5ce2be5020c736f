"""One meaning in any world: drawn ontologies, drawn objects, drawn rules."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import MakeDomain
from tests.fixtures import worlds
from triptych import Actor, rule
from triptych.adapters.database.postgres import PostgresDatabase
from triptych.adapters.database.sqlite import SqliteDatabase
from triptych.adapters.objects.memory import MemoryStore
from triptych.adapters.objects.sql import SqlStore
from triptych.domain.ontology import Ontology
from triptych.domain.policies import Effect, Policy
from triptych.services.ontology import read_ontology
from triptych.services.policies import Policies

ROUNDS = int(os.environ.get("TRIPTYCH_TEST_ROUNDS", "15"))
RULES = 8
DRAWN = settings(
    max_examples=ROUNDS,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)

type Store = MemoryStore | SqlStore
type Objects = dict[str, dict[Any, Any]]
type Compared = Callable[[worlds.World, Objects, Random, list[Store]], Awaitable[None]]


async def filled(store: Store, objects: Objects) -> None:
    await store.open()
    async with store.transaction() as transaction:
        for many in objects.values():
            for each in many.values():
                await transaction.repository(type(each)).add(each)


async def emptied(url: str) -> str:
    """Empties the schema of a test, whatever a drawn world has left there."""
    schema = url.partition("search_path=")[2]
    connection = await asyncpg.connect(url)
    await connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}")
    await connection.close()
    return url


def loaded(shape: Random, make_domain: MakeDomain) -> tuple[worlds.World, Ontology]:
    """Draws a world, and reads what it says of itself."""
    world = worlds.world(shape)
    package = make_domain(world.source())
    world.load(package)
    return world, read_ontology(package)


async def check(
    world: worlds.World, random: Random, stores: list[Store], compared: Compared
) -> None:
    """Fills stores with one world, and compares what they answer."""
    objects = world.objects(random)
    try:
        for store in stores:
            await filled(store, objects)
        await compared(world, objects, random, stores)
    finally:
        for store in stores:
            await store.close()


async def compare(
    world: worlds.World, objects: Objects, random: Random, stores: list[Store]
) -> None:
    for _ in range(RULES):
        subject = random.choice(tuple(world.entities))
        grammar = worlds.Grammar(random, world, subject)
        function, source = grammar.rule(random.randint(0, 3))
        ways = [each for each in world.ways if each.source == subject]
        truth = {
            key: worlds.called(function, each, ways, objects, grammar.given)
            for key, each in objects[subject].items()
        }
        unknown = {key for key, holds in truth.items() if holds is None}
        python = getattr(world.module, subject)
        for store in stores:
            which = f"{world.source()['entities.py']}\n{source}{grammar.given}\n{type(store)}"
            if isinstance(store, SqlStore):
                which += store.database.name
            for where, wanted in (
                (rule(function, **grammar.given), True),
                (~rule(function, **grammar.given), False),
            ):
                try:
                    found = {each.id for each in await store.repository(python).find(where)}
                except Exception as error:
                    raise AssertionError(f"{which}: {error}") from error
                holding = {key for key, holds in truth.items() if holds is wanted}
                assert found - unknown == holding, which


def drawn_policies(
    world: worlds.World, subject: str, random: Random
) -> tuple[list[Policy], list[str]]:
    """Draws rules that need no arguments, each as a policy that allows or forbids."""
    policies: list[Policy] = []
    sources: list[str] = []
    effects = [Effect.ALLOWS, Effect.ALLOWS, random.choice(tuple(Effect))]
    while len(policies) < len(effects):
        grammar = worlds.Grammar(random, world, subject)
        function, source = grammar.rule(random.randint(0, 2))
        if not grammar.given:
            python = getattr(world.module, subject)
            effect = effects[len(policies)]
            policies.append(Policy(effect=effect, what="read", about=(python,), rule=function))
            sources.append(source)
    return policies, sources


def may_read(policies: list[Policy], called: list[bool | None]) -> bool | None:
    """Decides as the words say: somebody allows it, and nobody forbids it."""
    if None in called:
        return None
    pairs = list(zip(policies, called, strict=True))
    is_allowed = any(holds for each, holds in pairs if each.effect is Effect.ALLOWS)
    return is_allowed and not any(holds for each, holds in pairs if each.effect is Effect.FORBIDS)


async def compare_policies(
    world: worlds.World, objects: Objects, random: Random, stores: list[Store]
) -> None:
    for _ in range(RULES):
        subject = random.choice(tuple(world.entities))
        policies, sources = drawn_policies(world, subject, random)
        ways = [each for each in world.ways if each.source == subject]
        truth = {
            key: may_read(
                policies, [worlds.called(each.rule, of, ways, objects, {}) for each in policies]
            )
            for key, of in objects[subject].items()
        }
        seen = {key for key, may in truth.items() if may}
        if None in truth.values():
            continue
        for store in stores:
            assert isinstance(store, SqlStore)
            pushed = Policies(store, policies, is_open=True)
            view, which = pushed.view(Actor("somebody")), "\n".join((*sources, store.database.name))
            found = view.repository(getattr(world.module, subject))
            assert {each.id for each in await found.find(take=1000)} == seen, which
            assert await found.count() == len(seen), which
            showing = pushed.showing(Actor("somebody"))
            shown = {key for key, of in objects[subject].items() if await showing.sees(subject, of)}
            assert shown == seen, which


@DRAWN
@given(shape=st.randoms(use_true_random=False), seed=st.integers(0, 2**32))
def test_policies_mean_the_same_wherever_they_are_asked(
    shape: Random, seed: int, make_domain: MakeDomain, postgres_url: str
) -> None:
    random = Random(seed)
    world, ontology = loaded(shape, make_domain)
    stores: list[Store] = [
        SqlStore(ontology, SqliteDatabase(":memory:")),
        SqlStore(ontology, PostgresDatabase(asyncio.run(emptied(postgres_url)), connections=2)),
    ]
    asyncio.run(check(world, random, stores, compare_policies))


@DRAWN
@given(shape=st.randoms(use_true_random=False), seed=st.integers(0, 2**32))
def test_every_world_has_one_meaning(
    shape: Random, seed: int, make_domain: MakeDomain, postgres_url: str
) -> None:
    random = Random(seed)
    world, ontology = loaded(shape, make_domain)
    stores: list[Store] = [
        MemoryStore(ontology),
        SqlStore(ontology, SqliteDatabase(":memory:")),
        SqlStore(ontology, PostgresDatabase(asyncio.run(emptied(postgres_url)), connections=2)),
    ]
    asyncio.run(check(world, random, stores, compare))
