"""Explaining rules, saying them, and asking why."""

from __future__ import annotations

import inspect
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.fixtures.ledger.actors import Actor
from tests.fixtures.ledger.domain.entities import Account, Entry
from tests.fixtures.ledger.domain.rules import is_of_age, is_witnessed
from tests.fixtures.ledger.domain.value_objects import AccountId, EntryId, Mood, Side, Spot
from triptych import rule, why
from triptych.adapters.database.sqlite import SqliteDatabase
from triptych.adapters.objects import conditions
from triptych.adapters.objects.memory import MemoryStore
from triptych.adapters.objects.sql import SqlStore
from triptych.domain.errors import InvalidInput, ObjectMissing
from triptych.domain.expression import (
    Criterion,
    Expression,
    Kind,
    World,
    conclude,
    evaluate,
    evaluation,
    find_path,
    give,
    holds,
    nodes,
)
from triptych.domain.expression.building import BOOL, TEXT, both, compare, either, facts, said
from triptych.domain.expression.condition import rebuilt
from triptych.domain.expression.nodes import (
    All,
    Argument,
    Asked,
    Constant,
    Either,
    Linked,
    Matches,
    Missing,
    Not,
    Value,
    Variable,
)
from triptych.domain.expression.reckoning import matches
from triptych.domain.expression.vocabulary import Operator
from triptych.services.expression import explain, render, rendering
from triptych.services.expression.rendering import value_text
from triptych.services.ontology import read_ontology

ADA, BOB = (
    Account(id=AccountId("ada"), name="Ada", age=7),
    Account(id=AccountId("bob"), name="Bob", age=1, nick="B"),
)
ENTRY = Entry(
    id=EntryId(1),
    account=ADA.id,
    witnesses=frozenset({ADA.id, BOB.id}),
    count=3,
    rate=0.5,
    amount=Decimal(2),
    text="abc",
    day=date(2024, 1, 1),
    at=datetime(2024, 1, 1, tzinfo=UTC),
    span=timedelta(hours=1),
    side=Side.DEBIT,
    is_open=True,
    sizes=(1, 2),
    spot=Spot(1),
)


def is_busy(entry: Entry, account: Account, limit: int) -> bool:
    return entry.count > 2 and (account.age > limit or entry.maybe_text is not None)


def is_seen_by_all(entry: Entry, witnesses: tuple[Account, ...], actor: Actor) -> bool:
    if actor.may("see"):
        return all(each.age > 0 for each in witnesses)
    return entry.rate > 1 if entry.is_open else not entry.count < 1


def is_clerks(entry: Entry, actor: Actor) -> bool:
    return actor.name == entry.text and entry.count not in actor.ages()


def is_quiet(entry: Entry) -> bool:
    return not (entry.count > 2 and entry.is_open)


def has_other(entry: Entry, other: Account | None) -> bool:
    return other is not None


def is_old(account: Account) -> bool:
    return account.age > 50


def is_counted(
    entry: Entry, among: frozenset[int], least: int | None, tags: tuple[str, ...]
) -> bool:
    return entry.count in among or entry.maybe_count == least or entry.text in tags


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest) -> Any:
    ontology = read_ontology("tests.fixtures.ledger")
    made: Any = MemoryStore(ontology)
    if request.param == "sqlite":
        made = SqlStore(ontology, SqliteDatabase(":memory:"))
    await made.open()
    async with made.transaction() as transaction:
        for account in (ADA, BOB):
            await transaction.repository(Account).add(account)
        await transaction.repository(Entry).add(ENTRY)
    yield made
    await made.close()


class TestWhy:
    async def test_the_clause_that_decided_is_told_with_what_it_saw(self, store: Any) -> None:
        found = await why(store, is_busy, ENTRY.id, limit=9)
        assert not found.holds
        assert [each.sentence for each in found.clauses] == [
            "account's age is more than limit",
            "there is a maybe text",
        ]
        assert found.clauses[0].seen == (("account's age", 7), ("limit", 9))
        assert found.clauses[0].place is not None
        assert found.clauses[0].place.text == "account.age > limit"
        assert found.clauses[0].place.line > 1
        assert str(found).startswith("is_busy does not hold: count is more than 2 and (")
        assert "does not hold: there is a maybe text; maybe text is nothing (tests/" in str(found)

    async def test_all_clauses_of_what_holds_are_told(self, store: Any) -> None:
        found = await why(store, is_busy, ENTRY.id, limit=2)
        assert found.holds
        assert [each.sentence for each in found.clauses] == [
            "count is more than 2",
            "account's age is more than limit",
        ]
        assert str(found.clauses[0]).startswith("holds: count is more than 2; count is 3 (")

    async def test_choices_and_loops(self, store: Any) -> None:
        found = await why(store, is_seen_by_all, ENTRY.id, actor=Actor("sees"))
        assert found.holds
        assert "witnesses" in found.clauses[-1].sentence
        assert found.clauses[0].seen == (("actor.may('see')", True),)
        found = await why(store, is_seen_by_all, ENTRY.id, actor=Actor("x"))
        assert [each.holds for each in found.clauses] == [False, True, False]

    async def test_a_clause_that_is_turned_round(self, store: Any) -> None:
        found = await why(store, is_quiet, ENTRY.id)
        assert not found.holds
        assert [each.sentence for each in found.clauses] == ["count is more than 2", "is open"]

    async def test_nothing_at_the_end_of_a_link(self, store: Any) -> None:
        found = await why(store, has_other, ENTRY.id)
        assert [each.sentence for each in found.clauses] == ["there is a other"]

    async def test_an_object_that_is_not_there(self, store: Any) -> None:
        with pytest.raises(ObjectMissing):
            await why(store, is_witnessed, EntryId(9))

    async def test_arguments_are_checked(self, store: Any) -> None:
        with pytest.raises(InvalidInput, match="is_of_age needs it"):
            await why(store, is_of_age, ENTRY.id)


class TestAsking:
    async def ids(self, store: Any, where: Any, **given: Any) -> list[int]:
        return [each.id async for each in store.repository(Entry).stream(where, **given)]

    async def test_rules_are_joined_and_turned_round(self, store: Any) -> None:
        busy, seen = rule(is_busy, limit=2), rule(is_witnessed)
        assert await self.ids(store, busy & seen) == [1]
        assert await self.ids(store, busy & ~seen) == []
        assert await self.ids(store, rule(is_busy, limit=9) | seen) == [1]
        assert await self.ids(store, ~(rule(is_busy, limit=9) | rule(is_of_age, least=8))) == [1]

    async def test_sets_and_nothing_as_arguments(self, store: Any) -> None:
        for among, least, tags, wanted in (
            ({3}, 1, (), [1]),
            ({4}, None, (), [1]),
            ({4}, 1, ("x", "y", "abc"), [1]),
            ({4, 5, 6}, 1, ("x",), []),
            (set(), 1, (), []),
        ):
            given = {"among": among, "least": least, "tags": tags}
            assert await self.ids(store, is_counted, **given) == wanted

    async def test_attributes_of_who_asks(self, store: Any) -> None:
        assert await self.ids(store, is_clerks, actor=Actor("abc")) == [1]
        assert await self.ids(store, ~rule(is_clerks, actor=Actor("x"))) == [1]

    async def test_count_exists_and_pages(self, store: Any) -> None:
        entries = store.repository(Entry)
        assert await entries.count(is_witnessed) == 1
        assert await entries.exists(is_witnessed)
        assert not await entries.exists({"count": 9})
        page = await entries.find(is_busy, limit=1, order="-count", take=1)
        assert page.objects == (ENTRY,)

    @pytest.mark.parametrize(
        ("where", "given", "found"),
        [
            (is_busy, {}, "is_busy needs it"),
            (is_busy, {"limit": 1, "x": 2}, "is_busy has no parameter x"),
            (is_busy, {"limit": None}, "is not a int"),
            (is_busy, {"limit": "a"}, "not a int"),
            (is_counted, {"among": 1, "least": 1, "tags": ()}, "is not a tuple"),
            (is_counted, {"among": {"a"}, "least": 1, "tags": ()}, "not a int"),
            (rule(is_busy, limit=1), {"limit": 1}, "give each rule its own"),
            ({"count": 1}, {"limit": 1}, "put it into the filter"),
            (is_old, {}, "the rule is about Account, not Entry"),
            (rule(is_old) & rule(is_witnessed), {}, "join rules about one object type"),
            (Criterion(), {}, "is no rule"),
        ],
    )
    async def test_what_makes_no_sense_is_told(
        self, store: Any, where: Any, given: dict[str, Any], found: str
    ) -> None:
        with pytest.raises(InvalidInput) as caught:
            await self.ids(store, where, **given)
        assert found in str(caught.value)


class TestSaying:
    @pytest.fixture
    def reader(self) -> Any:
        return MemoryStore(read_ontology("tests.fixtures.ledger")).rules

    def test_values_as_people_read_them(self) -> None:
        said = [value_text(each) for each in (Mood.GOOD, date(2024, 1, 1), (1, "a"), (), None, 1.5)]
        assert said == ["good", "2024-01-01", "1, 'a'", "nothing", "nothing", "1.5"]

    def test_a_condition_with_its_values_given(self, reader: Any) -> None:
        condition = give(reader.understand(is_busy), {"limit": 3})
        assert "account's age is more than what is given (int)" in render(condition.expression)

    def test_what_is_known_is_left_out(self, reader: Any) -> None:
        understood = reader.understand(is_seen_by_all)
        told = render(give(understood, {"actor": Actor("x")}).expression)
        assert told == "rate is more than 1.0 where is open, else count is at least 1"
        assert "witnesses" in render(give(understood, {"actor": Actor("see")}).expression)

    def test_an_explanation_without_a_docstring_says_the_rule(self, reader: Any) -> None:
        understood = reader.understand(is_old)
        found = explain(understood, World(objects={(): ADA}))
        assert str(found).splitlines()[0] == "is_old does not hold: age is more than 50"


class TestNodes:
    def test_every_table_of_nodes_knows_every_node(self) -> None:
        classes = [each for each in vars(nodes).values() if inspect.isclass(each)]
        known = {each for each in classes if issubclass(each, Expression)} - {Expression}
        clauses, values = {All, Either, Not, Missing, Matches}, {Argument, Asked, Linked, Variable}
        assert set(evaluation._EVALUATE) == known
        assert set(rendering._CLAUSES) | set(rendering._VALUES) == known
        assert set(conditions._CLAUSES) | set(conditions._VALUES) == known - values
        assert clauses <= set(conditions._CLAUSES)

    def test_what_is_given_guards_what_comes_after(self) -> None:
        rules = MemoryStore(read_ontology("tests.fixtures.ledger")).rules

        def is_guarded(entry: Entry, most: int | None, least: int | None) -> bool:
            within = most is None or entry.count <= most if entry.is_open else False
            return within and not ((least is not None and least >= 3) and entry.maybe_count != 7)

        for most, least in ((None, None), (3, None), (None, 2), (2, 4)):
            condition = give(rules.understand(is_guarded), {"most": most, "least": least})
            world = World(objects={(): ENTRY}, given=condition.given)
            assert holds(condition.expression, world) is is_guarded(ENTRY, most, least)

    def test_a_choice_between_what_is_given_is_made_once(self) -> None:
        rules = MemoryStore(read_ontology("tests.fixtures.ledger")).rules

        def exceeds_one(entry: Entry, first: int, second: int, is_first: bool) -> bool:
            return entry.count > (first if is_first else second)

        for is_first, is_so in ((True, True), (False, False)):
            given = {"first": 1, "second": 9, "is_first": is_first}
            condition = give(rules.understand(exceeds_one), given)
            world = World(objects={(): ENTRY}, given=condition.given)
            assert holds(condition.expression, world) is is_so

    def test_words_are_said(self) -> None:
        asked = matches(Variable((), "Entry"), Constant("gold", TEXT))
        assert render(asked) == "it speaks of 'gold'"
        assert render(Not(asked)) == "it does not speak of 'gold'"

    def test_joining_nothing(self) -> None:
        assert either([]) == Constant(False, BOOL)
        assert both([]) == Constant(True, BOOL)

    def test_what_was_not_written_is_named_all_the_same(self) -> None:
        entry = read_ontology("tests.fixtures.ledger").object_type("Entry")
        path = find_path(entry, "count")
        value = Value(Variable((), "Entry"), path, Kind(path.leaf.type))
        one = Constant(1, value.kind)
        assert [said(each) for each in (value, one, Not(one))] == ["count", "1", "it"]

    def test_what_is_known_of_what_does_not_hold(self) -> None:
        assert facts(Constant(True, BOOL), holds=True) == frozenset()

    def test_an_unchanged_expression_is_the_same(self) -> None:
        turned = Not(Constant(True, BOOL))
        assert rebuilt(turned, lambda each: each) is turned

    def test_a_sum_that_fails_does_not_hold(self) -> None:
        reader = MemoryStore(read_ontology("tests.fixtures.ledger")).rules
        condition = conclude(rule(divides), reader.understand)
        world = World(objects={(): ENTRY}, given=condition.given)
        with pytest.raises(ZeroDivisionError):
            evaluate(condition.expression, world)

    def test_a_comparison_of_constants(self) -> None:
        one = Constant(1, BOOL)
        assert compare(Operator.EQ, one, one) is not None


def divides(entry: Entry) -> bool:
    return 1 / (entry.count - 3) > 1
