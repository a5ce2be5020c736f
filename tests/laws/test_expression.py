"""One meaning, four ways: the function itself, its tree, SQLite and PostgreSQL."""

from __future__ import annotations

import inspect
import os
from random import Random
from typing import Any

import msgspec
import pytest

from tests.fixtures.ledger import world
from tests.fixtures.ledger.domain.entities import Account, Entry
from tests.fixtures.ledger.domain.value_objects import AccountId
from triptych.adapters.expression.document import read_condition
from triptych.adapters.expression.writing import condition_document
from triptych.adapters.objects.memory import MemoryStore
from triptych.adapters.objects.page import Page
from triptych.adapters.objects.sql import SqlStore
from triptych.adapters.objects.store import Repositories
from triptych.adapters.objects.values import PLAIN
from triptych.domain.expression import Condition, conclude, rule

ENTRIES, RULES = 12, 10
ROUNDS = int(os.environ.get("TRIPTYCH_TEST_ROUNDS", "30"))

type Store = MemoryStore | SqlStore


async def fill(store: Store, accounts: list[Account], entries: list[Entry]) -> None:
    async with store.transaction() as transaction:
        entries_there, accounts_there = transaction.repository(Entry), transaction.repository(
            Account
        )
        for entry_id in [each.id async for each in entries_there.stream()]:
            await entries_there.remove(entry_id)
        for account_id in [each.id async for each in accounts_there.stream()]:
            await accounts_there.remove(account_id)
    async with store.transaction() as transaction:
        for account in accounts:
            await transaction.repository(Account).add(account)
        for entry in entries:
            await transaction.repository(Entry).add(entry)


def called(
    function: Any, entry: Entry, accounts: dict[AccountId, Account], given: Any
) -> bool | None:
    """Calls a rule as its author would; `None` where Python itself cannot answer."""
    linked = {
        "account": accounts[entry.account],
        "other": accounts[entry.other] if entry.other else None,
        "witnesses": tuple(accounts[each] for each in entry.witnesses),
    }
    named = {
        each: linked[each] for each in inspect.signature(function).parameters if each in linked
    }
    try:
        return bool(function(entry, **named, **given))
    except ArithmeticError:
        return None


def through_json(store: Store, function: Any, given: dict[str, Any]) -> Condition:
    """Writes a rule with its arguments as JSON and reads it back."""
    condition = conclude(rule(function, **given), store.rules.understand)
    text = msgspec.json.encode(condition_document(condition, PLAIN))
    entry = store.ontology.object_type(Entry)
    return read_condition(store.ontology, entry, msgspec.json.decode(text), PLAIN)


async def found(repositories: Repositories, where: Any, **given: Any) -> set[int]:
    page: Page[Entry] = await repositories.repository(Entry).find(where, take=100, **given)
    return {each.id for each in page}


async def check(stores: list[Store], seed: int, depth: int = 3) -> None:
    random = Random(seed)
    accounts = world.accounts(random)
    entries = [world.entry(random, key) for key in range(ENTRIES)]
    for store in stores:
        await fill(store, accounts, entries)
    by_id = {each.id: each for each in accounts}
    for _ in range(RULES):
        function, given, source = world.rule(random, depth)
        truth = {each.id: called(function, each, by_id, given) for each in entries}
        holding = {key for key, holds in truth.items() if holds}
        unknown = {key for key, holds in truth.items() if holds is None}
        for store in stores:
            which = f"seed {seed}\n{source}{given}\n{type(store).__name__}"
            if isinstance(store, SqlStore):
                which += f" {store.database.name}"
            try:
                positive = await found(store, function, **given)
                negative = await found(store, ~rule(function, **given))
            except Exception as error:
                # A sum of constants that fails, fails when the rule is read.
                if "mend the sum" in str(error):
                    continue
                raise AssertionError(f"{which}: {error}") from error
            assert positive - unknown == holding, which
            assert positive == await found(store, through_json(store, function, given)), which
            assert negative - unknown == set(truth) - holding - unknown, which


@pytest.mark.parametrize("seed", range(ROUNDS))
async def test_every_way_gives_the_same_answer(stores: list[Store], seed: int) -> None:
    await check(stores, seed)


ENTRY_RULES = [
    "True",
    "(entry.count < 1) == entry.is_open",
    "(entry.maybe_count == 2) != (entry.text < 'b')",
    "entry.text.startswith(entry.text.strip())",
    "entry.text.startswith('')",
    "'' in entry.text and entry.text.endswith('')",
    "any(any(each < other for each in entry.sizes) and other > 1 for other in entry.sizes)",
    "any(any(each < 2 for each in entry.sizes) and each > 1 for each in entry.sizes)",
    "any(any(each.age < 2 for each in witnesses) and each.age > 1 for each in witnesses)",
    "len((1, 2)) == entry.count",
    "entry.maybe_amount in (Decimal(1), Decimal('1.00')) or entry.amount + 1 in (entry.count, 2)",
    "entry.is_checked is None or not entry.is_checked",
    "entry.is_checked is not None and entry.is_checked and entry.is_open",
    "entry.span.total_seconds() < 3600.0",
    "0 >= (entry.count // (-entry.count - 1))",
    "entry.count - (entry.count - (entry.count - 1)) == 2",
    "entry.span - (entry.span - (entry.span - timedelta(hours=1))) < timedelta(0)",
    "entry.count // -3 == -1 or entry.count % -3 == -1",
]
ACCOUNT_RULES = [
    "any(each.count > 1 for each in entries)",
    "all(each.is_open for each in others)",
    "len(witnessed) > 1 or any(each.text == account.name for each in witnessed)",
    "any(account.age < each.count and each.maybe_text is None for each in entries)",
]


async def test_rules_that_once_went_wrong(stores: list[Store]) -> None:
    random = Random(1)
    accounts = world.accounts(random)
    entries = [world.entry(random, key) for key in range(ENTRIES)]
    for store in stores:
        await fill(store, accounts, entries)
    for text in ENTRY_RULES:
        source = (
            "def drawn(entry: Entry, witnesses: tuple[Account, ...]) -> bool:\n"
            f"    return {text}\n"
        )
        function = world.compiled(source)
        by_id = {each.id: each for each in accounts}
        truth = {each.id: called(function, each, by_id, {}) for each in entries}
        for store in stores:
            for where, wanted in ((function, True), (~rule(function), False)):
                holding = {key for key, holds in truth.items() if holds is wanted}
                assert await found(store, where) == holding, text


async def test_links_are_asked_from_the_other_end(stores: list[Store]) -> None:
    random = Random(2)
    accounts = world.accounts(random)
    entries = [world.entry(random, key) for key in range(ENTRIES)]
    for store in stores:
        await fill(store, accounts, entries)
    for text in ACCOUNT_RULES:
        links = ", ".join(
            f"{each}: tuple[Entry, ...]" for each in ("entries", "others", "witnessed")
        )
        function = world.compiled(
            f"def drawn(account: Account, {links}) -> bool:\n    return {text}\n"
        )
        truth = {
            each.id
            for each in accounts
            if function(
                each,
                entries=[entry for entry in entries if entry.account == each.id],
                others=[entry for entry in entries if entry.other == each.id],
                witnessed=[entry for entry in entries if each.id in entry.witnesses],
            )
        }
        for store in stores:
            page = await store.repository(Account).find(function)
            assert {each.id for each in page} == truth, text
            page = await store.repository(Account).find(~rule(function))
            assert {each.id for each in page} == {each.id for each in accounts} - truth, text
